// What the page itself calls an action.
import { attempt } from './natives.js';
import { options, words } from './spans.js';

/** What JSON can express of a context: a circle and a bigint become text, the rest stays. */
function json(context) {
  const MOST_VALUES = 5000; // of a context that leads to half the page: what is beyond stays there
  const above = []; // the objects that lead to the value
  let left = MOST_VALUES;
  return JSON.stringify(context, function (key, value) {
    if (Object(value) !== value) return typeof value === 'bigint' ? words(value) : value;
    above.splice(above.indexOf(this) + 1);
    if (above.includes(value)) return '[circle]';
    above.push(value);
    if (left-- > 0) return value;
  });
}

const begin = (name, type, startTime) =>
  options.tracer.startSpan(words(name), {
    startTime,
    attributes: { 'action.type': type, 'action.name': words(name) },
  });

function end(span, context, endTime) {
  span.setAttributes({ 'action.context': attempt(() => json(context)) });
  span.end(endTime);
}

/** An action of one moment, as Datadog's `addAction`. */
export const addAction = (name, context = {}) =>
  attempt(() => {
    const now = Date.now();
    end(begin(name, 'custom', now), context, now);
  });

const running = new Map(); // by key

/** An action that goes on until `stopAction` of the same key; a second start of a key drops the first. */
export const startAction = (name, { actionKey = name, type = 'custom', context } = {}) =>
  attempt(() => {
    running.set(actionKey, { span: begin(name, type, Date.now()), context });
  });

/** Ends it; `context` is added to that of the start. */
export const stopAction = (name, { actionKey = name, context } = {}) =>
  attempt(() => {
    const known = running.get(actionKey);
    running.delete(actionKey);
    if (known) end(known.span, { ...known.context, ...context }, Date.now());
  });
