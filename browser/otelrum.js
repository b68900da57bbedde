// What a page adds to the official OpenTelemetry packages so that otelrum sees what Datadog's SDK sees:
// names of elements, clicks without a listener, changes of the page, errors, ids of session, view and tab.
//
// No dependencies: the page hands over its own tracer. Works with and without Zone.js.

const SESSION_IDLE_MS = 15 * 60_000; // Datadog's limits of a session
const SESSION_MAX_MS = 4 * 3600_000;
const SESSION_KEY = 'otelrum.session';
const TAB_KEY = 'otelrum.tab';
const GIVEN = 'data-dd-action-name';
const PARENTS = 10; // Datadog looks so far up for a name
const TEXT = 120; // otelrum cuts a name at 100; some more, so that it knows that there was more
// The collector looks for gaps of more than 100 ms. A change after 50 quiet ms is told at once; of those in the
// 50 ms after it only the latest, with its own time. So no gap of 100 ms is made or hidden, the first and the
// last change of a burst stay exact, and a page that changes all the time reports some 20 times a second.
const MERGED_MS = 50;
const FORGOTTEN_MS = 10_000; // no action lasts longer

// What the browser had before Zone.js or an instrumentation wrapped it: watching makes no tasks and no spans.
const native = (owner, name) => owner[window.Zone?.__symbol__?.(name)] ?? owner[name];
const listenTo = native(EventTarget.prototype, 'addEventListener');
const later = native(window, 'setTimeout');
const listen = (types, act) => {
  for (const type of types.split(' ')) listenTo.call(window, type, act, true);
};

let started; // the options of `start`

// ------------------------------------------------------------------ session, view and tab
/** 128 random bits; `crypto.randomUUID` is not there on a page without https. */
const newId = () => crypto.getRandomValues(new Uint32Array(4)).join('');

const attempt = (act, otherwise) => {
  try {
    return act();
  } catch {
    return otherwise;
  }
};

// Storage may be forbidden or full (private mode, sandboxed frames): then the ids live as long as the page.
const memory = {};
const read = (area, key) => attempt(() => window[area].getItem(key)) ?? memory[key];
const write = (area, key, value) => {
  attempt(() => window[area].setItem(key, value));
  return (memory[key] = value);
};

/** Only the user keeps a session alive or begins one after a pause; a page that polls does neither. */
function session(isUser) {
  const now = Date.now();
  let [id, began, used] = (read('localStorage', SESSION_KEY) ?? '').split(' ');
  const isOver = !(now - began < SESSION_MAX_MS) || (isUser && !(now - used < SESSION_IDLE_MS));
  if (isOver) [id, began] = [newId(), now];
  // Once a second is exact enough, and storage is slow.
  if (isOver || (isUser && now - used > 1000)) write('localStorage', SESSION_KEY, `${id} ${began} ${now}`);
  return id;
}

const tab = () => read('sessionStorage', TAB_KEY) ?? write('sessionStorage', TAB_KEY, newId());

let view = {};

function page() {
  const id = session();
  if (view.session !== id) view = { id: newId(), url: location.href, session: id };
  return { 'session.id': id, 'view.id': view.id, 'view.url': view.url, 'tab.id': tab() };
}

/** A new address is a new view. `settle` tells what is still of the old one. */
function watchViews({ tracer }, settle) {
  page(); // the first view has the address of the load
  const changed = () => {
    if (location.href === view.url) return;
    settle();
    view = {};
    tracer.startSpan('view', { root: true }).end(); // the view begins now, not with its first request
  };
  for (const name of ['pushState', 'replaceState']) {
    const original = history[name];
    history[name] = function (...given) {
      const result = original.apply(this, given);
      changed();
      return result;
    };
  }
  listen('popstate hashchange', changed);
  listen('click keydown scroll touchstart', () => session(true));
}

const idle = { forceFlush: async () => {}, shutdown: async () => {} };

/** Puts the page's ids on every span; give it to the tracer provider before the exporting processor. */
export const spanProcessor = () => ({ onStart: (span) => span.setAttributes(page()), onEnd() {}, ...idle });

/** The same for log records; of a session that is not sampled nothing goes on to `next`. */
export const logRecordProcessor = (next, rate = 1) => ({
  ...idle,
  ...(next && { forceFlush: () => next.forceFlush(), shutdown: () => next.shutdown() }),
  onEmit(record, context) {
    record.setAttributes(page());
    if (isSampled(session(), rate)) next?.onEmit(record, context);
  },
});

/** A share of sessions, whole or not at all: the same answer for every span of a session. */
function isSampled(id, rate) {
  let hash = 0;
  for (const c of id) hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
  return hash / 2 ** 32 < rate;
}

