// Made of src/ by `npm run build`: edit there.
// Elements, read so that no page can interfere: a form's field named `id` or `matches` hides the form's own.

/** A property of every element, as the browser defines it. */
const property = (element, name) => Reflect.get(Element.prototype, name, element);

const method = (name) => (element, given) => Element.prototype[name].call(element, given);
const attribute = method('getAttribute');
const matches = method('matches');
const closest = method('closest');
const rootOf = method('getRootNode');

/** What the open shadow root that the element is in belongs to. */
function hostOf(element) {
  const root = rootOf(element);
  return root instanceof ShadowRoot ? root.host : null;
}

/** What the element is in, out of open shadow roots too. */
const parentOf = (element) => property(element, 'parentElement') ?? hostOf(element);

/** The nearest that fits the selector: the element, or one that it is in. */
const nearest = (element, selector) =>
  element && (closest(element, selector) ?? nearest(hostOf(element), selector));

function step(element) {
  const name = property(element, 'localName');
  if (matches(element, ':only-of-type')) return name;
  let index = 1;
  for (let at = element; (at = property(at, 'previousElementSibling')); ) if (property(at, 'localName') === name) index += 1;
  return `${name}[${index}]`;
}

/** An XPath from the nearest id on, much as the official instrumentation writes it; `//` leads into a shadow root. */
function xpath(element) {
  const parent = property(element, 'parentElement');
  const outer = parent ?? hostOf(element);
  const id = attribute(element, 'id');
  const isEnough = !outer || (id && rootOf(element) === document);
  return `${isEnough ? '' : xpath(outer)}${!id && parent ? '/' : '//'}${id ? `*[@id="${id}"]` : step(element)}`;
}

// What the browser had before Zone.js or an instrumentation wrapped it: watching makes no tasks and no spans.

const native = (name) => globalThis[globalThis.Zone?.__symbol__?.(name)] ?? globalThis[name];
const addListener = native('addEventListener');

/** What `act` gives, nothing where it throws: no fault of this module reaches the page. */
function attempt(act) {
  try {
    return act();
  } catch {}
}

/** Runs a function in a later task. */
const later = native('setTimeout');

/** Call `act` with each event of these types that no script made up, before the page's own listeners. */
function listen(types, act) {
  // WebKit says of its own rejections (they have a reason) that a script made them up.
  const heard = (event) => (event.isTrusted !== false || 'reason' in event) && attempt(() => act(event));
  for (const type of types.split(' ')) addListener.call(window, type, heard, true);
}

/** Call `act` with what a method got before each of its calls, and what it returns after; the call stays as it is. */
function follow(owner, name, act) {
  const original = owner[name];
  owner[name] = function (...given) {
    const after = attempt(() => act(...given));
    const result = original.apply(this, given);
    attempt(after);
    return result;
  };
}

/**
 * Wall time in ms of a time stamp of the page: when it was, not when the page got to it. It is at least 1 us ago: a click's
 * first span carries its action, and a listener's may have the same time where clocks are of whole ms.
 */
const wallTime = (stamp) => Date.now() - Math.max(0.001, performance.now() - stamp);

// How the page reports: instant root spans of the tracer that the page handed over.

/** The options of `start`. */
const options = { actionNameAttribute: 'data-action-name' };

/** A span of its own trace from one wall time in ms to another. */
function report(name, attributes, from = Date.now(), to = from) {
  attempt(() => options.tracer.startSpan(name, { startTime: from, attributes, root: true }).end(to));
}

/** Any value in words; an object may have no prototype. */
const words = (value) => attempt(() => String(value)) ?? typeof value;

// What held the browser up: long animation frames where it knows them, and timers that run late.

const FRAME = 'long-animation-frame';
const known = String(globalThis.PerformanceObserver?.supportedEntryTypes); // to ask at each gesture is dear

function watchFrames() {
  if (!known.includes(FRAME)) return;
  const add = (entry) => {
    const from = wallTime(entry.startTime);
    report(FRAME, { 'long_animation_frame.told_ms': Date.now() - from }, from, from + entry.duration);
  };
  new PerformanceObserver((list) => attempt(() => list.getEntries().forEach(add))).observe({ type: FRAME });
}

