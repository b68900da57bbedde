// The code that the documentation shows (examples/snippets), built and run as it stands.
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';
import { backend, otelrum } from './servers.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const snippet = (name) => fileURLToPath(new URL(`../../examples/snippets/${name}`, import.meta.url));
const BUILD = {
  nodePaths: [`${here}../../examples/shop/node_modules`, `${here}node_modules`],
  jsx: 'automatic',
  tsconfigRaw: { compilerOptions: { experimentalDecorators: true } }, // Angular without its own compiler
};

let browser;
const open = [];
before(async () => (browser = undefined));
after(async () => {
  for (const close of open.reverse()) await close();
});

/** This page with this script, its `localhost:4318` being an otelrum; what `act` did there, as a backend has it. */
async function actions(script, act, { html = '<button>Say hello</button><p></p>', more = {}, index } = {}) {
  const sink = await backend();
  const collector = await otelrum(sink.port);
  const file = index ?? join(await mkdtemp(join(tmpdir(), 'otelrum-')), 'index.html');
  if (!index) await writeFile(file, `<!doctype html><title>a page</title><body><script type="module" src="/page.js"></script>${html}</body>`);
  const site = await serve(0, { '/page.js': `../snippets/${script}` }, file, { ...BUILD, ...more });
  browser = await launch([`--host-resolver-rules=MAP localhost:4318 127.0.0.1:${collector.port}`]);
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`http://localhost:${site.port}/`);
    await page.waitForTimeout(500);
    await act(page);
    await page.waitForTimeout(700);
    await page.goto('about:blank'); // the SDK exports when the page is hidden
    await page.waitForTimeout(500);
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    await collector.end(); // decides what is held
    for (const server of [site, sink]) server.close();
  }
  return sink.items.filter((item) => item['action.name']);
}
const names = (items) => items.map((item) => item['action.name']);
const ROOT = '<div id="root"></div>';

test('minimal.js: a named action with its loading time', async () => {
  const [action] = await actions('minimal.js', (page) => page.click('button'), {
    html: '<button onclick="this.nextElementSibling.textContent = 1">Say hello</button><p></p>',
  });
  assert.equal(action['action.name'], 'Click on Say hello');
  assert.ok(action['action.loading_time'] >= 0);
});
