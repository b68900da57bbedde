// What puts the page's ids on all that leaves it.
import { waits } from './exits.js';
import { ofGesture } from './gestures.js';
import { attempt } from './natives.js';
import { isSampled, page } from './ids.js';

const CLICK_EVENT = 'browser.user_action.click';

const ids = () => attempt(page) ?? {}; // where there is no page there are none
/** What a processor does besides, and hands on. */
const lifecycle = (next) => ({ forceFlush: async () => next?.forceFlush(), shutdown: async () => next?.shutdown() });

/** Puts the page's ids on every span; give it to the tracer provider before the exporting processor. */
export const spanProcessor = () => ({ onStart: (span) => span.setAttributes(ids()), onEnd: waits, ...lifecycle() });

/** The same for log records; of a session that is not sampled nothing goes on to `next`. */
export const logRecordProcessor = (next, rate = 1) => ({
  ...lifecycle(next),
  onEmit(record, context) {
    record.setAttributes(ids());
    if (record.eventName === CLICK_EVENT) record.setAttributes(ofGesture() ?? {});
    if (isSampled(rate)) next?.onEmit(record, context);
  },
});

/** A sampler by session: an action is complete only where its session is exported whole. */
export const sampler = (rate) => ({ shouldSample: () => ({ decision: isSampled(rate) ? 2 : 0 }) });
