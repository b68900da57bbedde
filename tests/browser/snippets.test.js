// The code that the documentation shows (examples/snippets), built and run as it stands.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundle, serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';
import { backend, otelrum } from './servers.js';

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const SNIPPETS = path('../../examples/snippets/');
const SHOP = path('../../examples/shop/');
const BUILD = {
  nodePaths: [`${SHOP}node_modules`, path('node_modules')],
  jsx: 'automatic',
  tsconfigRaw: { compilerOptions: { experimentalDecorators: true } }, // Angular where nothing compiles ahead of time
};

/** A file of this text in a folder of its own. */
async function file(name, text) {
  const made = join(await mkdtemp(join(tmpdir(), 'otelrum-')), name);
  await writeFile(made, text);
  return made;
}

/** What `act` leads to on a page that shows `html` and runs the script, whose `localhost:4318` is an otelrum. */
async function itemsOf(script, html, act, settings = {}) {
  const sink = await backend();
  const collector = await otelrum(sink.port, {}, settings);
  const index = await file('index.html', html.startsWith('<!doctype') ? html : `<!doctype html><title>a page</title><body>${html}</body>`);
  const site = await serve(0, { '/page.js': relative(SHOP, script) }, index, BUILD);
  const browser = await launch([`--host-resolver-rules=MAP localhost:4318 127.0.0.1:${collector.port}`]);
  try {
    const page = await browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(`http://localhost:${site.port}/`);
    if (!html.startsWith('<!doctype')) await page.addScriptTag({ url: '/page.js', type: 'module' });
    await page.waitForTimeout(500);
    await act(page);
    await page.waitForTimeout(700);
    await page.goto('about:blank'); // what waits is sent when the page goes
    await page.waitForTimeout(500);
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
    await collector.end(); // decides what is held
    for (const server of [site, sink]) server.close();
  }
  return sink.items;
}

/** The actions among them, by time. */
const actions = (items) => items.filter((item) => item['action.name']).sort((a, b) => a.start_ms - b.start_ms);
const names = (items) => actions(items).map((item) => item['action.name']);
const BUTTON = '<button onclick="this.nextElementSibling.textContent = 1">Say hello</button><p></p>';
const ASKS = '<button id="ask" onclick="fetch(`/api/offers`)">Ask</button>';

test('minimal.js: a named action with its loading time', async () => {
  const [action] = actions(await itemsOf(`${SNIPPETS}minimal.js`, BUTTON, (page) => page.click('button')));
  assert.equal(action['action.name'], 'Click on Say hello');
  assert.ok(action['action.loading_time'] >= 0);
});

test('telemetry.js: an action with its request, and an idle page that sends nothing', async () => {
  const posts = [];
  const items = await itemsOf(`${SNIPPETS}telemetry.js`, ASKS, async (page) => {
    page.on('request', (request) => request.method() === 'POST' && posts.push(Date.now()));
    await page.click('button');
    await page.waitForTimeout(11_000); // two of the SDK's batch delays
    const idle = Date.now();
    await page.waitForTimeout(6000);
    assert.ok(posts.length && posts.every((at) => at < idle));
  });
  assert.deepEqual(names(items), ['Click on Ask']);
  assert.equal(actions(items)[0]['action.resource.count'], 1);
});

test('stock.js: an action with its request, but no name', async () => {
  const items = await itemsOf(`${SNIPPETS}stock.js`, '<button id="ask">Ask</button>', async (page) => {
    await page.evaluate(() => document.querySelector('#ask').addEventListener('click', () => fetch('/api/offers')));
    await page.click('button');
  });
  assert.deepEqual(names(items), ['Click on #ask']);
  assert.ok(actions(items)[0]['action.loading_time'] > 0);
});

// Angular is compiled by its own builder; here its compiler runs in the page.
const FRAMEWORKS = { 'react.jsx': '', 'vue.js': '', 'angular.ts': `import '@angular/compiler';` };
for (const [framework, first] of Object.entries(FRAMEWORKS))
  test(`${framework}: texts, given names, and a custom action with its context`, async () => {
    const host = await file('host.js', `${first} import '${SNIPPETS}${framework}';`);
    const items = await itemsOf(host, '<div id="root"></div>', async (page) => {
      await page.click('text=Add to cart');
      await page.waitForTimeout(300);
      await page.click('[data-dd-action-name]');
    });
    assert.deepEqual(names(items), ['Click on Add to cart', 'Click on Pay the cart', 'checkout']);
    assert.equal(actions(items)[2]['context.cart.amount'], 1);
  });

