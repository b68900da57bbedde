// What waits is sent before the page goes, or is hidden and may never be seen again.
import { attempt, later, listen } from './natives.js';
import { options, tell } from './spans.js';

// Browsers keep 64 KiB of requests alive when a page goes, and lose a larger one whole: of spans and log records no
// more waits than some 30 kB.
const MOST_WAITING = 25;

/** Of the providers that the page registered with OpenTelemetry's API, as every version of it finds them. */
function flushRegistered() {
  const registered = (key) => globalThis[Symbol.for(key)];
  const tracers = registered('opentelemetry.js.api.1').trace.getDelegate();
  return Promise.all([tracers, registered('io.opentelemetry.js.api.logs')?.(1)].map((one) => one?.forceFlush?.()));
}

let waiting = 0;

function flush() {
  waiting = 0;
  attempt(options.flush ?? flushRegistered)?.catch(() => {}); // the page has no use for the reason
}

/** A span or record more waits to be sent. */
export function waits() {
  waiting += 1;
  if (waiting === MOST_WAITING) later(flush);
}

/** `settle` tells what is not told yet. */
export function watchExits(settle) {
  const leave = () => {
    settle();
    tell('page.exit');
    flush();
  };
  listen('beforeunload pagehide freeze', leave);
  listen('visibilitychange', () => document.hidden && leave());
}
