// What a page adds to the official OpenTelemetry packages so that otelrum sees what Datadog's SDK sees: gestures with
// the names of their elements, what the user did besides, changes of the page, frames, errors, exits, and the ids of
// session, view and tab. No dependencies: the page hands over its own tracer. Works with and without Zone.js.
import { watchMutations } from './changes.js';
import { watchErrors } from './errors.js';
import { watchExits } from './exits.js';
import { watchFrames } from './frames.js';
import { watchGestures } from './gestures.js';
import { session } from './ids.js';
import { attempt } from './natives.js';
import { options } from './spans.js';
import { watchViews } from './views.js';

export { addAction, addAction as addUserAction, startAction, stopAction } from './actions.js';
export { interactionHook } from './gestures.js';
export { logRecordProcessor, spanProcessor } from './processors.js';

/** Begin to watch the page; a second call does nothing, and neither does one on a server. */
export function start(given) {
  if (!globalThis.window || options.tracer) return;
  Object.assign(options, { privacy: 'allow', clicks: true, mutations: true, errors: true }, given);
  session(true);
  const reportChanges = options.mutations && attempt(watchMutations);
  attempt(() => watchViews(reportChanges));
  if (options.clicks) attempt(watchGestures);
  attempt(watchFrames);
  if (options.errors) attempt(watchErrors);
  attempt(() => watchExits(reportChanges));
}
