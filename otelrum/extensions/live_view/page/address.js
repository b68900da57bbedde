// What is shown stands in the address, so that it can be kept, sent and gone back to.

const KEYS = ['view', 'action', 'name', 'frustration', 'slower'];

/** What the address asks for: every key, empty where it says nothing. */
export function asked() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(KEYS.map((key) => [key, query.get(key) ?? '']));
}

/** The address of what is shown now but for these changes. */
export function addressOf(changes) {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...asked(), ...changes })) if (value) query.set(key, value);
  return query.size ? `?${query}` : location.pathname;
}

/** Go there; `replace` leaves no step for the back button. */
export function go(changes, replace = false) {
  history[replace ? 'replaceState' : 'pushState'](null, '', addressOf(changes));
  dispatchEvent(new Event('asked'));
}

/** Links within the page change the address alone. */
export function followLinks() {
  document.addEventListener('click', (click) => {
    const link = click.target.closest?.('a[href^="?"]');
    if (!link || click.ctrlKey || click.metaKey || click.shiftKey || click.button) return;
    click.preventDefault();
    history.pushState(null, '', link.getAttribute('href') === '?' ? location.pathname : link.getAttribute('href'));
    dispatchEvent(new Event('asked'));
    if (link.closest('nav')) document.getElementById('main').focus();
  });
  addEventListener('popstate', () => dispatchEvent(new Event('asked')));
}

/** Whether an action passes the filters. */
export function fits(action, { name, frustration, slower }) {
  if (name && !action.name.toLowerCase().includes(name.toLowerCase())) return false;
  if (frustration && !(frustration === 'any' ? action.frustration.length : action.frustration.includes(frustration))) return false;
  return !slower || (action.loading_ms ?? -1) >= Number(slower);
}
