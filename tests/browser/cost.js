// What the module costs a page: bytes, time a click, time 1,000 mutations.
//
//     npm run cost
//
// Each round does the same work with and without the module in pages of their own, with the stock packages in both
// and an exporter that forgets; what is told is the difference of the medians.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from '../../examples/shop/node_modules/esbuild/lib/main.js';
import { serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';

const ROUNDS = 9;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

function minified() {
  const options = { minify: true, format: 'esm', target: 'es2022', write: false };
  return buildSync({ entryPoints: [here('../../browser/otelrum.js')], ...options }).outputFiles[0].contents;
}

/** In the page: microseconds a click, and milliseconds for 1,000 mutations told one by one. */
async function measure() {
  const button = document.getElementById('listened');
  const beat = () => new Promise((resolve) => setTimeout(resolve));
  let began = performance.now();
  for (let n = 0; n < 500; n += 1) button.dispatchEvent(new MouseEvent('click', { bubbles: true, composed: true }));
  await beat();
  const click_us = ((performance.now() - began) * 1000) / 500;
  const node = document.getElementById('counted').firstChild;
  began = performance.now();
  for (let n = 0; n < 1000; n += 1) {
    node.data = n;
    await null; // the observer is called for each
  }
  await beat();
  return { click_us, mutations_ms: performance.now() - began };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const shop = await serve(0, { '/bare.js': '../../tests/browser/pages/bare.js' }, here('pages/bare.html'));
const browser = await launch();
const seen = { with: [], without: [] };
for (let round = 0; round <= ROUNDS; round += 1)
  for (const [kind, asked] of [['with', ''], ['without', '?start=no']]) {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${shop.port}/${asked}`);
    const figures = await page.evaluate(measure);
    if (round) seen[kind].push(figures); // the first one warms the disk
    await page.close();
  }
await browser.close();
shop.close();

const bytes = minified();
const both = (name) => ['with', 'without'].map((kind) => median(seen[kind].map((figures) => figures[name])));
const line = (name, [a, b], unit) => console.log(`${name}: ${(a - b).toFixed(2)} ${unit} added (${b.toFixed(2)} without, ${a.toFixed(2)} with)`);
console.log(`minified: ${bytes.length} bytes, gzipped ${gzipSync(bytes).length}`);
line('a click', both('click_us').map((us) => us / 1000), 'ms');
line('1,000 mutations', both('mutations_ms'), 'ms');
if (bytes.length >= 6000) throw new Error('the module is to be under 6 kB');
