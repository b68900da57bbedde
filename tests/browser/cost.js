// What the module costs a page: bytes, time a click, time 1,000 mutations.
//
//     npm run cost      exit status 1 where it is more than it may be
//
// Each round does the same work in two new pages: one with the stock packages alone, one with the module too. What is
// reported is the difference of the medians. Clicks are real ones. The exporter drops what it is given, but for the last
// figure: a page with the official one, which writes JSON and sends it.
import { fileURLToPath } from 'node:url';
import { serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';
import { minified } from './minified.js';

const ROUNDS = 7;
const FIRST = 20; // of a page: their code is not compiled yet
const WARMING = 580; // until V8 has compiled what clicks run
const CLICKS = 400;
const LIMITS = { bytes: 10_000, gzipped: 4500, shallow: 0.1, mutations: 5 };
const WORDS = {
  shallow: 'a click',
  deep: 'a click on an element that is 30 deep',
  mutations: '1,000 mutations',
  first: `each of a page's first ${FIRST} clicks`,
  sent: 'a click, with what the official exporter does later',
};
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Milliseconds that the page's thread spends on scripts and layout during `act`, whatever else this machine does. */
async function spent(devtools, act) {
  const sum = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    const parts = metrics.filter(({ name }) => /^(Script|Layout|RecalcStyle)Duration$/.test(name));
    return parts.reduce((total, { value }) => total + value * 1000, 0);
  };
  const before = await sum();
  await act();
  return (await sum()) - before;
}

async function pointAt(page, selector) {
  const { x, y, width, height } = await page.locator(selector).boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
}

async function click(page, times) {
  for (let n = 0; n < times; n += 1) {
    await page.mouse.down();
    await page.mouse.up();
  }
}

/** In the page: 1,000 mutations reported one by one. */
async function mutate() {
  const node = document.getElementById('counted').firstChild;
  for (let n = 0; n < 1000; n += 1) {
    node.data = n;
    await null; // the observer is called for each
  }
  await new Promise((resolve) => setTimeout(resolve));
}

/** A new page at this address, and what `act(page, spentOn)` found there; `spentOn(act)` is in milliseconds. */
async function onPage(browser, address, act) {
  const page = await browser.newPage();
  await page.goto(address);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const figures = await act(page, (work) => spent(devtools, work));
  await page.close();
  return figures;
}

async function dropped(page, spentOn) {
  const clicks = async (times) => (await spentOn(() => click(page, times))) / times;
  await pointAt(page, '#shallow');
  const first = await clicks(FIRST);
  await click(page, WARMING);
  const shallow = await clicks(CLICKS);
  await pointAt(page, '#deep button');
  await click(page, CLICKS);
  const deep = await clicks(CLICKS);
  return { first, shallow, deep, mutations: await spentOn(() => page.evaluate(mutate)) };
}

async function sent(page, spentOn) {
  await pointAt(page, '#shallow');
  await click(page, FIRST + WARMING);
  return { sent: (await spentOn(() => click(page, CLICKS))) / CLICKS };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const site = await serve(0, { '/cost.js': '../../tests/browser/pages/cost.js' }, here('pages/cost.html'));
const browser = await launch();
const seen = { with: [], without: [] };
for (let round = 0; round < ROUNDS; round += 1)
  for (const [kind, asked] of [['without', ''], ['with', 'module']]) {
    const address = `http://127.0.0.1:${site.port}/?${asked}`;
    seen[kind].push({ ...(await onPage(browser, address, dropped)), ...(await onPage(browser, `${address}&sends`, sent)) });
  }
await browser.close();
site.close();

const figures = minified().terser;
console.log(`minified: ${figures.bytes} bytes, gzipped ${figures.gzipped}`);
for (const [name, what] of Object.entries(WORDS)) {
  const [added, bare] = ['with', 'without'].map((kind) => median(seen[kind].map((one) => one[name])));
  figures[name] = added - bare;
  console.log(`${what}: ${figures[name].toFixed(3)} ms added (${bare.toFixed(3)} without, ${added.toFixed(3)} with)`);
}
const beyond = Object.keys(LIMITS).filter((name) => figures[name] > LIMITS[name]);
if (beyond.length) throw new Error(`more than the module may cost: ${beyond}`);