const WAIT_MS = 100; // from a press, a click or a change: when the next change comes later, the page was quiet

let due; // when the wait for the next change is over, by the times of events
let timer; // ends that wait

/**
 * Wait for the next change of the page, after a gesture or a change at this wall time. Gives since when the page has been
 * making this one: where the wait for it is over and its timer could not run, the page is busy since then (the browser
 * reports no task below 50 ms).
 */
function awaitChange(at) {
  const before = due;
  due = at + WAIT_MS;
  clearTimeout(timer);
  timer = later(() => (due = NaN), WAIT_MS);
  return before < at ? before : at;
}

/**
 * To be called for an event of a pointer at this wall time. Where the browser reports neither frames nor long tasks: how
 * much later than 100 ms a timer fires, be it that the page got to the event late or that it is blocked since.
 */
function watchTimer(at) {
  const LATE_MS = 4; // on an idle page a timer is up to 2 ms late
  awaitChange(at);
  if (known.includes('long')) return;
  const from = due;
  later(() => {
    const late = Date.now() - from;
    if (late > LATE_MS) report('longtask', { 'longtask.source': 'timer', 'longtask.duration': late }, from, from + late);
  }, WAIT_MS);
}

// Changes of the page, as `dom.mutation` spans.

const isExcluded = ({ target }) =>
  nearest(target instanceof Element ? target : target.parentElement, '[data-dd-excluded-activity-mutations]');

/** Gives a function that reports at once what waits. */
function watchMutations() {
  // The collector looks for gaps of more than 100 ms. A change after 50 quiet ms is reported at once; of those in the
  // 50 ms after it only the latest, with its own time. So no gap of 100 ms is made or hidden, the first and the
  // last change of a burst stay exact, and a page that changes all the time reports some 20 times a second.
  const MERGED_MS = 50;
  let since; // when the page began with the latest
  let latest = 0;
  let reported = 0;
  const flush = () => latest !== reported && report('dom.mutation', {}, since, (reported = latest));
  const changed = () => {
    const now = Date.now();
    if (now === latest) return;
    if (now - reported >= 2 * MERGED_MS) flush(); // a long task held the timer back
    const isFirst = latest === reported;
    since = awaitChange((latest = now));
    if (now - reported >= MERGED_MS) flush();
    else if (isFirst) later(flush, MERGED_MS);
  };
  const take = (records) => {
    if (!records.every(isExcluded)) changed();
  };
  const observer = new (native('MutationObserver'))(take);
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  follow(window, 'open', changed); // a window that opens is as good as a change of this one
  return () => {
    take(observer.takeRecords()); // of this very task
    flush();
    awaitChange(); // what comes now is of another view
  };
}

// Uncaught errors, unhandled rejections and what the page writes to the console as errors.

let isReporting; // an exporter may itself write to the console

function reportError(error) {
  if (isReporting) return;
  isReporting = true;
  attempt(() => {
    const span = options.tracer.startSpan('exception');
    span.recordException(error instanceof Error ? error : { name: 'Error', message: words(error) });
    span.end();
  });
  isReporting = false;
}

function watchErrors() {
  listen('error', (event) => event.message && reportError(event.error ?? event.message));
  listen('unhandledrejection', (event) => reportError(event.reason));
  follow(console, 'error', (...given) => reportError(given.find((one) => one instanceof Error) ?? given.map(words).join(' ')));
}

// What waits is sent before the page goes, or is hidden and may never be seen again.

/** Of the provider that the page registered with OpenTelemetry's API, where each version of that finds it. */
const flushRegistered = () => globalThis[Symbol.for('opentelemetry.js.api.1')].trace.getDelegate().forceFlush();

let waiting = 0;

function flush() {
  waiting = 0;
  attempt(() => (options.flush ?? flushRegistered)().catch(() => {})); // the page has no use for the reason
}

/** One more span waits to be sent. */
function waits() {
  // Browsers keep 64 KiB of requests alive when a page goes, and lose a larger one whole: no more spans wait than half
  // of that takes.
  const MOST_WAITING = 25;
  if (++waiting === MOST_WAITING) later(flush);
}

