// What each engine does when a page goes and comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../../examples/shop/serve.js';
import { ENGINES, MAY_MISS, missing } from './engines.js';
import { backend, otelrum } from './servers.js';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What arrives of a visit to pages/leaving.html. */
async function visit(engine, act) {
  const sink = await backend();
  const collector = await otelrum(sink.port);
  const site = await serve(0, { '/page.js': '../../tests/browser/pages/leaving.js' }, fileURLToPath(new URL('pages/leaving.html', import.meta.url)));
  const { page, close } = await ENGINES[engine].launch();
  try {
    await page.goto(`http://127.0.0.1:${site.port}/?collector=${encodeURIComponent(`http://127.0.0.1:${collector.port}`)}`);
    await wait(1000);
    await act(page);
    await wait(1500);
  } finally {
    await close();
    await collector.end(); // decides what is held
    for (const server of [site, sink]) server.close();
  }
  return sink.items;
}

for (const engine of Object.keys(ENGINES)) {
  const lack = await missing(engine);

  test(`${engine} is here`, { skip: MAY_MISS && lack }, () => assert.equal(lack, undefined));

  test(`${engine}: a click 20 ms before the page goes arrives, with 100 spans waiting`, { skip: lack }, async () => {
    const items = await visit(engine, async (page) => {
      await page.evaluate(() => window.addSpans(100));
      await page.click('#leave');
    });
    assert.deepEqual(items.filter((item) => item['action.id'] && item['action.name']).map((item) => item['action.name']), ['Click on Leave']);
  });

  // Playwright starts Chromium without its back-forward cache.
  test(`${engine}: a page that comes back from the cache is another view`, { skip: engine === 'chromium' ? 'has no such cache here' : lack }, async () => {
    let isKept;
    const items = await visit(engine, async (page) => {
      const from = await page.evaluate(() => location.origin);
      await page.goto(`${from}/photo.svg`);
      await page.goBack();
      await wait(500);
      isKept = await page.evaluate(() => window.isKept === true);
      await page.click('#say');
      await page.goto(`${from}/photo.svg`);
    });
    assert.ok(isKept, 'the page was loaded anew');
    const [first, second] = ['documentLoad', 'click'].map((name) => items.find((item) => item.name === name)['view.id']);
    assert.notEqual(first, second);
  });
}
