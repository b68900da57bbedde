// The page's own calls, as rules.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { attributesOf, bare, reported } from './bare.js';

let site;
before(async () => { site = await bare(); });
after(() => site?.close());
const visit = (...given) => site.visit(...given);

test('addAction and addUserAction report a name and what JSON can say of a context', async () => {
  const page = await visit();
  await page.evaluate(() => {
    const circle = { large: 2n ** 70n, kept: [1, { kept: true }] };
    circle.self = circle;
    window.otelrum.addAction('checkout', { cart: { amount: 42 } });
    window.otelrum.addUserAction('plain');
    window.otelrum.addAction('circle', circle);
  });
  const spans = (await reported(page)).filter(({ attributes }) => attributes['action.type']); // the page's load may still change it
  const actions = spans.map(({ attributes }) => [attributes['action.type'], attributes['action.name'], attributes['action.context']]);
  assert.deepEqual(actions, [['custom', 'checkout', '{"cart":{"amount":42}}'], ['custom', 'plain', '{}'], ['custom', 'circle', '{"large":"1180591620717411303424","kept":[1,{"kept":true}],"self":"[circle]"}']]);
});

test('startAction and stopAction report one span between them, with both contexts', async () => {
  const page = await visit();
  const between = await page.evaluate(async () => {
    window.otelrum.startAction('payment', { type: 'buy', context: { method: 'card' } });
    await new Promise((resolve) => setTimeout(resolve, 30));
    window.otelrum.stopAction('payment', { context: { isPaid: true } });
    window.otelrum.stopAction('payment'); // there is none any more
    window.otelrum.stopAction('never started');
  });
  const [{ attributes, ms }, ...more] = await reported(page, 'payment');
  assert.deepEqual([more.length, attributes['action.type'], attributes['action.context']], [0, 'buy', '{"method":"card","isPaid":true}']);
  assert.ok(ms >= 29 && ms < 1000, `${ms}`);
});

test('actions of one name run side by side by their keys; a second start of a key drops the first', async () => {
  const page = await visit();
  await page.evaluate(() => {
    for (const key of ['a', 'b', 'a']) window.otelrum.startAction('upload', { actionKey: key, context: { key, at: performance.now() } });
    for (const key of ['b', 'a']) window.otelrum.stopAction('upload', { actionKey: key });
  });
  const keys = (await attributesOf(page, 'upload')).map((one) => JSON.parse(one['action.context']).key);
  assert.deepEqual(keys, ['b', 'a']);
});

test('of a context that leads to half the page a part is reported, and the page goes on at once', async () => {
  const page = await visit();
  const [context] = await page.evaluate(() => {
    const wide = Array.from({ length: 9 }, () => ({}));
    for (const one of wide) one.others = wide.filter((other) => other !== one); // 9! ways through it
    window.otelrum.addAction('wide', { wide, kept: 1 });
    return [1];
  });
  const [{ 'action.context': json }] = await attributesOf(page, 'wide');
  assert.equal(context, 1);
  assert.ok(JSON.parse(json).kept === 1 && json.length < 1_000_000, `${json?.length}`);
});
