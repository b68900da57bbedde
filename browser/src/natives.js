// What the browser had before Zone.js or an instrumentation wrapped it: watching makes no tasks and no spans.

export const native = (name) => globalThis[globalThis.Zone?.__symbol__?.(name)] ?? globalThis[name];
const addListener = native('addEventListener');

/** What `act` gives, nothing where it throws: no fault of this module reaches the page. */
export function attempt(act) {
  try {
    return act();
  } catch {}
}

/** Runs a function in a later task. */
export const later = native('setTimeout');

/** Call `act` with each event of these types that no script made up, before the page's own listeners. */
export function listen(types, act) {
  // WebKit says of its own rejections (they have a reason) that a script made them up.
  const heard = (event) => (event.isTrusted !== false || 'reason' in event) && attempt(() => act(event));
  for (const type of types.split(' ')) addListener.call(window, type, heard, true);
}

/** Call `act` with what a method got before each of its calls, and what it returns after; the call stays as it is. */
export function follow(owner, name, act) {
  const original = owner[name];
  owner[name] = function (...given) {
    const after = attempt(() => act(...given));
    const result = original.apply(this, given);
    attempt(after);
    return result;
  };
}

/**
 * Wall time in ms of a time stamp of the page: when it was, not when the page got to it. It is at least 1 us ago: a click's
 * first span carries its action, and a listener's may have the same time where clocks are of whole ms.
 */
export const wallTime = (stamp) => Date.now() - Math.max(0.001, performance.now() - stamp);
