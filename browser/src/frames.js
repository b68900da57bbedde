// What held the browser up: long animation frames where it knows them, else a timer that runs late.
import { attempt, later, wallTime } from './natives.js';
import { report } from './spans.js';

const FRAME = 'long-animation-frame';
const knows = (type) => globalThis.PerformanceObserver?.supportedEntryTypes?.includes(type);
const knowsAny = knows(FRAME) || knows('longtask'); // to ask at each gesture is dear

export function watchFrames() {
  if (!knows(FRAME)) return;
  const add = (entry) => {
    const from = wallTime(entry.startTime);
    report(FRAME, { 'long_animation_frame.told_ms': performance.now() - entry.startTime }, from, from + entry.duration);
  };
  new PerformanceObserver((list) => attempt(() => list.getEntries().forEach(add))).observe({ type: FRAME });
}

/**
 * To be called for an event of a pointer at this wall time. Where the browser reports neither frames nor long tasks: how
 * much later than 100 ms a timer fires, be it that the page got to the event late or that it is blocked since.
 */
export function watchTimer(from) {
  const WAIT_MS = 100; // what decides whether a click is dead is the first 100 ms of its press and of itself
  const LATE_MS = 4; // on an idle page a timer is up to 2 ms late
  if (knowsAny) return;
  const due = from + WAIT_MS;
  later(() => {
    const fired = Date.now();
    if (fired - due > LATE_MS) report('longtask', { 'longtask.source': 'timer', 'longtask.duration': fired - due }, due, fired);
  }, WAIT_MS);
}
