// Which session, view and tab this is.
import { attempt } from './natives.js';

// 128 random bits per page; drawing more takes time. (`crypto.randomUUID` is not there on a page without https.)
const RANDOM = attempt(() => crypto.getRandomValues(new Uint32Array(4)).join(''));
let made = 0;

/** An id like no other, of this page or another. */
export const newId = () => made++ + RANDOM;

let id, began, used, looked; // of the session: its id, and when it began, had its user, and was read

/** Only the user keeps a session alive or begins one after a pause; a page that polls does neither. */
export function session(isUser) {
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
export function beginView() {
  view = { 'session.id': session(), 'view.id': newId(), 'view.url': location.href, 'tab.id': view['tab.id'] ?? tab() };
}

/** The attributes that everything carries; of these the address changes while the view stays. */
export function page() {
  if (view['session.id'] !== session()) beginView();
  return view;
}
