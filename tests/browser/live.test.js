// The live page as a person meets it: real clicks in the shop, a real otelrum, a real Chromium.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';
import { freePort } from './servers.js';

const ROOT = new URL('../..', import.meta.url).pathname;
const SHOTS = new URL('screenshots/', import.meta.url).pathname; // git ignores them
const WAIT_S = 8;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser, shop, otelrum, live, customer;

/** An otelrum with a live page, that decides after WAIT_S: resolves when it is ready. */
async function start(port) {
  const pipeline = { receivers: ['otlp'], processors: ['rum_action'], exporters: ['debug'] };
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}`, cors: { allowed_origins: ['http://127.0.0.1:*'], allowed_headers: ['*'] } } } } },
    processors: { rum_action: { decision_wait: `${WAIT_S}s` } },
    exporters: { debug: { verbosity: 'basic' } },
    extensions: { live_view: { endpoint: 'localhost:0', trace_url: 'https://backend.example/trace/{trace_id}' } },
    service: { extensions: ['live_view'], telemetry: { metrics: { level: 'none' } }, pipelines: { traces: pipeline, logs: pipeline } },
  };
  const file = join(await mkdtemp(join(tmpdir(), 'otelrum-')), 'otelrum.yaml');
  await writeFile(file, JSON.stringify(config));
  const process = spawn(`${ROOT}.venv/bin/otelrum`, ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  await new Promise((resolve, reject) => {
    process.stderr.on('data', (text) => { log += text; if (log.includes(': ready')) resolve(); });
    process.on('exit', () => reject(new Error(log)));
  });
  return { process, page: log.match(/live page on (\S+)/)[1] };
}

before(async () => {
  const port = await freePort();
  shop = await serve();
  otelrum = await start(port);
  browser = await launch();
  await mkdir(SHOTS, { recursive: true });
  customer = await (await browser.newContext()).newPage();
  await customer.goto(`http://127.0.0.1:${shop.port}/?collector=http://127.0.0.1:${port}`);
  await customer.waitForFunction(() => document.querySelector('#add') && performance.now() > 500);
  live = await (await browser.newContext({ viewport: { width: 1360, height: 900 } })).newPage();
  live.setDefaultTimeout(60_000);
  live.faults = [];
  live.on('pageerror', (error) => live.faults.push(error.message));
  live.on('console', (message) => { if (message.type() === 'error') live.faults.push(message.text()); });
  await live.goto(otelrum.page);
});
after(async () => {
  await browser?.close();
  shop?.close();
  otelrum?.process.removeAllListeners('exit').kill('SIGTERM');
});

const row = (text) => live.locator('#list tbody tr', { hasText: text });

/** Clicks in the shop, which then sends all that it has. */
async function act(...ids) {
  for (const id of ids) await customer.click(`#${id}`);
  await customer.waitForTimeout(800);
  await customer.evaluate(() => window.flush());
}

/** Watch the page frame by frame: what the countdown of this action shows, when it must end, and when its row appears. */
const watch = (name) => live.evaluate((text) => {
  const seen = (window.seen = { counted: [] });
  const named = (selector) => [...document.querySelectorAll(selector)].find((one) => one.textContent.includes(text));
  const look = () => {
    const waiting = named('#pending li');
    if (waiting) {
      const { max, value } = waiting.querySelector('progress');
      seen.dueMs ??= performance.now() + (max - value) * 1000;
      const shown = parseInt(waiting.querySelector('.number').textContent, 10);
      if (shown !== seen.counted.at(-1)) seen.counted.push(shown);
    }
    if (named('#list tbody tr')) seen.listedMs ??= performance.now();
    if (!seen.listedMs) requestAnimationFrame(look);
  };
  look();
}, name);

test('an action counts down, and stands in the list within a second of its decision', async () => {
  await watch('Add to cart');
  await act('add');
  const waiting = live.locator('#pending li', { hasText: 'Add to cart' }).first();
  await waiting.waitFor({ timeout: 60_000 });
  assert.match(await waiting.innerText(), /\d+ s/);
  await row('Add to cart').first().waitFor({ timeout: 60_000 });
  const { counted, dueMs, listedMs } = await live.evaluate(() => window.seen);
  assert.ok(counted[0] >= WAIT_S - 2 && counted.at(-1) <= 1, `it counts from ${counted[0]} to ${counted.at(-1)}`);
  assert.deepEqual(counted, counted.toSorted((one, other) => other - one), 'it only counts down');
  assert.ok(listedMs - dueMs < 1000, `listed ${Math.round(listedMs - dueMs)} ms after its decision was due`);
  assert.match(await row('Add to cart').first().innerText(), /\d+ ms|\d\.\d\d s/);
  await waiting.waitFor({ state: 'hidden', timeout: 60_000 });
});

test('a rage is marked as one', async () => {
  await act('dead', 'dead', 'dead');
  await row('Out of order').first().waitFor({ timeout: 60_000 });
  assert.match(await row('Out of order').first().innerText(), /rage/);
});

