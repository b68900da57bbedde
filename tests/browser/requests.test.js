// Requests that survive the page, and the session on the page's own requests, as rules. Runs in Node.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { setSessionBaggage, smallRequests } from '../../browser/requests.js';

const shop = createRequire(new URL('../../examples/shop/package.json', import.meta.url));
const { JsonTraceSerializer } = shop('@opentelemetry/otlp-transformer');
const { InMemorySpanExporter, SimpleSpanProcessor, WebTracerProvider } = shop('@opentelemetry/sdk-trace-web');
const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = shop('@opentelemetry/core');
const { ROOT_CONTEXT, propagation } = shop('@opentelemetry/api');

/** So many finished spans with about so many bytes of attributes. */
function spans(count, bytes) {
  const exporter = new InMemorySpanExporter();
  const provider = new WebTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('test');
  for (let n = 0; n < count; n += 1) {
    const attributes = { 'view.url': `https://shop.example/${'x'.repeat(bytes)}`, ...Object.fromEntries(Array.from({ length: 15 }, (_, k) => [`key.${k}`, k])) };
    tracer.startSpan(`span ${n}`, { attributes }).end();
  }
  return exporter.getFinishedSpans();
}

/** The requests that an exporter is asked for, each a list of spans; it answers with this code. */
function exported(items, code = 0) {
  const requests = [];
  const exporter = smallRequests({ export: (part, done) => { requests.push(part); done({ code }); }, shutdown: async () => {} });
  return new Promise((resolve) => exporter.export(items, (result) => resolve({ requests, result })));
}

test('no request is larger than 60 kB, none is lost, and the newest go first', async () => {
  const made = spans(200, 300);
  const { requests, result } = await exported(made);
  for (const request of requests) assert.ok(JsonTraceSerializer.serializeRequest(request).length < 60_000);
  assert.deepEqual(requests.flat().map(({ name }) => name), made.map(({ name }) => name).reverse());
  assert.ok(requests.length < 20, `${requests.length} requests`);
  assert.deepEqual(result, { code: 0 });
});

test('one item that is larger than a request goes alone', async () => {
  const { requests } = await exported([...spans(1, 100), ...spans(1, 100_000), ...spans(1, 100)]);
  assert.deepEqual(requests.map((request) => request.length), [1, 1, 1]);
});

test('where a request fails the whole export does, and without items it does not', async () => {
  assert.equal((await exported(spans(100, 500), 1)).result.code, 1);
  assert.equal((await exported([])).result.code, 0);
});

test('session.id goes with the headers of the trace, beside what baggage there is', () => {
  Object.assign(globalThis, { window: globalThis, location: new URL('https://shop.example/'), document: {}, history: {} });
  const propagator = new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
  setSessionBaggage(propagator);
  const inject = (context) => {
    const headers = {};
    propagator.inject(context, headers, { set: (carrier, key, value) => { carrier[key] = value; } });
    return headers.baggage;
  };
  assert.match(inject(ROOT_CONTEXT), /^session\.id=\d{30,}$/);
  const baggage = propagation.createBaggage({ tenant: { value: 'a' } });
  assert.match(inject(propagation.setBaggage(ROOT_CONTEXT, baggage)), /^tenant=a,session\.id=\d{30,}$/);
});
