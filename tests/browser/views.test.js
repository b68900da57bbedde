// When the module begins a view, as rules.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bare, ids, told } from './bare.js';

let site;
before(async () => { site = await bare(); });
after(() => site?.close());
const visit = (...given) => site.visit(...given);

test('another path or route is a view, told at once; the same address is none', async () => {
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
    const spans = await told(page, 'view');
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
  assert.equal((await told(page, 'view')).length, 1);
});

test('a change of the page just before a route change is of the old view', async () => {
  const page = await visit();
  const { view } = await ids(page);
  await page.evaluate(async () => {
    const change = async () => { document.getElementById('counted').textContent = Math.random(); await null; };
    await change();
    await change(); // within 50 ms of the first: not told yet
    document.getElementById('counted').className = 'in the task of the route change';
    history.pushState({}, '', '/next');
  });
  await page.waitForTimeout(100);
  assert.deepEqual((await told(page, 'dom.mutation')).map((span) => span.attributes['view.id'] === view), [true, true]);
});
