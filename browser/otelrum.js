// What a page adds to the official OpenTelemetry packages so that otelrum sees what Datadog's SDK sees:
// names of elements, clicks without a listener, changes of the page, errors, ids of session and view.
//
// No dependencies: the page hands over its own tracer. Needs nothing of Zone.js.

const SESSION_IDLE_MS = 15 * 60_000; // Datadog's limits of a session
const SESSION_MAX_MS = 4 * 3600_000;
const SESSION_KEY = 'otelrum.session';
const TAB_KEY = 'otelrum.tab';
const PARENTS = 10; // Datadog looks so far up for a name
const TEXT = 120; // otelrum cuts a name at 100; some more, so that it knows that there was more
// Activity is looked for in gaps of 100 ms: reports that are nearer than half of that tell nothing new.
// The first change of a burst is reported at once with its own time, the last one when the burst is over.
const MERGED_MS = 50;

const uuid = () =>
  crypto.randomUUID?.() ??
  '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (c) =>
    (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16),
  );

// Storage may be forbidden (private mode, sandboxed frames): then the ids live as long as the page.
const memory = {};
const stored = (area, key, value) => {
  try {
    const storage = window[area];
    if (value === undefined) return storage.getItem(key);
    storage.setItem(key, value);
  } catch {
    if (value === undefined) return memory[key] ?? null;
    memory[key] = value;
  }
  return value;
};

function session() {
  const now = Date.now();
  let [id, began, seen] = (stored('localStorage', SESSION_KEY) ?? '').split(' ');
  if (!id || now - +seen > SESSION_IDLE_MS || now - +began > SESSION_MAX_MS) {
    id = uuid();
    began = now;
    seen = 0;
  }
  if (now - +seen > 1000) stored('localStorage', SESSION_KEY, `${id} ${began} ${now}`); // not for every span
  return id;
}

function tab() {
  return stored('sessionStorage', TAB_KEY) ?? stored('sessionStorage', TAB_KEY, uuid());
}

/** A share of sessions, whole or not at all: the same answer for every span of a session. */
function isSampled(id, rate) {
  let hash = 0;
  for (const c of id) hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
  return hash / 2 ** 32 < rate;
}

let view = { id: uuid(), url: location.href };

function watchViews() {
  const changed = () => {
    if (location.href !== view.url) view = { id: uuid(), url: location.href };
  };
  for (const name of ['pushState', 'replaceState']) {
    const original = history[name];
    history[name] = function (...given) {
      const result = original.apply(this, given);
      changed();
      return result;
    };
  }
  addEventListener('popstate', changed);
  addEventListener('hashchange', changed);
}

const page = () => ({ 'session.id': session(), 'view.id': view.id, 'view.url': view.url, 'tab.id': tab() });

/** Puts the page's ids on every span; give it to the tracer provider before the exporting processor. */
export const spanProcessor = () => ({
  onStart: (span) => span.setAttributes(page()),
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
});

/** The same for log records. */
export const logRecordProcessor = () => ({
  onEmit: (record) => record.setAttributes(page()),
  forceFlush: async () => {},
  shutdown: async () => {},
});

/** A sampler by session: an action is complete only where its session is exported whole. */
export const sampler = (rate) => ({
  shouldSample: () => ({ decision: isSampled(session(), rate) ? 2 : 0 }),
  toString: () => `otelrum{${rate}}`,
});

// ------------------------------------------------------------------ elements
const clean = (text) => text?.replace(/\s+/g, ' ').trim().slice(0, TEXT) || undefined;
const text = (element) => clean(element.innerText ?? element.textContent);

/** Not past a form: its name is not that of each of its fields. */
function* upwards(element) {
  for (let at = element, n = 0; at?.tagName && n < PARENTS && !/^(HTML|BODY)$/.test(at.tagName); n += 1) {
    if (at !== element && at.tagName === 'FORM') return;
    yield at;
    at = at.parentElement;
  }
}

const found = (element, read) => {
  for (const at of upwards(element)) {
    const value = clean(read(at));
    if (value) return value;
  }
};

const labelledBy = (element) =>
  clean(
    (element.getAttribute('aria-labelledby') ?? '')
      .split(/\s+/)
      .map((id) => (id && document.getElementById(id)?.textContent) || '')
      .join(' '),
  );

const NAMED_BY_TEXT = /^(BUTTON|A|LABEL)$/;
const ROLES = /^(button|link|tab|menuitem|option)$/;

/** The element whose text names the click: itself or a parent that is a button, a link and the like. */
function speaker(element) {
  for (const at of upwards(element)) {
    if (NAMED_BY_TEXT.test(at.tagName) || ROLES.test(at.getAttribute('role') ?? '')) return at;
  }
  return element;
}

