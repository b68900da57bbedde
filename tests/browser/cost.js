// What the module costs a page: bytes, time a click, time 1,000 mutations.
//
//     npm run cost
//
// Each round does the same work with and without the module in pages of their own, with the stock packages in both
// and an exporter that forgets; what is told is the difference of the medians. Clicks are real ones.
import { fileURLToPath } from 'node:url';
import { serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';
import { minified } from './minified.js';

const ROUNDS = 9;
const CLICKS = 400;
const LIMITS = { bytes: 10_000, gzipped: 4500, click_ms: 0.1, mutations_ms: 5 };
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Milliseconds that the page's thread spends on scripts and layout during `act`, whatever else this machine does. */
async function spent(page, act) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const sum = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    const parts = metrics.filter(({ name }) => /^(Script|Layout|RecalcStyle)Duration$/.test(name));
    return parts.reduce((total, { value }) => total + value * 1000, 0);
  };
  const before = await sum();
  await act();
  return (await sum()) - before;
}

async function click(page) {
  for (let n = 0; n < CLICKS; n += 1) {
    await page.mouse.down();
    await page.mouse.up();
  }
}

/** In the page: 1,000 mutations told one by one. */
async function mutate() {
  const node = document.getElementById('counted').firstChild;
  for (let n = 0; n < 1000; n += 1) {
    node.data = n;
    await null; // the observer is called for each
  }
  await new Promise((resolve) => setTimeout(resolve));
}

/** What both cost this page. */
async function cost(page) {
  const { x, y, width, height } = await page.locator('#listened').boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  const click_ms = (await spent(page, () => click(page))) / CLICKS;
  return { click_ms, mutations_ms: await spent(page, () => page.evaluate(mutate)) };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const shop = await serve(0, { '/bare.js': '../../tests/browser/pages/bare.js' }, here('pages/bare.html'));
const browser = await launch();
const seen = { with: [], without: [] };
for (let round = 0; round <= ROUNDS; round += 1)
  for (const [kind, asked] of [['with', ''], ['without', '?start=no']]) {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${shop.port}/${asked}`);
    const figures = await cost(page);
    if (round) seen[kind].push(figures); // the first one warms the disk
    await page.close();
  }
await browser.close();
shop.close();

const figures = minified().terser;
console.log(`minified: ${figures.bytes} bytes, gzipped ${figures.gzipped}`);
for (const [name, what] of [['click_ms', 'a click'], ['mutations_ms', '1,000 mutations']]) {
  const [added, bare] = ['with', 'without'].map((kind) => median(seen[kind].map((one) => one[name])));
  figures[name] = added - bare;
  console.log(`${what}: ${figures[name].toFixed(2)} ms added (${bare.toFixed(2)} without, ${added.toFixed(2)} with)`);
}
const beyond = Object.keys(LIMITS).filter((name) => figures[name] > LIMITS[name]);
if (beyond.length) throw new Error(`more than the module may cost: ${beyond}`);
