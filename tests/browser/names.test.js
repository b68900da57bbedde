// What the module reports of an element, as rules.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bare, clicked, clicks, reported, untilReported } from './bare.js';

let site;
before(async () => { site = await bare(); });
after(() => site?.close());
const visit = (...given) => site.visit(...given);

test('a name that the page gives counts on any parent, beyond a form too', async () => {
  const page = await visit();
  const given = async (selector) => (await clicked(page, selector))['data-dd-action-name'];
  assert.equal(await given('#ten'), 'Far');
  assert.equal(await given('#eleven'), 'Too far');
  assert.equal(await given('#past'), 'Beyond the form');
  assert.equal(await given('#inform'), 'Near');
});

test('it counts from outside of open shadow roots, and the page may choose the attribute', async () => {
  const page = await visit('?names=data-test');
  assert.equal((await clicked(page, '#boxed button'))['data-dd-action-name'], 'Around the box');
  assert.equal((await clicked(page, '#chosen'))['data-dd-action-name'], 'Chosen');
});

test('what nobody gave counts up to ten parents, and not past a form', async () => {
  const page = await visit();
  assert.equal((await clicked(page, '#tenth'))['target.title'], 'ten up');
  const far = await clicked(page, '#eleventh');
  assert.deepEqual([far['target.title'], far['target.text']], [undefined, 'a word']);
  assert.equal((await clicked(page, '#unnamed'))['target.title'], undefined);
});

test('a text is reported as a reader sees it, some more than a name takes, whatever the blanks in it', async () => {
  const page = await visit();
  const { 'target.text': text } = await clicked(page, '#wordy');
  assert.ok(text.startsWith('Word 1 Word 2 Word 3 '), text);
  assert.ok(text.length > 100 && text.length <= 120, `${text.length}`);
  assert.equal((await clicked(page, '#partly'))['target.text'], 'Seen and said');
});

test('what `data-dd-privacy` masks or hides stays in the page; the rest of it does not', async () => {
  const page = await visit();
  const privacy = async (selector) => {
    const attributes = await clicked(page, selector, { force: true });
    assert.doesNotMatch(JSON.stringify(attributes), /Private/, selector);
    return attributes['target.privacy'];
  };
  assert.equal(await privacy('#masked'), 'mask');
  assert.equal(await privacy('#hidden'), 'hidden');
  assert.equal(await privacy('#hidden-allowed'), 'hidden');
  assert.equal(await privacy('#input-masked'), 'mask');
  for (const kind of ['password', 'email', 'tel']) assert.equal(await privacy(`#of-${kind}`), 'mask');
  assert.equal(await privacy('#card'), 'mask');
  assert.equal((await clicked(page, '#allowed'))['target.text'], 'Public');
  assert.equal((await clicked(page, '#input-button'))['target.text'], 'Plain');
  assert.equal((await clicked(page, '#around', { position: { x: 4, y: 8 } }))['target.text'], 'Before after');
});

test("privacy mask: no text of the page leaves it, the application's own names do", async () => {
  const page = await visit('?privacy=mask');
  for (const selector of ['#secret-label', '#secret', '#secret-button', '#ten']) await page.click(selector);
  await page.waitForTimeout(50);
  const spans = await reported(page);
  assert.ok(spans.length >= 4);
  assert.doesNotMatch(JSON.stringify(spans), /Private|a title|a word|ten up/);
  assert.match(JSON.stringify(spans), /"Far"/);
});

test('frustration that the page ignores is reported of the element and all that it is in', async () => {
  const page = await visit();
  const ignored = async (selector) => (await clicked(page, selector))['target.ignore_frustration'];
  assert.deepEqual((await ignored('#calm')).split(' ').sort(), ['dead-click', 'rage-click']);
  assert.equal(await ignored('#calmest'), 'all');
  assert.equal(await ignored('#listened'), undefined);
});

test('a link without an address says so; what is in a link, an editor or the label of a field is quiet', async () => {
  const page = await visit();
  assert.equal((await clicked(page, '#nowhere'))['target.href'], '');
  for (const selector of ['#in-link', '#in-editor', '#secret-label']) assert.equal((await clicked(page, selector))['target.contenteditable'], true, selector);
  assert.equal((await clicked(page, '#tick-label'))['target.contenteditable'], undefined);
});

test('no element of a page gets in the way: fields that hide what a form has, properties that are no text', async () => {
  const page = await visit();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.evaluate(() => Object.assign(document.getElementById('counted'), { data: [1], labels: 'x', options: [{}], value: 5 }));
  assert.equal((await clicked(page, '#counted'))['target.text'], '0');
  await page.evaluate((names) => { // Playwright itself cannot look for elements on such a page
    const fields = names.map((name) => `<input name="${name}">`).join('');
    document.body.innerHTML = `<img name="host"><form style="position: fixed; inset: 0">${fields}<p><button type="button">In an odd form</button></p></form>`;
  }, ['id', 'tagName', 'localName', 'parentElement', 'getAttribute', 'matches', 'childNodes', 'closest', 'getRootNode', 'nodeType']);
  const box = await page.evaluate(() => document.querySelector('button').getBoundingClientRect().toJSON());
  await page.mouse.click(box.x + 5, box.y + 5);
  await page.mouse.click(600, 600);
  await untilReported(page);
  const { own } = await clicks(page);
  assert.deepEqual(own.map(({ attributes }) => [attributes.target_element, attributes['target.text']]), [['BUTTON', 'In an odd form'], ['FORM', 'In an odd form']]);
  assert.deepEqual(errors, []);
});
