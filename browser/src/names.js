// What otelrum needs to know of an element to name its action as Datadog does (SPEC sections 7 and 16).
import { ancestors, attribute, matches, nearest, property, rootOf } from './elements.js';
import { attempt } from './natives.js';
import { BUTTON, MASKED, privacyOf } from './privacy.js';
import { options } from './spans.js';

const GIVEN = 'data-dd-action-name';
const PARENTS = 10; // Datadog looks so far up for a name that nobody gave
const TEXT = 120; // otelrum cuts a name at 100; some more, so that it knows that there was more
const TEXT_NODE = 5000; // no more of one node: a log of megabytes is no name

const spaced = (text) => text.replace(/\s+/g, ' ');
// Half a character (a cut emoji) would not be UTF-8, and the collector would refuse the whole request.
const clean = (text) => spaced(text).trim().slice(0, TEXT).replace(/\p{Surrogate}/gu, '');

const givenBy = () => [GIVEN, options.actionNameAttribute];

const IS_APART = /^(block|flex|grid|list-item|table(-caption)?)$/;

/** Whether a reader sees the element. */
const isSeen = ({ display, visibility, contentVisibility = 'visible' }) =>
  display !== 'none' && visibility + contentVisibility === 'visiblevisible';

/** The text that a reader sees, no more of it than a name needs. */
function textOf(element) {
  if (!(element instanceof Element) || element.isContentEditable) return '';
  const leftOut = [MASKED, ...givenBy().map((name) => `[${name}]`)].join();
  let text = '';
  const read = (node) => {
    if (node instanceof Text) text = spaced(text + node.data.slice(0, TEXT_NODE)).trimStart();
    if (!(node instanceof Element) || matches(node, leftOut)) return;
    const style = getComputedStyle(node);
    if (!isSeen(style)) return;
    if (matches(node, 'br,p') || IS_APART.test(style.display)) text += ' ';
    readAll(node);
  };
  const readAll = (node) => {
    for (const child of property(node, 'childNodes')) if (text.length <= TEXT) read(child);
  };
  readAll(element);
  return text;
}

const byId = (element, id) => id && (rootOf(element).getElementById?.(id) ?? document.getElementById(id));

const labelledBy = (element) =>
  attribute(element, 'aria-labelledby')?.split(/\s+/).map((id) => textOf(byId(element, id))).join(' ');

// `labels` and `options` may be anything on an element that the page made up.
const firstOf = (element, name) => attempt(() => element[name][0]);

const IS_SPOKEN = 'button,a,label,[role=button],[role=link],[role=tab],[role=menuitem],[role=option]';

const standard = (name) => [`target.${name.replace('-', '_')}`, (element) => attribute(element, name)];

// In the order of SPEC section 7; the nearest element that has one of them names the click.
const NAMES = [
  ['target.label', (element) => textOf(firstOf(element, 'labels'))],
  ['target.value', (element) => matches(element, `input:is(${BUTTON})`) && element.value],
  ['target.text', (element) => matches(element, IS_SPOKEN) && textOf(element)],
  standard('aria-label'),
  ['target.labelled_by', labelledBy],
  ...['alt', 'name', 'title', 'placeholder'].map(standard),
  ['target.label', (element) => textOf(firstOf(element, 'options'))],
];
const ANY_TEXT = [['target.text', textOf]];

/** Up to ten parents and not past a form: its name is not that of each of its fields. */
function nameOf(element, names, mayTell) {
  let parents = 0;
  for (const at of ancestors(element)) {
    if (parents++ > PARENTS || matches(at, 'body,html')) return;
    for (const [key, tell] of mayTell(at) ? names : []) {
      const name = clean(tell(at) || '');
      if (name) return [key, name];
    }
    if (matches(at, 'form')) return;
  }
}

/** The name that the page gives, on whatever the element is in. */
function givenName(element) {
  for (const name of givenBy()) {
    const at = nearest(element, `[${name}]`);
    const given = at && clean(attribute(at, name));
    if (given) return [GIVEN, given];
  }
}

const isPrivate = (level) => /^(mask|hidden)$/.test(level);

/** Of the element and all that it is in; an attribute without a value means all. */
const ignoredFrustrations = (element) =>
  ancestors(element)
    .map((at) => attribute(at, 'data-dd-ignore-frustration'))
    .filter((said) => said !== null)
    .map((said) => said.trim() || 'all')
    .join(' ');

// A click there may rightly change nothing: on a field (a label's click is one on its field) or in a link.
const QUIET = '[contenteditable],[contenteditable] *,a[href] *';
const QUIET_FIELD = `input:not(${BUTTON},[type=checkbox],[type=radio],[type=range]),textarea,select,canvas`;
function isQuiet(element) {
  const field = matches(element, 'label') && byId(element, attribute(element, 'for'));
  return field ? matches(field, `${QUIET},${QUIET_FIELD}`) : matches(element, QUIET);
}

/** Where a link leads; empty where it leads nowhere. An empty address is the page's own. */
const href = (element) => (matches(element, '[href]') ? attribute(element, 'href') || location.href : '');

/**
 * The attributes that tell of an element. With `mask`, and where the page says so, its texts stay in the page; of
 * what is hidden no name leaves either.
 */
export function describe(element, privacy = 'allow') {
  const out = {};
  const set = (key, value) => value && (out[key] = value);
  const level = privacyOf(element);
  set('target.privacy', isPrivate(level) && level);
  const mayTell = (at) => !isPrivate(privacyOf(at, privacy));
  const found = (names) => mayTell(element) && nameOf(element, names, mayTell);
  const [key, name] = (level !== 'hidden' && givenName(element)) || found(NAMES) || found(ANY_TEXT) || [];
  // The text of a button around a field is the field's label.
  set(matches(element, 'input,select,textarea') && key === 'target.text' ? 'target.label' : key, name);
  for (const name of ['id', 'type', 'role']) set(`target.${name}`, attribute(element, name));
  if (matches(element, 'a')) out['target.href'] = href(element);
  set('target.contenteditable', isQuiet(element));
  set('target.ignore_frustration', ignoredFrustrations(element));
  return out;
}
