// Changes of the page, as `dom.mutation` spans.
import { nearest } from './elements.js';
import { awaitChange } from './frames.js';
import { follow, later, native } from './natives.js';
import { report } from './spans.js';

const isExcluded = ({ target }) =>
  nearest(target instanceof Element ? target : target.parentElement, '[data-dd-excluded-activity-mutations]');

/** Gives a function that reports at once what waits. */
export function watchMutations() {
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
