// What held the browser up: long animation frames where it knows them, and timers that run late.
import { attempt, later, wallTime } from './natives.js';
import { report } from './spans.js';

const FRAME = 'long-animation-frame';
const known = String(globalThis.PerformanceObserver?.supportedEntryTypes); // to ask at each gesture is dear

export function watchFrames() {
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
export function awaitChange(at) {
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
export function watchTimer(at) {
  const LATE_MS = 4; // on an idle page a timer is up to 2 ms late
  awaitChange(at);
  if (known.includes('long')) return;
  const from = due;
  later(() => {
    const late = Date.now() - from;
    if (late > LATE_MS) report('longtask', { 'longtask.source': 'timer', 'longtask.duration': late }, from, from + late);
  }, WAIT_MS);
}