/** A sampler by session: an action is complete only where its session is exported whole. */
export const sampler = (rate) => ({
  shouldSample: () => ({ decision: isSampled(session(), rate) ? 2 : 0 }),
  toString: () => 'rum',
});

// ------------------------------------------------------------------ names
// Half a character (a cut emoji) would not be UTF-8, and the collector would refuse the whole request.
const clean = (text) => text.replace(/\s+/g, ' ').trim().slice(0, TEXT).replace(/\p{Surrogate}/gu, '');

/** Not past a form: its name is not that of each of its fields. */
function* upwards(element) {
  for (let at = element, n = 0; at && n <= PARENTS && !/^(HTML|BODY)$/.test(at.tagName); n++) {
    yield at;
    at = at.tagName !== 'FORM' && (at.parentElement ?? at.getRootNode().host);
  }
}

const IS_APART = /^(BR|P|block|flex|grid|list-item|table(-caption)?)$/;

/** The text that a reader sees, no more of it than a name needs. */
function textOf(element) {
  if (!element || element.isContentEditable) return '';
  const style = (node) => node.tagName && getComputedStyle(node);
  const isHidden = (node) => {
    const { display, visibility, contentVisibility = 'visible' } = style(node) || {};
    return display && (display === 'none' || visibility + contentVisibility !== 'visiblevisible' || node.hasAttribute(GIVEN));
  };
  // 5 is element or text, 2 leaves out a node with all that is in it
  const walker = document.createTreeWalker(element, 5, (node) => (isHidden(node) ? 2 : 1));
  let text = '';
  for (let node; text.trimStart().length < TEXT && (node = walker.nextNode()); )
    text += node.data?.replace(/\s+/g, ' ') ?? (IS_APART.test(node.tagName) || IS_APART.test(style(node).display) ? ' ' : '');
  return text;
}

const labelledBy = (element) =>
  (element.getAttribute('aria-labelledby') ?? '')
    .split(' ')
    .map((id) => textOf(id && element.getRootNode().getElementById?.(id)))
    .join(' ');

const IS_SPOKEN = 'button,a,label,[role=button],[role=link],[role=tab],[role=menuitem],[role=option]';
const attribute = (name) => [`target.${name.replace('-', '_')}`, (element) => element.getAttribute(name)];

// In the order of SPEC section 7; the nearest element that has one of them names the click.
const NAMES = [
  ['target.label', (element) => textOf(element.labels?.[0])],
  ['target.value', (element) => element.matches('input:is([type=button],[type=submit],[type=reset])') && element.value],
  ['target.text', (element) => element.matches(IS_SPOKEN) && textOf(element)],
  attribute('aria-label'),
  ['target.labelled_by', labelledBy],
  ...['alt', 'name', 'title', 'placeholder'].map(attribute),
  ['target.label', (element) => textOf(element.options?.[0])],
];
const GIVEN_NAMES = [GIVEN, 'data-action-name'].map((name) => [name, (element) => element.getAttribute(name)]);

function nameOf(element, names) {
  for (const at of upwards(element))
    for (const [key, told] of names) {
      const name = clean(told(at) || '');
      if (name) return [key, name];
    }
}

/** What otelrum needs to know of an element to name it as Datadog does (SPEC section 7). */
export function describe(element, privacy = 'allow') {
  const out = {};
  const set = (key, value) => value && (out[key] = value);
  const read = (name) => element.getAttribute(name);
  const isField = (at) => /^(INPUT|SELECT|TEXTAREA)$/.test(at?.tagName);
  const [key, name] =
    nameOf(element, GIVEN_NAMES) ||
    (privacy === 'allow' && (nameOf(element, NAMES) || nameOf(element, [['target.text', textOf]]))) ||
    [];
  // The text of a button around a field is the field's label.
  set(isField(element) && key === 'target.text' ? 'target.label' : key, name);
  // A form's property `id` may be its field of that name.
  for (const name of ['id', 'type', 'role']) set(`target.${name}`, read(name));
  if (element.hasAttribute('href')) out['target.href'] = read('href');
  // A label's field and what is inside a link may rightly do nothing either, and only this says so.
  const isQuiet = isField(element.control) || element.parentElement?.closest('a[href]');
  set('target.contenteditable', (element.isContentEditable || isQuiet) && 'true');
  return out;
}

// ------------------------------------------------------------------ clicks
const clicks = new WeakMap(); // by event
let click; // the latest one

