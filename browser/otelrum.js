// Made of src/ by `npm run build`; edit there.

// src/elements.js
var property = (element, name) => Reflect.get(element instanceof HTMLFormElement ? HTMLFormElement.prototype : element, name, element);
var method = (name) => (element, given) => Element.prototype[name].call(element, given);
var attribute = method("getAttribute");
var matches = method("matches");
var closest = method("closest");
function* ancestors(element) {
  for (let at = element; at; at = property(at, "parentElement") ?? at.getRootNode().host) yield at;
}
function nearest(element, selector) {
  for (const at of ancestors(element)) if (matches(at, selector)) return at;
}
function elementOf(event) {
  const [first] = event.composedPath();
  return first instanceof Element ? first : void 0;
}
function step(element) {
  const name = property(element, "localName");
  const written = property(element, "namespaceURI")?.endsWith("svg") ? `*[name()="${name}"]` : name;
  if (matches(element, ":only-of-type")) return written;
  let index = 1;
  for (let at = element; at = property(at, "previousElementSibling"); ) if (property(at, "localName") === name) index += 1;
  return `${written}[${index}]`;
}
function xpath(element) {
  const id = attribute(element, "id");
  const [, parent] = ancestors(element);
  const isRoot = id || !property(element, "parentElement");
  const isInDocument = id && element.getRootNode() === document;
  const above = parent && !isInDocument ? xpath(parent) : "";
  return `${above}${isRoot ? "//" : "/"}${id ? `*[@id="${id}"]` : step(element)}`;
}

// src/natives.js
var hasWindow = typeof window !== "undefined";
var native = (name, owner = window) => owner[window.Zone?.__symbol__?.(name)] ?? owner[name];
var addListener = hasWindow && native("addEventListener", EventTarget.prototype);
function attempt(act, otherwise) {
  try {
    return act();
  } catch {
    return otherwise;
  }
}
var later = (act, delay = 0) => native("setTimeout").call(window, () => attempt(act), delay);
function listen(types, act) {
  const heard = (event) => event.isTrusted !== false && attempt(() => act(event));
  for (const type of types.split(" ")) addListener.call(window, type, heard, { capture: true, passive: true });
}
var mutationObserver = (act) => new (native("MutationObserver"))((records) => attempt(() => act(records)));
function follow(owner, name, act) {
  const original = owner[name];
  owner[name] = function(...given) {
    const result = original.apply(this, given);
    attempt(() => act(...given));
    return result;
  };
}
var wallTime = (stamp) => Date.now() - Math.max(0, performance.now() - stamp);

// src/spans.js
var options = {};
function tell(name, attributes = {}, from = Date.now(), to = from) {
  attempt(() => options.tracer?.startSpan(name, { startTime: from, attributes, root: true }).end(to));
}
var words = (value) => attempt(() => String(value), typeof value);

// src/changes.js
var MERGED_MS = 50;
function isExcluded({ target }) {
  const element = target instanceof Element ? target : target.parentElement;
  return element && closest(element, "[data-dd-excluded-activity-mutations]");
}
function watchMutations() {
  let latest = 0;
  let told = 0;
  const flush = () => {
    if (!latest) return;
    told = latest;
    latest = 0;
    tell("dom.mutation", {}, told);
  };
  const changed = () => {
    const now = Date.now();
    if (latest && now - latest >= MERGED_MS) flush();
    const isFirst = !latest;
    latest = now;
    if (now - told >= MERGED_MS) flush();
    else if (isFirst) later(flush, MERGED_MS);
  };
  const take = (records) => {
    if (!records.every(isExcluded)) changed();
  };
  const observer = mutationObserver(take);
  observer.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
  follow(window, "open", changed);
  return () => {
    const records = observer.takeRecords();
    if (records.length) take(records);
    flush();
  };
}

// src/errors.js
var isReporting = false;
function report(error) {
  if (isReporting) return;
  isReporting = true;
  try {
    const span = options.tracer.startSpan("exception");
    span.recordException(error instanceof Error ? error : { name: "Error", message: words(error) });
    span.end();
  } finally {
    isReporting = false;
  }
}
function watchErrors() {
  listen("error", (event) => event.message && report(event.error ?? event.message));
  listen("unhandledrejection", (event) => report(event.reason));
  follow(console, "error", (...given) => report(given.find((one) => one instanceof Error) ?? given.map(words).join(" ")));
}

