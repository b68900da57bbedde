// The page goes, or is hidden and may never be seen again: what is known is sent now.
import { listen } from './natives.js';
import { options, tell } from './spans.js';

/** `settle` tells what is not told yet. */
export function watchExits(settle) {
  const leave = () => {
    settle();
    tell('page.exit');
    options.flush?.()?.catch?.(() => {}); // what cannot be sent now is lost, and the page has no use for the reason
  };
  listen('beforeunload pagehide freeze', leave);
  listen('visibilitychange', () => document.hidden && leave());
}
