// When the module begins a view, as rules.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bare, ids, reported } from './bare.js';

let site;
before(async () => { site = await bare(); });
after(() => site?.close());
const visit = (...given) => site.visit(...given);

test('another path or route is a view, reported at once; the same address is none', async () => {
  const page = await visit();
  const seen = [(await ids(page)).view];
  const moves = [
    () => history.pushState({}, '', '/one'),
    () => history.replaceState({}, '', '/two'),
    () => { location.hash = 'three'; },
    () => new Promise((resolve) => { addEventListener('popstate', resolve, { once: true }); history.back(); }),
  ];
  for (const move of moves) {
    await page.evaluate(move);
    await page.waitForTimeout(50);
    const { view } = await ids(page);
    const spans = await reported(page, 'view');
    assert.deepEqual(spans.map((span) => span.attributes['view.id']), [view]);
    assert.equal(spans[0].attributes['view.url'], page.url());
    seen.push(view);
  }
  assert.equal(new Set(seen).size, 5);
  await page.evaluate(() => history.replaceState({ a: 1 }, '', location.href));
  assert.equal((await ids(page)).view, seen.at(-1));
});

test('another query, or the name of an element in the hash, is the same view at another address', async () => {
  const page = await visit();
  const { view } = await ids(page);
  for (const address of ['?color=red', '#counted', '#/list?page=2', '#/list?page=3']) {
    await page.evaluate((to) => history.pushState({}, '', to), address);
    const { attributes } = (await page.evaluate(() => window.probe()));
    assert.equal(attributes['view.url'], page.url());
    assert.equal(attributes['view.id'] === view, !address.startsWith('#/'), address);
  }
  assert.equal((await reported(page, 'view')).length, 1);
});

test('a change of the page just before a route change is of the old view', async () => {
  const page = await visit();
  await page.waitForTimeout(100); // what the page did at its load is reported by now
  await reported(page);
  const { view } = await ids(page);
  await page.evaluate(async () => {
    const change = async () => { document.getElementById('counted').textContent = Math.random(); await null; };
    await change();
    await change(); // within 50 ms of the first: not reported yet
    document.getElementById('counted').className = 'in the task of the route change';
    history.pushState({}, '', '/next');
  });
  await page.waitForTimeout(100);
  assert.deepEqual((await reported(page, 'dom.mutation')).map((span) => span.attributes['view.id'] === view), [true, true]);
});

test('a window that the page opens is another tab, and a reload keeps its own', async () => {
  const page = await visit();
  const [opened] = await Promise.all([page.waitForEvent('popup'), page.evaluate(() => void open(location.href))]);
  await opened.waitForLoadState();
  assert.notEqual((await ids(opened)).tab, (await ids(page)).tab);
  const { tab } = await ids(page);
  await page.reload();
  assert.equal((await ids(page)).tab, tab);
});

/** The module beside stand-ins for what a page has; gives what it reports and its listeners by type. */
async function standIn() {
  const listeners = {};
  const spans = [];
  const addEventListener = (type, act) => (listeners[type] ??= []).push(act);
  const known = { addEventListener, window: globalThis, location: new URL('https://shop.example/'), history: { pushState() {}, replaceState() {} } };
  Object.assign(globalThis, known, { document: { hidden: false }, MutationObserver: class { observe() {} takeRecords() { return []; } } });
  const otelrum = await import('../../browser/otelrum.js');
  const { onStart } = otelrum.spanProcessor();
  const startSpan = (name, { attributes } = {}) => {
    const span = { name, attributes: { ...attributes }, setAttributes: (more) => Object.assign(span.attributes, more), end: () => spans.push(span) };
    onStart(span);
    return span;
  };
  otelrum.start({ tracer: { startSpan } });
  return { spans, send: (type, event = {}) => listeners[type].forEach((act) => act(event)) };
}

test('a page that comes back from the back-forward cache is another view; a page that goes or is hidden reports its exit', async () => {
  const { spans, send } = await standIn();
  send('pageshow', { persisted: false });
  send('pagehide');
  send('visibilitychange'); // not hidden
  send('pageshow', { persisted: true });
  document.hidden = true;
  for (const type of ['visibilitychange', 'freeze', 'beforeunload']) send(type);
  assert.deepEqual(spans.map(({ name }) => name), ['page.exit', 'view', 'page.exit', 'page.exit', 'page.exit']);
  const [left, came, ...later] = spans.map(({ attributes }) => attributes['view.id']);
  assert.notEqual(left, came);
  assert.deepEqual(later, [came, came, came]);
});
