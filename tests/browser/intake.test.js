// What a page of another origin can send to otelrum's OTLP/HTTP receiver, and what it can read of the answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';
import { backend, otelrum } from './servers.js';

let sink, open, full, shop, browser, page;
before(async () => {
  sink = await backend();
  open = await otelrum(sink.port);
  full = await otelrum(sink.port, { memory_limiter: { check_interval: '100ms', limit_mib: 1 } });
  shop = await serve();
  browser = await launch();
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${shop.port}/photo.svg`); // an origin that sends nothing of its own
});
after(async () => {
  await browser?.close();
  for (const collector of [open, full]) await collector?.end();
  for (const server of [shop, sink]) server?.close();
});

const request = (name) => {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name, kind: 1, startTimeUnixNano: '1', endTimeUnixNano: '2' };
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
};

/** What the page reads of the answer to its fetch; without leave the browser throws, and so does this. */
const post = (collector, body, options = {}) =>
  page.evaluate(
    async ([url, body, options]) => {
      const answer = await fetch(url, { method: 'POST', body, credentials: 'include', ...options });
      return { status: answer.status, retry: answer.headers.get('Retry-After'), text: await answer.text() };
    },
    [`http://127.0.0.1:${collector.port}/v1/traces`, body, options],
  );
const JSON_TYPE = { headers: { 'Content-Type': 'application/json' } };

/** The backend has it; `poll` is bounded so that a loss fails and does not hang. */
async function arrived(name) {
  for (let n = 0; n < 100; n += 1) {
    if (sink.items.some((item) => item.name === name)) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

test('fetch with credentials and headers of its own, after a preflight', async () => {
  const headers = { ...JSON_TYPE.headers, Authorization: 'Bearer 1', 'X-Of-The-Page': '1' };
  assert.equal((await post(open, request('by fetch'), { headers })).status, 200);
  assert.ok(await arrived('by fetch'));
});

test('sendBeacon of a JSON blob, which always has credentials', async () => {
  const isQueued = await page.evaluate(
    ([url, body]) => navigator.sendBeacon(url, new Blob([body], { type: 'application/json' })),
    [`http://127.0.0.1:${open.port}/v1/traces`, request('by beacon')],
  );
  assert.ok(isQueued);
  assert.ok(await arrived('by beacon'));
});

test('fetch that outlives its page', async () => {
  const other = await browser.newPage();
  await other.goto(page.url());
  await other.evaluate(
    ([url, body, options]) => {
      addEventListener('pagehide', () => fetch(url, { method: 'POST', keepalive: true, body, ...options }));
    },
    [`http://127.0.0.1:${open.port}/v1/traces`, request('on leaving'), JSON_TYPE],
  );
  await other.goto('about:blank');
  assert.ok(await arrived('on leaving'));
  await other.close();
});

test('text/plain is refused with an answer that the page can read', async () => {
  const { status, text } = await post(open, request('as text'), { headers: { 'Content-Type': 'text/plain' } });
  assert.equal(status, 415);
  assert.match(JSON.parse(text).message, /application\/json/);
});

test('a broken request is refused with an answer that the page can read', async () => {
  const { status, text } = await post(open, '{"resourceSpans": 1', JSON_TYPE);
  assert.equal(status, 400);
  assert.ok(JSON.parse(text).message);
});

test('a full collector says when to come again, and the page can read it', async () => {
  const { status, retry } = await post(full, request('too much'), JSON_TYPE);
  assert.equal(status, 503);
  assert.ok(Number(retry) >= 1, `Retry-After: ${retry}`);
});