// src/exits.js
function watchExits(settle) {
  const leave = () => {
    settle();
    tell("page.exit");
    options.flush?.()?.catch?.(() => {
    });
  };
  listen("beforeunload pagehide freeze", leave);
  listen("visibilitychange", () => document.hidden && leave());
}

// src/frames.js
var WAIT_MS = 100;
var LATE_MS = 4;
var FRAME = "long-animation-frame";
var knows = (type) => attempt(() => PerformanceObserver.supportedEntryTypes.includes(type), false);
function watchFrames() {
  if (!knows(FRAME)) return;
  const told = (entry) => {
    const from = wallTime(entry.startTime);
    tell(FRAME, { "long_animation_frame.told_ms": performance.now() - entry.startTime }, from, from + entry.duration);
  };
  new PerformanceObserver((list) => attempt(() => list.getEntries().forEach(told))).observe({ type: FRAME });
}
function watchTimer(from) {
  if (knows(FRAME) || knows("longtask")) return;
  const due = from + WAIT_MS;
  later(() => {
    const fired = Date.now();
    if (fired - due > LATE_MS) tell("longtask", { "longtask.source": "timer", "longtask.duration": fired - due }, due, fired);
  }, due - Date.now());
}

// src/privacy.js
var SAID = "data-dd-privacy";
var SECRET = "input:is([type=password],[type=email],[type=tel],[autocomplete^=cc-],[autocomplete$=-password])";
var BUTTON = "[type=button],[type=submit],[type=reset]";
var FIELD = `input:not(${BUTTON},[type=color]),select,option,textarea`;
var MASKED = `[${SAID}=mask],[${SAID}=hidden],[${SAID}=mask-user-input] :is(${FIELD})`;
function privacyOf(element) {
  if (nearest(element, `[${SAID}=hidden]`)) return "hidden";
  if (matches(element, SECRET)) return "mask";
  const said = nearest(element, `[${SAID}]`);
  const level = said && attribute(said, SAID);
  if (level === "mask-user-input") return matches(element, FIELD) ? "mask" : "allow";
  return level || void 0;
}