test('next-page.jsx: on the server, where there is no window, the module does nothing', async () => {
  const entry = await file('server.jsx', `
    import { renderToString } from 'react-dom/server.browser';
    import Page from '${SNIPPETS}next-page.jsx';
    import { addAction, start } from 'otelrum';
    start({});
    addAction('on the server');
    console.log(renderToString(<Page />));
    process.exit();`);
  const script = await file('server.mjs', await bundle(relative(SHOP, entry), BUILD));
  assert.match((await promisify(execFile)(process.execPath, [script])).stdout, /Pay the cart/);
});

test('instrumentation-client.js: what Next.js runs before the page becomes interactive', async () => {
  assert.deepEqual(names(await itemsOf(`${SNIPPETS}instrumentation-client.js`, BUTTON, (page) => page.click('button'))), ['Click on Say hello']);
});

test('consent.js: nothing is stored or sent before consent is given', async () => {
  const items = await itemsOf(`${SNIPPETS}consent.js`, '<button id="agree">Agree</button><button id="buy">Buy</button>', async (page) => {
    await page.click('#buy');
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
    await page.click('#agree');
    await page.waitForTimeout(300);
    await page.click('#buy');
  });
  assert.deepEqual(names(items), ['consent given', 'Click on Buy']);
});

test('micro-frontend.js: with page_by_service off, the spans of both services are of one action', async () => {
  const host = await file('host.js', `
    import '${SNIPPETS}telemetry.js';
    import { pay } from '${SNIPPETS}micro-frontend.js';
    document.querySelector('button').onclick = () => pay(42);`);
  const items = await itemsOf(host, ASKS, (page) => page.click('button'), { page_by_service: false });
  const [action] = actions(items);
  assert.equal(items.find(({ name }) => name === 'pay')['view.id'], action['view.id']);
  assert.equal(action['action.resource.count'], 1);
});

test('csp.html: the module and the packages need no more than their script and the collector', async () => {
  const html = await readFile(`${SNIPPETS}csp.html`, 'utf8');
  assert.deepEqual(names(await itemsOf(`${SNIPPETS}minimal.js`, html, (page) => page.click('button'))), ['Click on Add to cart']);
});

test('privacy.html: masked, a masked field, hidden, and a given name', async () => {
  const items = await itemsOf(`${SNIPPETS}minimal.js`, await readFile(`${SNIPPETS}privacy.html`, 'utf8'), async (page) => {
    for (const one of await page.$$('button, input')) {
      await one.click();
      await page.waitForTimeout(300);
    }
  });
  assert.deepEqual(names(items), ['Click on Masked Element', 'Click on Masked Element', 'Click on Show the account']);
});

test('session-baggage.js: requests to the own origin carry the session', async () => {
  let baggage;
  const items = await itemsOf(`${SNIPPETS}session-baggage.js`, ASKS, async (page) => {
    const [request] = await Promise.all([page.waitForRequest('**/api/offers'), page.click('button')]);
    baggage = await request.headerValue('baggage');
  });
  assert.equal(baggage, `session.id=${actions(items)[0]['session.id']}`);
});

test('actions.js: one of a moment with its context, and one that lasts with what it set off', async () => {
  const items = await itemsOf(`${SNIPPETS}actions.js`, '<button id="checkout">Check out</button>', (page) => page.click('button'));
  const [checkout, payment] = ['checkout', 'payment'].map((name) => actions(items).find((item) => item['action.name'] === name));
  assert.deepEqual(checkout['context.cart.items'], ['socks', 't-shirt']);
  assert.equal(checkout['action.loading_time'], undefined);
  assert.deepEqual([payment['action.type'], payment['context.method'], payment['context.isPaid']], ['payment', 'card', true]);
  assert.ok(payment['action.loading_time'] > 0);
});

test('user.js: every action says whose it is', async () => {
  const host = await file('host.js', `
    import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
    import { BatchSpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
    import { spanProcessor, start } from 'otelrum';
    import { setUser, user } from '${SNIPPETS}user.js';
    const exporter = new BatchSpanProcessor(new OTLPTraceExporter({ url: 'http://localhost:4318/v1/traces' }));
    const provider = new WebTracerProvider({ spanProcessors: [spanProcessor(), user, exporter] });
    start({ tracer: provider.getTracer('otelrum'), flush: () => provider.forceFlush() });
    setUser({ id: '7', name: 'Ann' });`);
  const [action] = actions(await itemsOf(host, BUTTON, (page) => page.click('button')));
  assert.equal(action['user.id'], '7');
});
