// What the module reports of what the user does, as rules.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { attributesOf, bare, clicked, clicks, reported, untilReported } from './bare.js';

let site;
before(async () => { site = await bare(); });
after(() => site?.close());
const visit = (...given) => site.visit(...given);

test('a click is one span at the time of the pointerup, with its place, its press, and the element of the pointerdown', async () => {
  const page = await visit();
  await page.evaluate(() => {
    const button = document.getElementById('listened');
    addEventListener('pointerup', (event) => { window.up = performance.timeOrigin + event.timeStamp; }, { capture: true });
    button.addEventListener('pointerdown', () => { button.textContent = 'Changed'; });
  });
  const box = await page.locator('#listened').boundingBox();
  await page.mouse.move(box.x + 3, box.y + 4);
  await page.mouse.down();
  await page.waitForTimeout(60);
  await page.mouse.up();
  await untilReported(page);
  const { own: [{ at, attributes }, ...more] } = await clicks(page);
  assert.equal(more.length, 0);
  assert.ok(Math.abs(at - (await page.evaluate(() => window.up))) <= 2);
  assert.equal(attributes['target.text'], 'Listened');
  assert.ok(attributes['interaction.press_ms'] >= 50);
  assert.ok(Math.abs(attributes['interaction.x'] - 3) < 1 && Math.abs(attributes['interaction.y'] - 4) < 1);
  assert.deepEqual([attributes['interaction.button'], Math.round(attributes['target.width']), Math.round(attributes['target.height'])], [0, Math.round(box.width), Math.round(box.height)]);
});

test('what a pointerdown changes is not reported as earlier than the press, however the clocks are rounded', async () => {
  const page = await visit();
  await page.evaluate(() => {
    const counted = document.getElementById('counted');
    document.getElementById('listened').addEventListener('pointerdown', () => { counted.textContent = Math.random(); });
  });
  await page.waitForTimeout(100); // what the page did at its load is reported by now
  await reported(page);
  for (let n = 0; n < 20; n += 1) {
    await page.click('#listened', { delay: 3 });
    await page.waitForTimeout(80); // each change is reported by itself
  }
  const spans = await reported(page);
  const changes = spans.filter(({ name }) => name === 'dom.mutation').map(({ at }) => at);
  const pressed = spans.filter(({ attributes }) => attributes['interaction.press_ms']).map(({ at, attributes }) => at - attributes['interaction.press_ms']);
  assert.equal(pressed.length, 20);
  assert.deepEqual(pressed.filter((at, n) => changes[n] < at - 0.001), []);
});

test('a gesture counts without a click: of the right button, on a disabled button, a drag, an element that goes', async () => {
  const page = await visit();
  assert.equal((await clicked(page, '#counted', { button: 'right' }))['interaction.button'], 2);
  assert.equal((await clicked(page, '#disabled', { force: true })).target_xpath, '//*[@id="disabled"]');
  await page.hover('#counted');
  await page.mouse.down();
  await page.hover('#listened');
  await page.mouse.up();
  await untilReported(page);
  assert.deepEqual((await clicks(page)).own.map(({ attributes }) => attributes.target_xpath), ['//*[@id="counted"]']);
  await page.evaluate(() => document.getElementById('goes').addEventListener('pointerdown', (event) => event.target.remove()));
  assert.equal((await clicked(page, '#goes'))['target.text'], 'Goes');
});

test("the listeners' spans and the click records have the gesture's id, and no other fact", async () => {
  const page = await visit();
  await page.click('#listened');
  await untilReported(page);
  const { own: [{ attributes: { 'interaction.id': id } }], listeners: [{ attributes: listener }] } = await clicks(page);
  assert.ok(id);
  assert.equal(listener['interaction.id'], id);
  assert.deepEqual(Object.keys(listener).filter((key) => /^(target\.|browser\.|data-)/.test(key)), []);
  const records = await page.evaluate(() => ['browser.user_action.click', 'another'].map((name) => window.record(name).at(-1)['interaction.id']));
  assert.deepEqual(records, [id, undefined]);
});

test("a label's second click, on its field, is of the same gesture", async () => {
  const page = await visit();
  await page.evaluate(() => { for (const id of ['tick', 'tick-label']) document.getElementById(id).addEventListener('click', () => {}); });
  await clicked(page, '#listened');
  await page.click('#tick-label');
  await untilReported(page);
  const { own, listeners } = await clicks(page);
  assert.equal(own.length, 1);
  assert.deepEqual(listeners.map(({ attributes }) => attributes['interaction.id']), [own[0].attributes['interaction.id'], own[0].attributes['interaction.id']]);
});

test('a click by a key makes a gesture of its own, also after a gesture that came to no click', async () => {
  const page = await visit();
  const pressed = await clicked(page, '#counted', { button: 'right' });
  await page.focus('#listened');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Space');
  await untilReported(page);
  const { own, listeners } = await clicks(page);
  const made = own.map(({ attributes }) => attributes['interaction.id']);
  assert.equal(new Set([pressed['interaction.id'], ...made]).size, 3);
  assert.deepEqual(listeners.map(({ attributes }) => attributes['interaction.id']), made);
  assert.deepEqual(own.map(({ attributes }) => [attributes['target.text'], attributes['interaction.press_ms']]), [['Listened', undefined], ['Listened', undefined]]);
});

