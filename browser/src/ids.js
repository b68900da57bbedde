// Which session, view and tab this is.
import { attempt } from './natives.js';

const SESSION_IDLE_MS = 15 * 60_000; // Datadog's limits of a session
const SESSION_MAX_MS = 4 * 3600_000;
const SESSION_KEY = 'otelrum.session';
const TAB_KEY = 'otelrum.tab';

/** 128 random bits; `crypto.randomUUID` is not there on a page without https. */
export const newId = () => crypto.getRandomValues(new Uint32Array(4)).join('');

// Storage may be forbidden or full (private mode, sandboxed frames): then the ids live as long as the page.
const memory = {};
const read = (area, key) => attempt(() => window[area].getItem(key)) ?? memory[key];
const write = (area, key, value) => {
  attempt(() => window[area].setItem(key, value));
  return (memory[key] = value);
};

/** Only the user keeps a session alive or begins one after a pause; a page that polls does neither. */
export function session(isUser) {
  const now = Date.now();
  let [id, began, used] = (read('localStorage', SESSION_KEY) ?? '').split(' ');
  const isOver = !(now - began < SESSION_MAX_MS) || (isUser && !(now - used < SESSION_IDLE_MS));
  if (isOver) [id, began] = [newId(), now];
  // Once a second is exact enough, and storage is slow.
  if (isOver || (isUser && now - used > 1000)) write('localStorage', SESSION_KEY, `${id} ${began} ${now}`);
  return id;
}

/** A window that a page opens begins with a copy of the opener's storage: the id in it is the opener's. */
function isCopied() {
  const isFirst = window.opener && window.history.length < 2;
  return isFirst && performance.getEntriesByType('navigation')[0]?.type !== 'reload';
}

let tabId;
function tab() {
  tabId ??= (!attempt(isCopied) && read('sessionStorage', TAB_KEY)) || write('sessionStorage', TAB_KEY, newId());
  return tabId;
}

let view = {};

/** From now on what happens is of another view. */
export const beginView = () => (view = { id: newId(), url: location.href, session: session() });

/** The view stays, its address changes. */
export const moveView = () => (view.url = location.href);

/** The attributes that everything carries. */
export function page() {
  if (view.session !== session()) beginView();
  return { 'session.id': view.session, 'view.id': view.id, 'view.url': view.url, 'tab.id': tab() };
}

/** A share of sessions, whole or not at all: the same answer for every span of a session. */
export function isSampled(rate) {
  let hash = 0;
  for (const c of session()) hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
  return hash / 2 ** 32 < rate;
}
