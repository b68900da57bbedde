// A page of its own (pages/bare.html) whose spans and records can be asked for.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';

export async function bare() {
  const index = fileURLToPath(new URL('pages/bare.html', import.meta.url));
  const server = await serve(0, { '/bare.js': '../../tests/browser/pages/bare.js' }, index);
  const browser = await launch();
  return {
    /** A new user's page. (Playwright's waitForFunction would put click listeners of its own into it.) */
    async visit(asked = '', prepare = () => {}) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await prepare(page);
      await page.goto(`http://127.0.0.1:${server.port}/${asked}`);
      await page.evaluate(() => window.reported());
      return page;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** The ids that a span gets now. */
export const ids = (page) => page.evaluate(() => window.ids());

/** The spans since the last call. */
export const reported = (page, name) =>
  page.evaluate(() => window.reported()).then((spans) => spans.filter((span) => !name || span.name === name));

export const attributesOf = async (page, name) => (await reported(page, name)).map(({ attributes }) => attributes);

/** Waits for all reports but those that wait for the end of a burst of changes. */
export const untilReported = (page) => page.waitForTimeout(40);

const isListeners = (attributes) => 'url.full' in attributes;

/** The spans of clicks: the module's own and the listeners'. */
export async function clicks(page) {
  const spans = await reported(page, 'click');
  return { own: spans.filter((one) => !isListeners(one.attributes)), listeners: spans.filter((one) => isListeners(one.attributes)) };
}

/** The attributes of the module's only span of a click on it. */
export async function clicked(page, selector, options) {
  await reported(page);
  await page.click(selector, options);
  await untilReported(page);
  const { own } = await clicks(page);
  assert.equal(own.length, 1, `${own.length} spans of one click on ${selector}`);
  return own[0].attributes;
}