/** `reportChanges` reports the changes of the page that wait. */
function watchExits(reportChanges) {
  const leave = () => {
    attempt(reportChanges);
    report('page.exit');
    flush();
  };
  listen('beforeunload pagehide freeze', leave);
  listen('visibilitychange', () => document.hidden && leave());
}

// What of the page may leave it (SPEC section 16): `data-dd-privacy` on an element or what it is in.

const SAID = 'data-dd-privacy';
// What is typed into these is nobody's business, whatever the page says.
const SECRET = 'input:is([type=password],[type=email],[type=tel],[type=hidden],[autocomplete^=cc-],[autocomplete$=-password])';
const BUTTON = '[type=button],[type=submit],[type=reset]';
const FIELD = `input:not(${BUTTON}),select,textarea`;

/** Within a text that may leave: what of it may not. */
const MASKED = `[${SAID}=mask],[${SAID}=hidden],[${SAID}=mask-user-input] :is(${FIELD})`;

/** `mask` or `hidden`, nothing where the element's texts may leave; `otherwise` is for where the page says nothing. */
function privacyOf(element, otherwise) {
  // What is hidden stays hidden, whatever an element inside says.
  const at = nearest(element, `[${SAID}]`);
  const said = (at && attribute(nearest(at, `[${SAID}=hidden]`) ?? at, SAID)) || otherwise;
  if (said === 'mask' || said === 'hidden') return said;
  return matches(element, said === 'mask-user-input' ? FIELD : SECRET) && 'mask';
}

