// What otelrum.js does where there is nothing to compare with, as rules.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { rollup } from 'rollup';
import { bare, ids, reported } from './bare.js';
import { minified } from './minified.js';

const MINUTE = 60_000;
let site;
before(async () => { site = await bare(); });
after(() => site?.close());
const visit = (...given) => site.visit(...given);

test('a session ends after 15 minutes without the user, and no minute before', async () => {
  const began = Date.now();
  const page = await visit('', (page) => page.clock.setSystemTime(began));
  const first = await ids(page);
  await page.clock.setSystemTime(began + 14 * MINUTE);
  await page.keyboard.press('a');
  await page.clock.setSystemTime(began + 28 * MINUTE);
  await page.keyboard.press('a');
  assert.equal((await ids(page)).session, first.session);
  await page.clock.setSystemTime(began + 44 * MINUTE);
  await page.keyboard.press('a');
  const next = await ids(page);
  assert.notEqual(next.session, first.session);
  assert.notEqual(next.view, first.view, 'a view is of one session');
  assert.equal(next.tab, first.tab);
});

test('a page that only polls keeps no session alive and begins none', async () => {
  const began = Date.now();
  const page = await visit('', (page) => page.clock.setSystemTime(began));
  const first = await ids(page);
  for (const minutes of [10, 20, 30]) {
    await page.clock.setSystemTime(began + minutes * MINUTE);
    assert.equal((await ids(page)).session, first.session);
  }
  await page.keyboard.press('a');
  assert.notEqual((await ids(page)).session, first.session);
});

test('a session lasts four hours at most, however busy the user', async () => {
  const began = Date.now();
  const page = await visit('', (page) => page.clock.setSystemTime(began));
  const first = await ids(page);
  for (let minutes = 10; minutes < 240; minutes += 10) {
    await page.clock.setSystemTime(began + minutes * MINUTE);
    await page.keyboard.press('a');
    assert.equal((await ids(page)).session, first.session, `after ${minutes} minutes`);
  }
  await page.clock.setSystemTime(began + 241 * MINUTE);
  assert.notEqual((await ids(page)).session, first.session);
});

test('session and tab survive a reload, the view does not', async () => {
  const page = await visit();
  const first = await ids(page);
  await page.reload();
  const next = await ids(page);
  assert.deepEqual([next.session, next.tab], [first.session, first.tab]);
  assert.notEqual(next.view, first.view);
});

test('another tab is of the same session, with another tab id and view', async () => {
  const page = await visit();
  const other = await page.context().newPage();
  await other.goto(page.url());
  const [here, there] = [await ids(page), await ids(other)];
  assert.equal(there.session, here.session);
  assert.notEqual(there.tab, here.tab);
  assert.notEqual(there.view, here.view);
});

test('without storage the ids live as long as the page', async () => {
  const forbid = (page) =>
    page.addInitScript(() => {
      for (const area of ['localStorage', 'sessionStorage'])
        Object.defineProperty(window, area, { get: () => { throw new DOMException('no', 'SecurityError'); } });
    });
  const page = await visit('', forbid);
  const first = await ids(page);
  assert.ok(first.session && first.tab && first.view);
  assert.deepEqual(await ids(page), first);
});

test('changes count but for those under data-dd-excluded-activity-mutations', async () => {
  const page = await visit();
  await page.waitForTimeout(100); // what the page did at its load is reported by now
  await reported(page);
  const change = (id) => page.evaluate((id) => { document.getElementById(id).textContent = 'changed'; }, id);
  await change('clock');
  await page.waitForTimeout(100);
  assert.deepEqual(await reported(page, 'dom.mutation'), []);
  await change('counted');
  await page.waitForTimeout(100);
  assert.equal((await reported(page, 'dom.mutation')).length, 1);
});

test('a page that changes all the time reports some 20 times a second, without a gap, its first and last change exact', async () => {
  const page = await visit();
  await page.waitForTimeout(100); // what the page did at its load is reported by now
  await reported(page);
  const [first, last, pause] = await page.evaluate(async () => {
    const times = [];
    const counted = document.getElementById('counted');
    for (const end = performance.now() + 1000; performance.now() < end; await new Promise((r) => setTimeout(r, 4))) {
      counted.textContent = Math.random();
      times.push(Date.now());
    }
    await new Promise((r) => setTimeout(r, 150));
    return [times[0], times.at(-1), Math.max(...times.slice(1).map((time, n) => time - times[n]))];
  });
  const times = (await reported(page, 'dom.mutation')).map(({ at }) => at);
  assert.ok(times.length <= (45 * (last - first)) / 1000, `${times.length} reports in ${last - first} ms`); // no gap: not too few either
  assert.ok(Math.abs(times[0] - first) <= 5 && Math.abs(times.at(-1) - last) <= 5, 'first and last');
  for (let n = 1; n < times.length; n += 1) assert.ok(times[n] - times[n - 1] <= 50 + 2 * pause, `a gap where there was none of more than ${pause} ms`);
});

