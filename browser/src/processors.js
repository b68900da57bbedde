// What puts the page's ids on all that leaves it.
import { waits } from './exits.js';
import { ofGesture } from './gestures.js';
import { attempt } from './natives.js';
import { page } from './ids.js';

const ids = () => ({ ...attempt(page) }); // where there is no page there are none
const lifecycle = { forceFlush: async () => {}, shutdown: async () => {} };

/** Puts the page's ids on every span; give it to the tracer provider before the exporting processor. */
export const spanProcessor = () => ({ ...lifecycle, onStart: (span) => span.setAttributes(ids()), onEnd: waits });

/** The same for log records; a click's also get the id of its gesture. */
export const logRecordProcessor = () => ({
  ...lifecycle,
  onEmit(record) {
    const isClick = record.eventName === 'browser.user_action.click';
    record.setAttributes({ ...ids(), ...(isClick && ofGesture()) });
  },
});
