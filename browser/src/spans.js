// How the page reports: instant root spans of the tracer that the page handed over.
import { attempt } from './natives.js';

/** The options of `start`. */
export const options = { actionNameAttribute: 'data-action-name' };

/** A span of its own trace from one wall time in ms to another. */
export function report(name, attributes, from = Date.now(), to = from) {
  attempt(() => options.tracer.startSpan(name, { startTime: from, attributes, root: true }).end(to));
}

/** Any value in words; an object may have no prototype. */
export const words = (value) => attempt(() => String(value)) ?? typeof value;