// What otelrum needs to know of an element to name its action as Datadog does (SPEC sections 7 and 16).

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
function describe(element, privacy) {
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

// Which session, view and tab this is.

// 128 random bits per page; drawing more takes time. (`crypto.randomUUID` is not there on a page without https.)
const RANDOM = attempt(() => crypto.getRandomValues(new Uint32Array(4)).join(''));
let made = 0;

/** An id like no other, of this page or another. */
const newId = () => made++ + RANDOM;

let id, began, used, looked; // of the session: its id, and when it began, had its user, and was read

/** Only the user keeps a session alive or begins one after a pause; a page that polls does neither. */
function session(isUser) {
  const IDLE_MS = 15 * 60_000; // Datadog's limits of a session
  const MAX_MS = 4 * 3600_000;
  const EXACT_MS = 1000; // once a second is exact enough, and storage is slow
  const now = Date.now();
  if (now - (isUser ? used : looked) < EXACT_MS) return id;
  looked = now;
  // Storage may be forbidden or full: then the ids live as long as the page.
  const stored = attempt(() => localStorage['otelrum.session']);
  if (stored) [id, began, used] = stored.split(' ');
  const isOver = !(now - began < MAX_MS) || (isUser && !(now - used < IDLE_MS));
  if (isOver) [id, began] = [newId(), now];
  if (isOver || isUser) {
    used = now;
    attempt(() => (localStorage['otelrum.session'] = `${id} ${began} ${now}`));
  }
  return id;
}

/** Called once per page. */
function tab() {
  // A window that a page opens begins with a copy of the opener's storage: the id in it is the opener's.
  const isCopied = window.opener && history.length < 2;
  const id = (!isCopied && attempt(() => sessionStorage['otelrum.tab'])) || newId();
  attempt(() => (sessionStorage['otelrum.tab'] = id));
  return id;
}

let view = {};

/** From now on what happens is of another view. */
function beginView() {
  view = { 'session.id': session(), 'view.id': newId(), 'view.url': location.href, 'tab.id': view['tab.id'] ?? tab() };
}

/** The attributes that everything carries; of these the address changes while the view stays. */
function page() {
  if (view['session.id'] !== session()) beginView();
  return view;
}

// What the user does with a pointer or a key, each gesture with an id that all that it sets off carries.

let doing = []; // the gesture of the latest pointerdown, and the latest click after it that no pointer made
let clicking; // the gesture whose click comes, or is being dispatched
let isSelected; // whether anything is; asking at each pointerdown would be slow

/** The latest gesture. */
const latest = () => doing.at(-1);

const facts = (element) => ({
  ...attempt(() => describe(element, options.privacy ?? 'mask')), // a page that has not called `start` has allowed nothing
  ...(options.mutations && { 'browser.mutation_observer': true }),
});

/** A gesture on an element as it is now (the page may change it before the gesture ends), and where on it. */
function gesture(element, event, where) {
  const ids = { 'interaction.id': newId() };
  const own = {
    ...ids,
    event_type: 'click',
    target_element: property(element, 'tagName'),
    target_xpath: attempt(() => xpath(element)),
    ...facts(element),
    ...where,
  };
  // `at`: its wall time, made of the clock of now as that of its changes will be: where clocks are of whole ms, none of
  // them is reported as earlier. `did`: when the user first did each type of activity; `isOver`: the click is reported.
  return { ids, own, at: wallTime(event.timeStamp), isSelected, did: {} };
}

/** Where on the element, and how large that is. */
function position(element, event) {
  const box = element.getBoundingClientRect();
  return {
    'interaction.x': event.clientX - box.left,
    'interaction.y': event.clientY - box.top,
    'interaction.button': event.button,
    'target.width': box.width,
    'target.height': box.height,
  };
}

const reportActivity = (by, type) => report('user.activity', { 'user.activity.type': type, ...by.ids }, by.did[type]);

function reportClick(by) {
  report('click', by.own, by.at);
  by.isOver = true;
  clicking = by;
  for (const type in by.did) reportActivity(by, type);
  watchTimer(by.at);
}

/** Call `act(element, event)` with what a pointer, the first of several, does to an element. */
const hear = (type, act) =>
  listen(type, (event) => {
    const [element] = event.composedPath(); // inside open shadow roots too
    // No click says that it is the first pointer's.
    if (element instanceof Element && (event.isPrimary || type === 'click')) act(element, event);
  });

function watchPointer() {
  hear('pointerdown', (element, event) => {
    clicking = null;
    doing = [gesture(element, event, attempt(() => position(element, event)))];
    watchTimer(latest().at);
  });
  hear('pointerup', (_, event) => {
    const [by] = doing;
    if (!by || by.isOver) return;
    const at = wallTime(event.timeStamp);
    by.own['interaction.press_ms'] = at - by.at;
    by.at = at;
    reportClick(by);
  });
}

/** A click of the pointer's gesture, or one that no pointer made: by a key, or by what helps a user. */
function watchClicks() {
  const CLICK_WAIT_MS = 1000; // the click has the time stamp of its pointerup, or of soon after
  listen('keydown', () => (clicking = null)); // a click that comes now is the key's
  hear('click', (element, event) => {
    const isExpected = clicking && wallTime(event.timeStamp) - clicking.at < CLICK_WAIT_MS;
    const isOfList = latest() && event.button < 0; // a select's list, which the browser closes
    if (!(isExpected || isOfList)) {
      doing = [...doing.slice(0, 1), gesture(element, event)];
      reportClick(latest());
    }
    if (!nearest(element, 'label')) clicking = null; // a label's click is followed by one on its field
  });
}

/** What the user does besides, reported once a type and gesture, from its pointerdown to the next one. */
function watchActivity() {
  const does = (type) => {
    for (const by of doing) {
      if (by.did[type]) continue;
      by.did[type] = Date.now();
      if (by.isOver) reportActivity(by, type);
    }
  };
  listen('input scroll', (event) => does(event.type));
  listen('selectionchange', () => {
    isSelected = getSelection()?.isCollapsed === false;
    if (isSelected || latest()?.isSelected) does('selection');
  });
}

function watchGestures() {
  watchPointer();
  watchClicks();
  watchActivity();
}

/** The attributes that a click of now has of its gesture: none where there was no gesture. */
const ofGesture = () => latest()?.ids;

/**
 * The hook of `@opentelemetry/instrumentation-user-interaction`: give it as `shouldPreventSpanCreation`.
 * It puts the gesture's id on the span, and never prevents one.
 */
function interactionHook(type, element, span) {
  attempt(() => span.setAttributes((type === 'click' && ofGesture()) || facts(element)));
  return false;
}

// When a view begins: another path, another route in the hash, or a page that comes back from the back-forward cache.

const routeOf = (hash) => hash.split('?')[0];

/** A hash that names an element scrolls there; it is no route. */
const isElsewhere = (from, to) =>
  from.pathname !== to.pathname ||
  (!document.getElementById(to.hash.slice(1)) && routeOf(from.hash) !== routeOf(to.hash));

/** `reportChanges` reports the changes that are still of the old view. */
function watchViews(reportChanges) {
  page(); // the first view has the address of the load
  const begin = () => {
    attempt(reportChanges);
    beginView();
    report('view'); // it begins now, not with its first request
  };
  const changed = () => {
    const view = page();
    if (isElsewhere(new URL(view['view.url']), location)) begin();
    else view['view.url'] = location.href;
  };
  for (const name of ['pushState', 'replaceState']) follow(history, name, () => changed);
  listen('popstate hashchange', changed);
  listen('pageshow', (event) => event.persisted && begin());
  listen('pointerdown click keydown scroll', () => session(true));
}

// What the page itself calls an action.

/** What JSON can express of a context: a circle and a bigint become text, the rest stays. */
function json(context) {
  const MOST_VALUES = 5000; // of a context that leads to half the page: what is beyond stays there
  const above = []; // the objects that lead to the value
  let left = MOST_VALUES;
  return JSON.stringify(context, function (key, value) {
    if (Object(value) !== value) return typeof value === 'bigint' ? words(value) : value;
    above.splice(above.indexOf(this) + 1);
    if (above.includes(value)) return '[circle]';
    above.push(value);
    if (left-- > 0) return value;
  });
}

const begin = (name, type, startTime) =>
  options.tracer.startSpan(words(name), {
    startTime,
    attributes: { 'action.type': type, 'action.name': words(name) },
  });

function end(span, context, endTime) {
  span.setAttributes({ 'action.context': attempt(() => json(context)) });
  span.end(endTime);
}

/** An action of one moment, as Datadog's `addAction`. */
const addAction = (name, context = {}) =>
  attempt(() => {
    const now = Date.now();
    end(begin(name, 'custom', now), context, now);
  });

const running = new Map(); // by key

/** An action that goes on until `stopAction` of the same key; a second start of a key drops the first. */
const startAction = (name, { actionKey = name, type = 'custom', context } = {}) =>
  attempt(() => {
    running.set(actionKey, { span: begin(name, type, Date.now()), context });
  });

/** Ends it; `context` is added to that of the start. */
const stopAction = (name, { actionKey = name, context } = {}) =>
  attempt(() => {
    const known = running.get(actionKey);
    running.delete(actionKey);
    if (known) end(known.span, { ...known.context, ...context }, Date.now());
  });

// What puts the page's ids on all that leaves it.

const ids = () => ({ ...attempt(page) }); // where there is no page there are none
const lifecycle = { forceFlush: async () => {}, shutdown: async () => {} };

/** Puts the page's ids on every span; give it to the tracer provider before the exporting processor. */
const spanProcessor = () => ({ ...lifecycle, onStart: (span) => span.setAttributes(ids()), onEnd: waits });

/** The same for log records; a click's also get the id of its gesture. */
const logRecordProcessor = () => ({
  ...lifecycle,
  onEmit(record) {
    const isClick = record.eventName === 'browser.user_action.click';
    record.setAttributes({ ...ids(), ...(isClick && ofGesture()) });
  },
});

// What a page adds to the official OpenTelemetry packages so that otelrum sees what Datadog's SDK sees: gestures with
// the names of their elements, what the user did besides, changes of the page, frames, errors, exits, and the ids of
// session, view and tab. No dependencies: the page hands over its own tracer. Works with and without Zone.js.

/** Begin to watch the page; a second call does nothing, and neither does one on a server. */
function start(given) {
  if (!globalThis.window || options.tracer) return;
  Object.assign(options, { privacy: 'allow', clicks: true, mutations: true, errors: true }, given);
  session(true);
  const reportChanges = options.mutations && attempt(watchMutations);
  attempt(() => watchViews(reportChanges));
  if (options.clicks) attempt(watchGestures);
  attempt(watchFrames);
  if (options.errors) attempt(watchErrors);
  attempt(() => watchExits(reportChanges));
}

export { addAction, addAction as addUserAction, interactionHook, logRecordProcessor, spanProcessor, start, startAction, stopAction };