// src/names.js
var GIVEN = "data-dd-action-name";
var PARENTS = 10;
var TEXT = 120;
var TEXT_NODE = 5e3;
var spaced = (text) => text.replace(/\s+/g, " ");
var clean = (text) => spaced(text).trim().slice(0, TEXT).replace(/\p{Surrogate}/gu, "");
var namingAttributes = () => [GIVEN, options.actionNameAttribute].filter(Boolean);
var IS_APART = /^(block|flex|grid|list-item|table|table-caption)$/;
var isSeen = ({ display, visibility, contentVisibility = "visible" }) => display !== "none" && visibility + contentVisibility === "visiblevisible";
function textOf(element) {
  if (!(element instanceof Element) || property(element, "isContentEditable")) return "";
  let text = "";
  const leftOut = [MASKED, ...namingAttributes().map((name) => `[${name}]`)].join();
  const { FILTER_ACCEPT, FILTER_REJECT, SHOW_ELEMENT, SHOW_TEXT } = NodeFilter;
  const walker = document.createTreeWalker(element, SHOW_ELEMENT | SHOW_TEXT, (node) => {
    if (!(node instanceof Element)) text = spaced(text + node.data.slice(0, TEXT_NODE)).trimStart();
    else {
      const style = getComputedStyle(node);
      if (!isSeen(style) || matches(node, leftOut)) return FILTER_REJECT;
      if (matches(node, "br,p") || IS_APART.test(style.display)) text += " ";
    }
    return FILTER_ACCEPT;
  });
  while (text.length <= TEXT && walker.nextNode()) ;
  return text;
}
var byId = (element, id) => id && (element.getRootNode().getElementById?.(id) ?? document.getElementById(id));
var labelledBy = (element) => attribute(element, "aria-labelledby")?.split(/\s+/).map((id) => textOf(byId(element, id))).join(" ");
var firstOf = (element, name) => attempt(() => property(element, name)[0]);
var IS_SPOKEN = "button,a,label,[role=button],[role=link],[role=tab],[role=menuitem],[role=option]";
var standard = (name) => [`target.${name.replace("-", "_")}`, (element) => attribute(element, name)];
var NAMES = [
  ["target.label", (element) => textOf(firstOf(element, "labels"))],
  ["target.value", (element) => matches(element, `input:is(${BUTTON})`) && element.value],
  ["target.text", (element) => matches(element, IS_SPOKEN) && textOf(element)],
  standard("aria-label"),
  ["target.labelled_by", labelledBy],
  ...["alt", "name", "title", "placeholder"].map(standard),
  ["target.label", (element) => textOf(firstOf(element, "options"))]
];
var ANY_TEXT = [["target.text", textOf]];
function* nearby(element) {
  let parents = 0;
  for (const at of ancestors(element)) {
    const tag = property(at, "tagName");
    if (parents > PARENTS || tag === "BODY" || tag === "HTML") return;
    yield at;
    if (tag === "FORM") return;
    parents += 1;
  }
}
function nameOf(element, names, mayTell) {
  for (const at of nearby(element))
    for (const [key, tell2] of mayTell(at) ? names : []) {
      const name = clean(tell2(at) || "");
      if (name) return [key, name];
    }
}
function givenName(element) {
  for (const name of [...namingAttributes(), "data-action-name"]) {
    const at = nearest(element, `[${name}]`);
    const given = at && clean(attribute(at, name));
    if (given) return [name === "data-action-name" ? name : GIVEN, given];
  }
}
var ignoredFrustrations = (element) => [...ancestors(element)].map((at) => attribute(at, "data-dd-ignore-frustration")?.trim().replace(/^$/, "all") ?? "").join(" ").trim();
var QUIET = "[contenteditable],[contenteditable] *,a[href] *";
var QUIET_FIELD = `input:not(${BUTTON},[type=checkbox],[type=radio],[type=range]),textarea,select,canvas`;
function isQuiet(element) {
  const field = matches(element, "label") && byId(element, attribute(element, "for"));
  return field ? matches(field, `${QUIET},${QUIET_FIELD}`) : matches(element, QUIET);
}
var href = (element) => matches(element, "[href]") ? attribute(element, "href") || location.href : "";
function describe(element, privacy = "allow") {
  const out = {};
  const set = (key2, value) => value && (out[key2] = value);
  const level = privacyOf(element);
  if (level === "mask" || level === "hidden") out["target.privacy"] = level;
  const mayTell = (at) => (privacyOf(at) ?? privacy) === "allow";
  const [key, name] = level !== "hidden" && givenName(element) || mayTell(element) && (nameOf(element, NAMES, mayTell) || nameOf(element, ANY_TEXT, mayTell)) || [];
  set(matches(element, "input,select,textarea") && key === "target.text" ? "target.label" : key, name);
  for (const name2 of ["id", "type", "role"]) set(`target.${name2}`, attribute(element, name2));
  if (matches(element, "a,[href]")) out["target.href"] = href(element);
  set("target.contenteditable", isQuiet(element) && "true");
  set("target.ignore_frustration", ignoredFrustrations(element));
  return out;
}

// src/ids.js
var SESSION_IDLE_MS = 15 * 6e4;
var SESSION_MAX_MS = 4 * 36e5;
var SESSION_KEY = "otelrum.session";
var TAB_KEY = "otelrum.tab";
var newId = () => crypto.getRandomValues(new Uint32Array(4)).join("");
var memory = {};
var read = (area, key) => attempt(() => window[area].getItem(key)) ?? memory[key];
var write = (area, key, value) => {
  attempt(() => window[area].setItem(key, value));
  return memory[key] = value;
};
function session(isUser) {
  const now = Date.now();
  let [id, began, used] = (read("localStorage", SESSION_KEY) ?? "").split(" ");
  const isOver = !(now - began < SESSION_MAX_MS) || isUser && !(now - used < SESSION_IDLE_MS);
  if (isOver) [id, began] = [newId(), now];
  if (isOver || isUser && now - used > 1e3) write("localStorage", SESSION_KEY, `${id} ${began} ${now}`);
  return id;
}
function isCopied() {
  const isFirst = window.opener && window.history.length < 2;
  return isFirst && performance.getEntriesByType("navigation")[0]?.type !== "reload";
}
var tabId;
function tab() {
  tabId ??= !attempt(isCopied) && read("sessionStorage", TAB_KEY) || write("sessionStorage", TAB_KEY, newId());
  return tabId;
}
var view = {};
var beginView = () => view = { id: newId(), url: location.href, session: session() };
var moveView = () => view.url = location.href;
function page() {
  if (view.session !== session()) beginView();
  return { "session.id": view.session, "view.id": view.id, "view.url": view.url, "tab.id": tab() };
}
function isSampled(rate) {
  let hash = 0;
  for (const c of session()) hash = hash * 31 + c.charCodeAt(0) >>> 0;
  return hash / 2 ** 32 < rate;
}