/** What otelrum needs to know of an element to name it as Datadog does (SPEC section 7). */
export function describe(element, privacy = 'allow') {
  const out = { 'browser.mutation_observer': true };
  const set = (key, value) => value !== undefined && value !== null && (out[key] = value);
  const read = (name) => element.getAttribute?.(name) ?? undefined;
  set('data-dd-action-name', found(element, (at) => at.getAttribute('data-dd-action-name')));
  set('target.id', element.id || undefined);
  set('target.type', element.tagName === 'INPUT' ? element.type : read('type'));
  set('target.role', read('role'));
  set('target.href', read('href'));
  // A label hands the click on to its field, which may rightly do nothing, as an editable element may.
  const mayDoNothing = element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.control?.tagName);
  set('target.contenteditable', mayDoNothing ? 'true' : undefined);
  if (privacy === 'mask') return out;
  const own = speaker(element);
  const isField = /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);
  set('target.label', isField ? clean(element.labels?.[0]?.innerText) : undefined);
  if (element.tagName === 'INPUT' && /^(button|submit|reset)$/.test(element.type)) set('target.value', element.value);
  if (!isField) set('target.text', text(own) ?? found(element, (at) => at.innerText ?? at.textContent));
  if (own !== element) set('target.role', own.getAttribute('role') ?? (own.tagName === 'A' ? 'link' : 'button'));
  set('target.aria_label', found(element, (at) => at.getAttribute('aria-label')));
  set('target.labelled_by', found(element, labelledBy));
  for (const name of ['alt', 'name', 'title', 'placeholder']) set(`target.${name}`, found(element, (at) => at.getAttribute(name)));
  return out;
}

/** An XPath as the official instrumentation writes it. */
function xpath(element) {
  const steps = [];
  for (let at = element; at?.nodeType === 1; at = at.parentElement) {
    if (at.id) return [`//*[@id="${at.id}"]`, ...steps].join('/');
    const name = at.localName;
    const same = at.parentElement ? [...at.parentElement.children].filter((one) => one.localName === name) : [at];
    const step = at.namespaceURI?.endsWith('svg') ? `*[name()="${name}"]` : name;
    steps.unshift(same.length > 1 ? `${step}[${same.indexOf(at) + 1}]` : step);
  }
  return `//${steps.join('/')}`;
}

// ------------------------------------------------------------------ the page
let started;
const seen = new WeakSet(); // events that the instrumentation has made a span of

/**
 * The hook of `@opentelemetry/instrumentation-user-interaction`: give it as `shouldPreventSpanCreation`.
 * It names the element on the span, and never prevents one.
 */
export const interactionHook = (type, element, span) => {
  if (window.event) seen.add(window.event);
  span.setAttributes(describe(element, started?.privacy));
  return false;
};

/** Clicks that no listener hears make no span there: svg, `onclick` attributes, elements without any. */
function watchClicks({ tracer, privacy }) {
  addEventListener(
    'click',
    (event) => {
      const element = event.composedPath()[0];
      if (!event.isTrusted && !element?.tagName) return;
      const startTime = new Date();
      const told = describe(element, privacy); // before a listener changes it
      // Listeners of this event, and the spans that the instrumentation makes in them, come before this.
      setTimeout(() => {
        if (seen.has(event)) return;
        const attributes = { event_type: 'click', target_element: element.tagName, target_xpath: xpath(element), ...told };
        tracer.startSpan('click', { startTime, attributes }).end(startTime);
      });
    },
    { capture: true },
  );
}

const isExcluded = (node) =>
  (node.nodeType === 1 ? node : node.parentElement)?.closest?.('[data-dd-excluded-activity-mutations]');

function watchMutations({ tracer }) {
  let last; // the latest change that is not reported
  let reported = -Infinity;
  const report = (time) => {
    reported = +time;
    last = undefined;
    tracer.startSpan('dom.mutation', { startTime: time }).end(time);
  };
  new MutationObserver((records) => {
    if (records.every((record) => isExcluded(record.target))) return;
    const time = new Date();
    if (time - reported >= MERGED_MS) return report(time);
    if (!last) setTimeout(() => last && report(last), MERGED_MS);
    last = time;
  }).observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
}

function watchErrors({ tracer }) {
  const report = (error) => {
    const span = tracer.startSpan('exception');
    span.recordException(error instanceof Error ? error : { message: String(error), name: 'Error' });
    span.end();
  };
  addEventListener('error', (event) => event.message && report(event.error ?? event.message));
  addEventListener('unhandledrejection', (event) => report(event.reason));
  const original = console.error;
  console.error = (...given) => {
    original.apply(console, given);
    report(given.find((one) => one instanceof Error) ?? given.map(String).join(' '));
  };
}

/** Begin. `tracer`: of any provider of the page; `privacy`: 'mask' keeps texts in the page. */
export function start({ tracer, privacy = 'allow', clicks = true, mutations = true, errors = true }) {
  if (started) return;
  started = { tracer, privacy };
  watchViews();
  if (clicks) watchClicks(started);
  if (mutations) watchMutations(started);
  if (errors) watchErrors(started);
}

/** A custom action with its context, as Datadog's `addAction`. */
export function addAction(name, context = {}) {
  const attributes = { 'action.type': 'custom', 'action.name': name, 'action.context': JSON.stringify(context) };
  const now = new Date();
  started?.tracer.startSpan(name, { startTime: now, attributes }).end(now);
}

export const addUserAction = addAction;