test('an action shows why it ended, what happened around it, and where its name comes from', async () => {
  await row('Add to cart').locator('a').first().click();
  await live.locator('.waterfall').waitFor();
  assert.match(await live.locator('.why').innerText(), /Ended after \d+ ms: .* was last, then nothing for 100 ms/);
  assert.match(await live.locator('.waterfall').innerText(), /\/api\//);
  assert.equal(await live.locator('.waterfall .quiet.ends').count(), 1);
  assert.match(await live.locator('.names .chosen').innerText(), /Add to cart/);
  assert.match(await live.getByText('Its trace in the backend').getAttribute('href'), /^https:\/\/backend\.example\/trace\/[0-9a-f]{32}$/);
  assert.match(live.url(), /[?&]action=[0-9a-f-]{36}/);
});

test('a link to one action opens it, its JSON can be copied and its OTLP downloaded', async () => {
  const again = await live.context().newPage();
  await live.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await again.goto(live.url());
  await again.locator('.waterfall').waitFor();
  await again.getByRole('button', { name: 'Copy as JSON' }).click();
  await again.getByRole('button', { name: 'Copied' }).waitFor();
  const copied = JSON.parse(await again.evaluate(() => navigator.clipboard.readText()));
  assert.equal(copied.id, new URL(live.url()).searchParams.get('action'));
  assert.match(copied.name, /Add to cart/);
  assert.ok(copied.lines.some((line) => /\/api\//.test(line.label)) && copied.why.end.startsWith('Ended after'));
  const [download] = await Promise.all([again.waitForEvent('download'), again.getByText('Download its OTLP').click()]);
  assert.match(await readFile(await download.path(), 'utf8'), /resourceSpans/);
  await again.close();
});

test('filters live in the address, and the back button undoes a step', async () => {
  await live.goto(otelrum.page);
  await row('Out of order').first().waitFor();
  await live.selectOption('select[name=frustration]', 'rage_click');
  await row('Add to cart').first().waitFor({ state: 'detached' });
  assert.match(live.url(), /frustration=rage_click/);
  await live.reload();
  await row('Out of order').first().waitFor();
  assert.equal(await row('Add to cart').count(), 0);
  await row('Out of order').locator('a').first().click();
  await live.locator('.why').waitFor();
  await live.goBack();
  await live.locator('#detail').waitFor({ state: 'hidden' });
});

test('by name there are counts and quantiles, and a name leads to its actions', async () => {
  await live.goto(otelrum.page);
  await live.getByRole('link', { name: 'By name' }).click();
  const [name] = await live.locator('.by-name tbody tr', { hasText: 'Add to cart' }).locator('td').allInnerTexts();
  assert.match(name, /^\d+$/);
  await live.locator('.by-name a', { hasText: 'Add to cart' }).first().click();
  await row('Add to cart').first().waitFor();
  assert.equal(await row('Out of order').count(), 0);
});

test('pause keeps the list as it is, clear empties it', async () => {
  await live.goto(otelrum.page);
  await row('Add to cart').first().waitFor();
  await live.getByRole('button', { name: 'Pause' }).click();
  await live.getByRole('status').getByText('paused').waitFor();
  await live.getByRole('button', { name: 'Clear' }).click();
  await live.getByText('No action yet').waitFor();
});

test('everything can be reached by keyboard', async () => {
  await live.goto(otelrum.page);
  await row('Add to cart').first().waitFor();
  await live.keyboard.press('Tab');
  assert.equal(await live.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await live.locator('#list tbody a').first().focus();
  await live.keyboard.press('Enter');
  await live.locator('.why').waitFor();
});

for (const [width, colorScheme] of [[390, 'light'], [820, 'dark'], [1360, 'light']])
  test(`at ${width} px, ${colorScheme}, nothing is cut off and axe finds nothing serious`, async () => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    await page.goto(otelrum.page);
    await page.locator('#list tbody a', { hasText: 'Add to cart' }).first().waitFor();
    const id = await page.locator('#list tbody a', { hasText: 'Add to cart' }).first().getAttribute('href');
    for (const [name, query] of [['list', ''], ['action', id], ['names', '?view=names'], ['lacks', '?view=lacks']]) {
      await page.goto(otelrum.page + query);
      await page.locator(name === 'action' ? '.waterfall' : name === 'list' ? '#list tbody tr' : `#${name} > *`).first().waitFor();
      await page.screenshot({ path: `${SHOTS}${name}-${width}.png`, fullPage: true });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the screen`);
      await page.addScriptTag({ path: AXE });
      const { violations } = await page.evaluate(() => window.axe.run());
      const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
      assert.deepEqual(serious.map(({ id: rule, nodes }) => `${name}: ${rule} ${nodes[0].html}`), []);
    }
    await context.close();
  });

test('the page itself made no mistake', () => {
  assert.deepEqual(live.faults.filter((text) => !text.includes('404')), []);
});