/** Changes the page, and so long after it once more: having been busy from 50 ms on, or not. Gives when the last one was. */
const changeTwice = (page, { afterMs, isBusy, isElsewhere }) =>
  page.evaluate(async ([afterMs, isBusy, isElsewhere]) => {
    await new Promise((r) => setTimeout(r, 250)); // until nothing waits for what came before
    const [counted, from] = [document.getElementById('counted'), Date.now()];
    counted.textContent = 'first';
    await new Promise((r) => setTimeout(r, isBusy ? 50 : afterMs));
    while (Date.now() < from + afterMs);
    if (isElsewhere) history.pushState({}, '', '/elsewhere');
    counted.textContent = 'second';
    await new Promise((r) => setTimeout(r, 200));
    return { from, view: window.ids().view };
  }, [afterMs, isBusy, isElsewhere]);

test('a change of a page that was busy when 100 ms after the one before were over began then', async () => {
  const page = await visit();
  const { from } = await changeTwice(page, { afterMs: 130, isBusy: true });
  const last = (await reported(page, 'dom.mutation')).at(-1);
  assert.ok(last.at - from >= 100 && last.at - from <= 102, JSON.stringify(last));
  assert.ok(last.ms >= 28 && last.at + last.ms - from >= 130, JSON.stringify(last));
});

test('a change of an idle page, however late, is of one moment', async () => {
  const page = await visit();
  await changeTwice(page, { afterMs: 130 });
  assert.equal((await reported(page, 'dom.mutation')).at(-1).ms, 0);
});

test('no change of a view began before it', async () => {
  const page = await visit();
  const { view } = await changeTwice(page, { afterMs: 130, isBusy: true, isElsewhere: true });
  const spans = (await reported(page)).filter(({ attributes }) => attributes['view.id'] === view);
  const [begun, changed] = ['view', 'dom.mutation'].map((name) => spans.find((span) => span.name === name));
  assert.ok(changed.at >= begun.at, JSON.stringify([begun, changed]));
});

test('errors are reported: uncaught, unhandled, and of the console', async () => {
  const page = await visit();
  await page.evaluate(() => {
    setTimeout(() => { throw new TypeError('uncaught'); });
    Promise.reject(new Error('unhandled'));
    Promise.reject(Object.create(null));
    console.error('said', 42);
    console.error('wrapped', new RangeError('inside'));
  });
  await page.waitForTimeout(50);
  const errors = (await reported(page, 'exception')).flatMap(({ events }) => events.map(({ attributes }) => `${attributes['exception.type']}: ${attributes['exception.message']}`));
  assert.deepEqual(errors.sort(), ['Error: object', 'Error: said 42', 'Error: unhandled', 'RangeError: inside', 'TypeError: uncaught']);
});

test('a sampled session is exported whole, spans and records, another not at all', async () => {
  for (const [rate, isKept] of [[0, false], [1, true]]) {
    const page = await visit(`?rate=${rate}`);
    await page.click('#attribute');
    await page.waitForTimeout(50);
    assert.equal((await reported(page)).length > 0, isKept);
    assert.equal((await page.evaluate(() => window.record())).length > 0, isKept);
  }
  const page = await visit();
  const share = await page.evaluate(() => {
    const kept = (rate) => {
      let count = 0;
      const now = Date.now();
      for (let n = 0; n < 1000; n += 1) {
        Date.now = () => now + n * 1000; // once a second the module looks which session it is
        localStorage.setItem('otelrum.session', `${crypto.getRandomValues(new Uint32Array(4)).join('')} ${Date.now()} ${Date.now()}`);
        count += window.sampler(rate).shouldSample().decision === 2;
      }
      return count / 1000;
    };
    return kept(0.3);
  });
  assert.ok(Math.abs(share - 0.3) < 0.08, `${share}`);
});

test('records carry the same ids as spans', async () => {
  const page = await visit();
  const [attributes] = await page.evaluate(() => window.record());
  const { session, view, tab } = await ids(page);
  assert.deepEqual([attributes['session.id'], attributes['view.id'], attributes['tab.id']], [session, view, tab]);
});

const MODULE = fileURLToPath(new URL('../../browser/', import.meta.url));

test('what is shipped is what its sources make: npm run build in browser/ writes it anew', async () => {
  const { scripts } = JSON.parse(await readFile(`${MODULE}package.json`, 'utf8'));
  const [, banner] = /--banner '(.*?)'/.exec(scripts.build);
  const bundle = await rollup({ input: `${MODULE}src/otelrum.js` });
  const { output: [made] } = await bundle.generate({ format: 'es', banner });
  assert.equal(await readFile(`${MODULE}otelrum.js`, 'utf8'), made.code);
});

test('it is small, whoever minifies it: 10,000 bytes, 4,500 gzipped', () => {
  for (const [by, { bytes, gzipped }] of Object.entries(minified()))
    assert.ok(bytes <= 10_000 && gzipped <= 4500, `${by}: ${bytes} bytes, ${gzipped} gzipped`);
});

test('where there is no window the module does nothing', async () => {
  const otelrum = await import('../../browser/otelrum.js');
  otelrum.start({ tracer: {} });
  otelrum.addAction('nothing');
  otelrum.spanProcessor().onStart({ setAttributes: (attributes) => assert.deepEqual(attributes, {}) });
});