// src/gestures.js
var CLICK_WAIT_MS = 1e3;
var SPAN_MS = 1e4;
var pressed;
var keyed;
var clicking;
var isSelected = () => !(window.getSelection()?.isCollapsed ?? true);
var facts = (element) => ({
  ...attempt(() => describe(element, options.privacy ?? "mask"), {}),
  // who has not started has not allowed anything
  ...options.mutations && { "browser.mutation_observer": true }
});
var gesture = (event, element) => ({
  id: newId(),
  stamp: event.timeStamp,
  hadSelection: isSelected(),
  told: {
    event_type: "click",
    target_element: property(element, "tagName"),
    target_xpath: attempt(() => xpath(element), ""),
    ...facts(element)
  },
  did: {},
  // when the user first did what, by type of activity
  isOver: false
  // the click is told
});
function position(event, element) {
  const box = element.getBoundingClientRect();
  return {
    "interaction.x": event.clientX - box.left,
    "interaction.y": event.clientY - box.top,
    "interaction.button": event.button,
    "target.width": box.width,
    "target.height": box.height
  };
}
var tellActivity = (by, type, at) => tell("user.activity", { "user.activity.type": type, "interaction.id": by.id }, at);
function tellClick(by, event, more) {
  const at = wallTime(event.timeStamp);
  tell("click", { ...by.told, "interaction.id": by.id, ...more }, at);
  by.isOver = true;
  for (const [type, when] of Object.entries(by.did)) tellActivity(by, type, when);
  watchTimer(at);
}
var isPrimary = (event) => event.isPrimary !== false;
function watchPointer() {
  listen("pointerdown", (event) => {
    const element = isPrimary(event) && elementOf(event);
    if (!element) return;
    keyed = clicking = void 0;
    pressed = gesture(event, element);
    Object.assign(pressed.told, attempt(() => position(event, element)));
  });
  listen("pointerup", (event) => {
    if (!pressed || pressed.isOver || !isPrimary(event) || !elementOf(event)) return;
    clicking = pressed;
    tellClick(pressed, event, { "interaction.press_ms": event.timeStamp - pressed.stamp });
    pressed.stamp = event.timeStamp;
  });
}
function watchClicks() {
  listen("keydown", () => clicking = void 0);
  listen("click", (event) => {
    const element = elementOf(event);
    if (!element) return;
    const isExpected = clicking && event.timeStamp - clicking.stamp < CLICK_WAIT_MS;
    if (!isExpected) {
      clicking = keyed = gesture(event, element);
      tellClick(keyed, event);
    }
    const known = clicking;
    later(() => clicking === known && (clicking = void 0));
  });
}
function watchActivity() {
  const does = (type) => {
    for (const by of [pressed, keyed]) {
      if (!by || by.did[type]) continue;
      by.did[type] = Date.now();
      if (by.isOver) tellActivity(by, type);
    }
  };
  listen("input", () => does("input"));
  listen("scroll", () => does("scroll"));
  listen("selectionchange", () => (isSelected() || (keyed ?? pressed)?.hadSelection) && does("selection"));
}
function watchGestures() {
  watchPointer();
  watchClicks();
  watchActivity();
}
var interactionId = () => (keyed ?? pressed)?.id;
var endLater = (span) => later(() => span.isRecording() && span.end(), window.Zone ? SPAN_MS : 0);
function interactionHook(type, element, span) {
  const id = type === "click" && interactionId();
  attempt(() => span.setAttributes(id ? { "interaction.id": id } : facts(element)));
  endLater(span);
  return false;
}

