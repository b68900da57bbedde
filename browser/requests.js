// Requests: those of an exporter survive the page, the page's own carry the session's id.
import { sessionId } from './session.js';

// Browsers keep 64 KiB of requests alive when a page goes, all together; WebKit loses a larger one whole. Of this
// size two exporters (spans, log records) can send their newest.
const REQUEST_BYTES = 30_000;
const ITEM_BYTES = 400; // ids, times, scope and resource
const ATTRIBUTE_BYTES = 40; // what JSON says around a key and a value

/** About how many bytes of a request a span or log record takes; one that JSON cannot express goes alone. */
function weigh({ attributes = {}, events = [], body = null }) {
  try {
    const { length } = JSON.stringify([attributes, events, body]);
    return ITEM_BYTES + ATTRIBUTE_BYTES * Object.keys(attributes).length + length;
  } catch {
    return REQUEST_BYTES;
  }
}

/** In parts that are small enough, the newest first. */
function parts(items) {
  const out = [];
  let room = 0;
  for (const item of [...items].reverse()) {
    const bytes = weigh(item);
    if (room < bytes) {
      out.push([]);
      room = REQUEST_BYTES;
    }
    out.at(-1).push(item);
    room -= bytes;
  }
  return out;
}

/** Around an exporter of spans or log records: its requests are small enough to be sent when the page goes. */
export const smallRequests = (exporter) => ({
  export(items, done) {
    const sent = parts(items).map((part) => new Promise((resolve) => exporter.export(part, resolve)));
    Promise.all(sent).then((results) => done(results.find(({ code }) => code) ?? results[0] ?? { code: 0 }));
  },
  forceFlush: async () => exporter.forceFlush?.(),
  shutdown: async () => exporter.shutdown(),
});

/**
 * From now on a request that gets the trace's headers also gets `session.id` as W3C baggage. `propagation` is that of
 * `@opentelemetry/api`, or a propagator.
 */
export function setSessionBaggage(propagation) {
  const inject = propagation.inject;
  propagation.inject = function (context, carrier, setter = { set: (to, key, value) => (to[key] = value) }) {
    let baggage = '';
    const set = (to, key, value) => (key === 'baggage' ? (baggage = `${value},`) : setter.set(to, key, value));
    inject.call(this, context, carrier, { ...setter, set });
    setter.set(carrier, 'baggage', `${baggage}session.id=${sessionId()}`);
  };
}
