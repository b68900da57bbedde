// What waits is sent before the page goes, or is hidden and may never be seen again.
import { attempt, later, listen } from './natives.js';
import { options, tell } from './spans.js';

// Browsers keep 64 KiB of requests alive when a page goes, and lose a larger one whole: of spans and log records no
// more waits than some 30 kB.
const MOST_WAITING = 25;

// OpenTelemetry's API keeps what a page registers where each of its versions finds it.
const registered = (key) => globalThis[Symbol.for(key)];
const PROVIDERS = [
  () => registered('opentelemetry.js.api.1').trace.getDelegate(),
  () => registered('io.opentelemetry.js.api.logs')(1),
  () => ({ forceFlush: options.flush }),
];

let waiting = 0;

function flush() {
  waiting = 0;
  for (const provider of PROVIDERS) attempt(() => provider().forceFlush().catch(() => {}));
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