// src/views.js
var routeOf = (hash) => hash.split("?")[0];
var isAnchor = (hash) => hash.length > 1 && document.getElementById(hash.slice(1));
var isElsewhere = (from, to) => from.pathname !== to.pathname || !isAnchor(to.hash) && routeOf(from.hash) !== routeOf(to.hash);
var address = () => ({ pathname: location.pathname, hash: location.hash });
function watchViews(settle) {
  let known = address();
  page();
  const begin2 = () => {
    settle();
    beginView();
    tell("view");
  };
  const changed = () => {
    const now = address();
    if (isElsewhere(known, now)) begin2();
    else moveView();
    known = now;
  };
  for (const name of ["pushState", "replaceState"]) follow(history, name, changed);
  listen("popstate hashchange", changed);
  listen("pageshow", (event) => event.persisted && begin2());
  listen("pointerdown click keydown scroll touchstart", () => session(true));
}

// src/actions.js
var MOST_VALUES = 5e3;
function json(context) {
  const above = [];
  let left = MOST_VALUES;
  return JSON.stringify(context, function(key, value) {
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || !value) return value;
    while (above.length && above.at(-1) !== this) above.pop();
    if (above.includes(value)) return "[circle]";
    above.push(value);
    return left-- > 0 ? value : "[more]";
  });
}
var begin = (name, type, startTime) => options.tracer?.startSpan(words(name), {
  startTime,
  attributes: { "action.type": words(type), "action.name": words(name) }
});
function end(span, context, endTime) {
  const told = attempt(() => json(context));
  if (told) span?.setAttributes({ "action.context": told });
  span?.end(endTime);
}
var addAction = (name, context = {}) => attempt(() => {
  const now = Date.now();
  end(begin(name, "custom", now), context, now);
});
var running = /* @__PURE__ */ new Map();
var startAction = (name, { actionKey = name, type = "custom", context } = {}) => attempt(() => {
  running.set(actionKey, { span: begin(name, type, Date.now()), context });
});
var stopAction = (name, { actionKey = name, context } = {}) => attempt(() => {
  const known = running.get(actionKey);
  running.delete(actionKey);
  if (known) end(known.span, { ...known.context, ...context }, Date.now());
});

// src/processors.js
var CLICK_EVENT = "browser.user_action.click";
var ids = () => hasWindow ? attempt(page, {}) : {};
var lifecycle = (next) => ({ forceFlush: async () => next?.forceFlush(), shutdown: async () => next?.shutdown() });
var spanProcessor = () => ({ onStart: (span) => span.setAttributes(ids()), onEnd() {
}, ...lifecycle() });
var logRecordProcessor = (next, rate = 1) => ({
  ...lifecycle(next),
  onEmit(record, context) {
    const id = record.eventName === CLICK_EVENT && interactionId();
    record.setAttributes({ ...ids(), ...id && { "interaction.id": id } });
    if (isSampled(rate)) next?.onEmit(record, context);
  }
});
var sampler = (rate) => ({ shouldSample: () => ({ decision: isSampled(rate) ? 2 : 0 }) });
function setSessionBaggage(propagation) {
  const inject = propagation.inject;
  propagation.inject = function(context, carrier, setter = { set: (to, key, value) => to[key] = value }) {
    let baggage = "";
    const set = (to, key, value) => key === "baggage" ? baggage = `${value},` : setter.set(to, key, value);
    inject.call(this, context, carrier, { ...setter, set });
    setter.set(carrier, "baggage", `${baggage}session.id=${session()}`);
  };
}

// src/otelrum.js
var DEFAULTS = { privacy: "allow", clicks: true, mutations: true, errors: true };
function start(given) {
  if (!hasWindow || options.tracer) return;
  Object.assign(options, DEFAULTS, given);
  session(true);
  const settle = options.mutations && attempt(watchMutations) || (() => {
  });
  const watched = [() => watchViews(settle), options.clicks && watchGestures, watchFrames, options.errors && watchErrors];
  for (const watch of [...watched, () => watchExits(settle)]) attempt(() => watch && watch());
}
export {
  addAction,
  addAction as addUserAction,
  describe,
  interactionHook,
  logRecordProcessor,
  sampler,
  setSessionBaggage,
  spanProcessor,
  start,
  startAction,
  stopAction
};
