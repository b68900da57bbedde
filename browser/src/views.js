// When a view begins: another path, another route in the hash, or a page that comes back from the back-forward cache.
import { beginView, page, session } from './ids.js';
import { attempt, follow, listen } from './natives.js';
import { report } from './spans.js';

const routeOf = (hash) => hash.split('?')[0];

/** A hash that names an element scrolls there; it is no route. */
const isElsewhere = (from, to) =>
  from.pathname !== to.pathname ||
  (!document.getElementById(to.hash.slice(1)) && routeOf(from.hash) !== routeOf(to.hash));

/** `reportChanges` reports the changes that are still of the old view. */
export function watchViews(reportChanges) {
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
