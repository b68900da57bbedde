// Which session, view and tab this is.
import { attempt } from './natives.js';

/** 128 random bits; `crypto.randomUUID` is not there on a page without https. */
export const newId = () => crypto.getRandomValues(new Uint32Array(4)).join('');

let stored = ''; // storage may be forbidden or full: then the ids live as long as the page

/** Only the user keeps a session alive or begins one after a pause; a page that polls does neither. */
export function session(isUser) {
  const IDLE_MS = 15 * 60_000; // Datadog's limits of a session
  const MAX_MS = 4 * 3600_000;
  const now = Date.now();
  let [id, began, used] = (attempt(() => localStorage['otelrum.session']) ?? stored).split(' ');
  const isOver = !(now - began < MAX_MS) || (isUser && !(now - used < IDLE_MS));
  if (isOver) [id, began] = [newId(), now];
  // Once a second is exact enough, and storage is slow.
  if (isOver || (isUser && now - used > 1000)) {
    stored = `${id} ${began} ${now}`;
    attempt(() => (localStorage['otelrum.session'] = stored));
  }
  return id;
}

/** To be asked once a page. */
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
