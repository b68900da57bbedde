// What waits is sent before the page goes, or is hidden and may never be seen again.
import { attempt, later, listen } from './natives.js';
import { options, report } from './spans.js';

/** Of the provider that the page registered with OpenTelemetry's API, where each version of that finds it. */
const flushRegistered = () => globalThis[Symbol.for('opentelemetry.js.api.1')].trace.getDelegate().forceFlush();

let waiting = 0;

function flush() {
  waiting = 0;
  attempt(() => (options.flush ?? flushRegistered)().catch(() => {})); // the page has no use for the reason
}

/** One more span waits to be sent. */
export function waits() {
  // Browsers keep 64 KiB of requests alive when a page goes, and lose a larger one whole: no more spans wait than half
  // of that takes.
  const MOST_WAITING = 25;
  if (++waiting === MOST_WAITING) later(flush);
}

/** `reportChanges` reports the changes of the page that wait. */
export function watchExits(reportChanges) {
  const leave = () => {
    attempt(reportChanges);
    report('page.exit');
    flush();
  };
  listen('beforeunload pagehide freeze', leave);
  listen('visibilitychange', () => document.hidden && leave());
}
