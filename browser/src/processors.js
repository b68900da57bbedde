// What puts the page's ids on all that leaves it.
import { interactionId } from './gestures.js';
import { hasWindow, attempt } from './natives.js';
import { isSampled, page, session } from './ids.js';

const CLICK_EVENT = 'browser.user_action.click';

const ids = () => (hasWindow ? attempt(page, {}) : {});
/** What a processor does besides, and hands on. */
const lifecycle = (next) => ({ forceFlush: async () => next?.forceFlush(), shutdown: async () => next?.shutdown() });

/** Puts the page's ids on every span; give it to the tracer provider before the exporting processor. */
export const spanProcessor = () => ({ onStart: (span) => span.setAttributes(ids()), onEnd() {}, ...lifecycle() });

/** The same for log records; of a session that is not sampled nothing goes on to `next`. */
export const logRecordProcessor = (next, rate = 1) => ({
  ...lifecycle(next),
  onEmit(record, context) {
    const id = record.eventName === CLICK_EVENT && interactionId();
    record.setAttributes({ ...ids(), ...(id && { 'interaction.id': id }) });
    if (isSampled(rate)) next?.onEmit(record, context);
  },
});

/** A sampler by session: an action is complete only where its session is exported whole. */
export const sampler = (rate) => ({ shouldSample: () => ({ decision: isSampled(rate) ? 2 : 0 }) });

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
    setter.set(carrier, 'baggage', `${baggage}session.id=${session()}`);
  };
}
