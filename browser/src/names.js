// What otelrum needs to know of an element to name its action as Datadog does (SPEC sections 7 and 16).
import { attribute, matches, nearest, parentOf, property, rootOf } from './elements.js';
import { attempt } from './natives.js';
import { BUTTON, MASKED, privacyOf } from './privacy.js';
import { options } from './spans.js';

const GIVEN = 'data-dd-action-name';
const TEXT = 120; // otelrum cuts a name at 100; some more, so that it knows that there was more

const spaced = (text) => text.replace(/\s+/g, ' ');
// Half a character (a cut emoji) would not be UTF-8, and the collector would refuse the whole request.
const clean = (text) => spaced(text).trim().slice(0, TEXT).replace(/\p{Surrogate}/gu, '');

const givenBy = () => [GIVEN, options.actionNameAttribute];

/** The text that a reader sees, no more of it than a name needs. */
function textOf(element) {
  const NODE = 5000; // no more of one node: a log of megabytes is no name
  if (!(element instanceof Element) || element.isContentEditable) return '';
  const leftOut = [MASKED, ...givenBy().map((name) => `[${name}]`)].join();
  let text = '';
  const read = (parent) => {
    for (const node of property(parent, 'childNodes')) {
      if (text.length > TEXT) return;
      if (node instanceof Text) text = spaced(text + node.data.slice(0, NODE)).trimStart();
      if (!(node instanceof Element) || matches(node, leftOut)) continue;
      // Only what a reader sees.
      const { display, visibility, contentVisibility } = getComputedStyle(node);
      if (/none|hidden|collapse|auto/.test([display, visibility, contentVisibility])) continue;
      if (matches(node, 'br,p') || /^(block|flex|grid|list-item|table(-caption)?)$/.test(display)) text += ' ';
      read(node);
    }
  };
  read(element);
  return text;
}

const byId = (element, id) => id && (rootOf(element).getElementById?.(id) ?? document.getElementById(id));

// `labels` and `options` may be anything on an element that the page made up.
const textOfFirst = (list) => ['label', (element) => textOf(attempt(() => element[list]?.[0]))];

// In the order of SPEC section 7; the nearest element that has one of them names the click.
const NAMES = [
  textOfFirst('labels'),
  ['value', (element) => matches(element, `input:is(${BUTTON})`) && element.value],
  [
    'text',
    (element) =>
      matches(element, 'button,a,label,[role=button],[role=link],[role=tab],[role=menuitem],[role=option]') && textOf(element),
  ],
  ['aria_label', (element) => attribute(element, 'aria-label')],
  ['labelled_by', (at) => attribute(at, 'aria-labelledby')?.split(/\s+/).map((id) => textOf(byId(at, id))).join(' ')],
  ...['alt', 'name', 'title', 'placeholder'].map((name) => [name, (element) => attribute(element, name)]),
  textOfFirst('options'),
];

/** Up to ten parents (as far as Datadog looks) and not past a form: its name is not that of each of its fields. */
function nameOf(element, names, privacy, parents = 10) {
  if (!element || matches(element, 'body,html')) return;
  for (const [key, read] of privacyOf(element, privacy) ? [] : names) {
    const name = clean(read(element) || '');
    if (name) return [`target.${key}`, name];
  }
  if (parents && !matches(element, 'form')) return nameOf(parentOf(element), names, privacy, parents - 1);
}

/** The name that the page gives, on whatever the element is in. */
function givenName(element) {
  for (const name of givenBy()) {
    const at = nearest(element, `[${name}]`);
    const given = at && clean(attribute(at, name));
    if (given) return [GIVEN, given];
  }
}

/** Of the element and all that it is in; an attribute without a value means all. */
function ignoredFrustrations(element) {
  const SAID = 'data-dd-ignore-frustration';
  const at = nearest(element, `[${SAID}]`);
  return at ? `${attribute(at, SAID).trim() || 'all'} ${ignoredFrustrations(parentOf(at))}`.trim() : '';
}

// A click there may rightly change nothing: on a field (a label's click is one on its field) or in a link.
const QUIET = '[contenteditable],[contenteditable] *,a[href] *';
const QUIET_FIELD = `input:not(${BUTTON},[type=checkbox],[type=radio],[type=range]),textarea,select,canvas`;
function isQuiet(element) {
  const field = matches(element, 'label') && byId(element, attribute(element, 'for'));
  return field ? matches(field, `${QUIET},${QUIET_FIELD}`) : matches(element, QUIET);
}

/**
 * The attributes that describe an element. With `mask`, and where the page says so, its texts stay in the page; of
 * what is hidden no name leaves either.
 */
export function describe(element, privacy) {
  const out = {};
  const set = (key, value) => value && (out[key] = value);
  const level = privacyOf(element);
  set('target.privacy', level);
  const found = (names) => !privacyOf(element, privacy) && nameOf(element, names, privacy);
  const [key, name] = (level !== 'hidden' && givenName(element)) || found(NAMES) || found([['text', textOf]]) || [];
  // The text of a button around a field is the field's label.
  set(matches(element, 'input,select,textarea') && key === 'target.text' ? 'target.label' : key, name);
  for (const name of ['id', 'type', 'role']) set(`target.${name}`, attribute(element, name));
  // Where a link leads; empty where it leads nowhere. An empty address is the page's own.
  if (matches(element, 'a'))
    out['target.href'] = matches(element, '[href]') ? attribute(element, 'href') || location.href : '';
  set('target.contenteditable', isQuiet(element));
  set('target.ignore_frustration', ignoredFrustrations(element));
  return out;
}
