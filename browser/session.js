// The session, for what few pages need.
import { spanProcessor } from './otelrum.js';

/** What the module puts on every span; nothing on a server. */
export function sessionId() {
  let id;
  spanProcessor().onStart({ setAttributes: (ids) => (id = ids['session.id']) });
  return id;
}