/** An XPath as the official instrumentation writes it. */
function xpath(element) {
  const steps = [];
  for (let at = element; at; at = at.parentElement) {
    const id = at.getAttribute('id');
    if (id) return [`//*[@id="${id}"]`, ...steps].join('/');
    const name = at.localName;
    const same = [...(at.parentElement?.children ?? [at])].filter((one) => one.localName === name);
    const step = at.namespaceURI?.endsWith('svg') ? `*[name()="${name}"]` : name;
    steps.unshift(same.length > 1 ? `${step}[${same.indexOf(at) + 1}]` : step);
  }
  return `//${steps.join('/')}`;
}

const watched = (element) => ({
  ...describe(element, started?.privacy ?? 'mask'), // who has not started has not allowed anything
  ...(started?.mutations && { 'browser.mutation_observer': true }),
});

/**
 * The hook of `@opentelemetry/instrumentation-user-interaction`: give it as `shouldPreventSpanCreation`.
 * It names the element on the span, and never prevents one.
 */
export const interactionHook = (type, element, span) => {
  // Listeners in shadow trees see no `window.event`.
  const known = type === 'click' && (window.event ? clicks.get(window.event) : click);
  known?.spans.push(span);
  span.setAttributes(known?.told ?? watched(element));
  return false;
};

/** Clicks that no listener hears make no span there: svg, `onclick` attributes, elements without any. */
function watchClicks({ tracer }) {
  listen('click', (event) => {
    const element = event.composedPath()[0];
    if (!element.tagName) return;
    const startTime = new Date();
    const told = watched(element); // before a listener changes it
    const known = (click = { told, spans: [] });
    clicks.set(event, known);
    const attributes = { event_type: 'click', target_element: element.tagName, target_xpath: xpath(element), ...told };
    // Now, for the view of now. A span that never ends is never exported.
    const own = tracer.startSpan('click', { startTime, attributes, root: true });
    // The page's listeners, and the spans that the instrumentation makes of them, come before this.
    later(() => {
      if (!known.spans.length) return event.isTrusted && own.end(startTime); // a script's click is nobody's
      // The instrumentation forgets the span of a listener that throws, and with Zone.js of some that await.
      later(() => known.spans.forEach((span) => span.isRecording() && span.end()), window.Zone && FORGOTTEN_MS);
    });
  });
}

// ------------------------------------------------------------------ changes and errors
const isExcluded = ({ target }) =>
  (target.nodeType === 1 ? target : target.parentElement)?.closest('[data-dd-excluded-activity-mutations]');

/** Gives a function that tells at once what is not told yet. */
function watchMutations({ tracer }) {
  let last; // the latest change that is not told
  let told = 0;
  const settle = () => {
    if (!last) return;
    const startTime = new Date((told = last));
    tracer.startSpan('dom.mutation', { startTime, root: true }).end(startTime);
    last = 0;
  };
  const changed = () => {
    const now = Date.now();
    if (last && now - last >= MERGED_MS) settle(); // a long task held the timer back
    const isFirst = !last;
    last = now;
    if (now - told >= MERGED_MS) settle();
    else if (isFirst) later(settle, MERGED_MS);
  };
  const take = (records) => records.every(isExcluded) || changed();
  const observer = new (native(window, 'MutationObserver'))(take);
  observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
  return () => settle(take(observer.takeRecords())); // with the changes of this very task
}

const words = (value) => attempt(() => String(value), typeof value); // an object may have no prototype

function watchErrors({ tracer }) {
  let isReporting = false; // an exporter may itself write to the console
  const report = (error) => {
    if (isReporting) return;
    isReporting = true;
    const span = tracer.startSpan('exception');
    span.recordException(error instanceof Error ? error : { name: 'Error', message: words(error) });
    span.end();
    isReporting = false;
  };
  listen('error', (event) => event.message && report(event.error ?? event.message));
  listen('unhandledrejection', (event) => report(event.reason));
  const original = console.error;
  console.error = (...given) => {
    original.apply(console, given);
    report(given.find((one) => one instanceof Error) ?? given.map(words).join(' '));
  };
}

// ------------------------------------------------------------------ the page's calls
/** Begin. `tracer`: of any provider of the page; `privacy`: 'mask' keeps texts in the page. */
export function start({ tracer, privacy = 'allow', clicks = true, mutations = true, errors = true }) {
  if (started) return;
  started = { tracer, privacy, mutations };
  session(true);
  watchViews(started, mutations ? watchMutations(started) : () => {});
  if (clicks) watchClicks(started);
  if (errors) watchErrors(started);
}

/** A custom action with its context, as Datadog's `addAction`. */
export function addAction(name, context = {}) {
  const told = attempt(() => JSON.stringify(context)); // of a circle or a bigint nothing: the action still counts
  const attributes = { 'action.type': 'custom', 'action.name': words(name), 'action.context': told };
  const now = new Date();
  started?.tracer.startSpan(words(name), { startTime: now, attributes }).end(now);
}

export const addUserAction = addAction;
