// Uncaught errors, unhandled rejections and what the page writes to the console as errors.
import { attempt, follow, listen } from './natives.js';
import { options, words } from './spans.js';

let isReporting; // an exporter may itself write to the console

function reportError(error) {
  if (isReporting) return;
  isReporting = true;
  attempt(() => {
    const span = options.tracer.startSpan('exception');
    span.recordException(error instanceof Error ? error : { name: 'Error', message: words(error) });
    span.end();
  });
  isReporting = false;
}

export function watchErrors() {
  listen('error', (event) => event.message && reportError(event.error ?? event.message));
  listen('unhandledrejection', (event) => reportError(event.reason));
  follow(console, 'error', (...given) => reportError(given.find((one) => one instanceof Error) ?? given.map(words).join(' ')));
}
