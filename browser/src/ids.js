// Which session, view and tab this is.
import { attempt } from './natives.js';

const SESSION_IDLE_MS = 15 * 60_000; // Datadog's limits of a session
const SESSION_MAX_MS = 4 * 3600_000;
const SESSION_KEY = 'otelrum.session';
const TAB_KEY = 'otelrum.tab';

/** 128 random bits; `crypto.randomUUID` is not there on a page without https. */
export const newId = () => crypto.getRandomValues(new Uint32Array(4)).join('');

let stored = ''; // storage may be forbidden or full: then the ids live as long as the page

/** Only the user keeps a session alive or begins one after a pause; a page that polls does neither. */
export function session(isUser) {
  const now = Date.now();
  let [id, began, used] = (attempt(() => localStorage[SESSION_KEY]) ?? stored).split(' ');
  const isOver = !(now - began < SESSION_MAX_MS) || (isUser && !(now - used < SESSION_IDLE_MS));
  if (isOver) [id, began] = [newId(), now];
  // Once a second is exact enough, and storage is slow.
  if (isOver || (isUser && now - used > 1000)) {
    stored = `${id} ${began} ${now}`;
    attempt(() => (localStorage[SESSION_KEY] = stored));
  }
  return id;
}

let tabId;
function tab() {
  if (!tabId) {
    // A window that a page opens begins with a copy of the opener's storage: the id in it is the opener's.
    const isCopied = window.opener && history.length < 2;
    tabId = (!isCopied && attempt(() => sessionStorage[TAB_KEY])) || newId();
    attempt(() => (sessionStorage[TAB_KEY] = tabId));
  }
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

const SHARES = 1_000_000;

/** A share of sessions, whole or not at all: the same answer for every span of a session. */
export const isSampled = (rate) => session().slice(-6) / SHARES < rate;
