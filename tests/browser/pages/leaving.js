// A page that goes 20 ms after a click, with spans waiting; and one that comes back.
import { trace } from '@opentelemetry/api';
import { watch } from '../../../examples/shop/telemetry.js';

watch(new URLSearchParams(location.search).get('collector'));

/** So many spans of some 800 bytes each. */
window.addSpans = (count) => {
  for (let n = 0; n < count; n += 1) trace.getTracer('page').startSpan('work', { attributes: { words: 'some '.repeat(120) } }).end();
};
document.getElementById('leave').addEventListener('click', () => setTimeout(() => (location.href = '/photo.svg'), 20));
document.getElementById('say').addEventListener('click', () => (document.getElementById('out').textContent = 'said'));
addEventListener('pageshow', (event) => (window.isKept = event.persisted));