test('svg, onclick attributes, elements with and without a listener make one click span', async () => {
  const page = await visit();
  for (const selector of ['#dot', '#attribute', '#counted', '#listened']) {
    const attributes = await clicked(page, selector);
    assert.equal(attributes.event_type, 'click');
    assert.equal(attributes.target_xpath, `//*[@id="${selector.slice(1)}"]`);
    assert.equal(attributes['browser.mutation_observer'], true);
  }
});

test("a script's click is no user's", async () => {
  const page = await visit();
  await page.evaluate(() => document.getElementById('attribute').click());
  await page.waitForTimeout(50);
  assert.deepEqual(await reported(page, 'click'), []);
});

test('what the user does besides is reported once per kind and gesture, from its pointerdown to the next', async () => {
  const page = await visit();
  const besides = async () => (await attributesOf(page, 'user.activity')).map((one) => [one['user.activity.type'], one['interaction.id']]).sort();
  const field = await clicked(page, '#plain');
  await page.keyboard.type('abc');
  assert.deepEqual(await besides(), [['input', field['interaction.id']]]);
  const next = await clicked(page, '#plain');
  await page.keyboard.type('def');
  await page.mouse.wheel(0, 200);
  await page.waitForTimeout(200);
  assert.deepEqual(await besides(), [['input', next['interaction.id']], ['scroll', next['interaction.id']]]);
});

test('a selection counts when something was selected at the pointerdown or is now', async () => {
  const page = await visit();
  const selections = async () => (await attributesOf(page, 'user.activity')).filter((one) => one['user.activity.type'] === 'selection').length;
  await page.click('#wordy');
  await page.waitForTimeout(100);
  assert.equal(await selections(), 0);
  await page.dblclick('#counted');
  await page.waitForTimeout(100);
  assert.equal(await selections(), 1);
  await page.click('#prose');
  await page.waitForTimeout(100);
  assert.equal(await selections(), 1);
});

test('the target of a click within a shadow root is described from the outside in', async () => {
  const page = await visit();
  const xpath = async (selector) => (await clicked(page, selector)).target_xpath;
  assert.equal(await xpath('#boxed button'), '//*[@id="boxed"]//button');
  assert.equal(await xpath('#boxed [id=inner]'), '//*[@id="boxed"]//div//*[@id="inner"]');
});

test('the click that closes the list of a select is of the gesture that opened it', async () => {
  const page = await visit();
  await clicked(page, '#choice');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(200);
  assert.equal(await page.inputValue('#choice'), 'Two');
  assert.deepEqual((await clicks(page)).own, []);
});

test('a window that opens is a change of the page, at the time of the call', async () => {
  const slow = (page) => page.addInitScript(() => { // as a browser that starts another process
    window.open = () => { for (const end = Date.now() + 60; Date.now() < end; ); };
  });
  const page = await visit('', slow);
  await page.waitForTimeout(100);
  await reported(page);
  const [before, after] = await page.evaluate(() => [Date.now(), window.open('about:blank') ?? Date.now()]);
  const changes = await reported(page, 'dom.mutation');
  assert.equal(changes.length, 1);
  assert.ok(changes[0].at >= before && changes[0].at <= after - 50);
});

test('where nothing else reports it, a page that is late to a press or to a click is reported as a long task', async () => {
  const page = await visit('', (page) => page.addInitScript(() => {
    Object.defineProperty(PerformanceObserver, 'supportedEntryTypes', { value: [] });
    const block = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
    addEventListener('pointerdown', () => block(60), true); // before the module hears of it
    addEventListener('pointerup', () => setTimeout(() => block(150), 1), true);
  }));
  await page.click('#listened', { delay: 200 });
  await page.waitForTimeout(300);
  const spans = await reported(page);
  const { at: clickAt, attributes: { 'interaction.press_ms': pressMs } } = spans.find(({ attributes }) => 'interaction.press_ms' in attributes);
  const late = spans.filter(({ attributes }) => attributes['longtask.source'] === 'timer');
  assert.equal(late.length, 2);
  assert.ok(Math.abs(late[0].at - (clickAt - pressMs + 100)) < 1 && late[0].ms >= 59, JSON.stringify(late));
  assert.ok(Math.abs(late[1].at - (clickAt + 100)) < 1 && late[1].ms >= 50, JSON.stringify(late));
});

test('a long animation frame is reported with the time that its report took', async () => {
  const page = await visit();
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => {
    for (const end = performance.now() + 120; performance.now() < end; );
    setTimeout(resolve, 200);
  })));
  const frames = await reported(page, 'long-animation-frame');
  assert.ok(frames.some(({ ms, attributes }) => ms >= 119 && attributes['long_animation_frame.told_ms'] >= ms), JSON.stringify(frames));
});
