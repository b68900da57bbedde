// Sampling by session: an action is complete only where its session is exported whole.
import { sessionId } from './session.js';

const SHARES = 1_000_000;

/** A share of sessions, whole or not at all: the same answer for every span of a session. A server's is always kept. */
const isSampled = (rate) => (sessionId() ?? '').slice(-6) / SHARES < rate;

/** A sampler for the tracer provider. */
export const sampler = (rate) => ({ shouldSample: () => ({ decision: isSampled(rate) ? 2 : 0 }) });

/** Around the processor that exports log records: of a session that is not sampled nothing goes on to it. */
export const sampledRecords = (next, rate) => ({
  onEmit(record, context) {
    if (isSampled(rate)) next.onEmit(record, context);
  },
  forceFlush: () => next.forceFlush(),
  shutdown: () => next.shutdown(),
});
