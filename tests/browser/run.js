// Real clicks in a real Chromium, watched by otelrum and by Datadog's SDK at once: do they say the same?
//
//     node run.js [--rounds 2] [--only KIND] [--page NAME]      exit status 1 where they do not
import { launch } from './chromium.js';
import { KEYS, KINDS, pressKeys } from './clicks.js';
import { WITHOUT_EVENTS, compare, datadogActions, otelrumActions } from './compare.js';
import { serve } from '../../examples/shop/serve.js';
import { backend, intake, otelrum } from './servers.js';

const SHARE = 0.95;
const PAUSE_MS = 1200; // longer than any kind's activity, its 100 ms of silence, and Datadog's wait for a rage
const DATADOG = { '/datadog.js': '../../tests/browser/datadog.js' };
const ZONE = { '/page.js': '../../tests/browser/pages/zone.js' };
// The first one is the measure; the others show that the module works there too.
const PAGES = {
  'spans and log events': { scripts: DATADOG },
  'spans and log events, Zone.js': { scripts: { ...DATADOG, ...ZONE }, rounds: 1 },
  'spans alone': { scripts: DATADOG, asked: '&events=no', rounds: 1, also: WITHOUT_EVENTS },
  'spans alone, Zone.js': { scripts: { ...DATADOG, ...ZONE }, asked: '&events=no', rounds: 1, also: WITHOUT_EVENTS },
};

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const pause = () => wait(PAUSE_MS);
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};

/** Every kind so often, each click with its time. */
async function click(page, rounds, only) {
  const made = [];
  for (let round = 0; round < rounds; round += 1)
    for (const [kind, act] of Object.entries(KINDS)) {
      if (only && kind !== only) continue;
      made.push({ kind, from: Date.now() });
      await act(page);
      await pause();
    }
  return made;
}

/** A session on one page: what was clicked, and what each of the two told. */
async function watched({ scripts, asked = '' }, rounds, only) {
  const [sink, datadog] = [await backend(), await intake()];
  const collector = await otelrum(sink.port);
  const shop = await serve(0, scripts);
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const local = (port) => encodeURIComponent(`http://127.0.0.1:${port}`);
    await page.goto(`http://127.0.0.1:${shop.port}/?collector=${local(collector.port)}&datadog=${local(datadog.port)}${asked}`);
    await wait(2000);
    const made = await click(page, rounds, only);
    if (!only) await pressKeys(page, pause);
    await wait(6000); // the SDK's batch delay, and a last action's end
    await page.evaluate(() => window.flush());
    await page.goto('about:blank'); // Datadog sends the rest when the page goes
    await wait(1000);
    return { made, sink, datadog };
  } finally {
    await browser.close();
    await collector.end();
    for (const server of [shop, sink, datadog]) server.close();
  }
}

const show = ({ kind, told, mine, misses, why }) =>
  console.log(`  ${kind}: ${misses.join(', ')}${why?.length ? ` (${[...new Set(why)].join('; ')})` : ''}\n    datadog ${JSON.stringify(told)}\n    otelrum ${JSON.stringify(mine)}`);

/** What is wrong with the actions that Datadog has not, or with the custom one. */
function* faults(only, items, hasKeys) {
  const keys = hasKeys ? KEYS : [];
  if (only.length !== keys.length) yield `actions of no click: ${JSON.stringify(only)}`;
  for (const { key, name, resources } of keys)
    if (!only.some((a) => a.name === name && a.loading_ms !== undefined && a.counts[0] === resources && !a.frustration.length))
      yield `no action of the key ${key}: ${JSON.stringify(only)}`;
  for (const item of items.filter((one) => one['action.type'] === 'custom'))
    if (item['context.cart.amount'] !== 42 || item['action.ids']?.length !== 2) yield `custom action: ${JSON.stringify(item)}`;
}

async function run(name, page, rounds, only) {
  const { made, sink, datadog } = await watched(page, rounds, only);
  const kindAt = (date) => made.findLast(({ from }) => from <= date + 50)?.kind;
  const compared = compare(datadogActions(datadog.events), otelrumActions(sink.items), kindAt, page.also);
  const { rows } = compared;
  const kinds = new Set(rows.map(({ kind }) => kind));
  const missed = rows.filter(({ misses }) => misses.length);
  const wrong = [...faults(compared.only, sink.items, !only)];
  missed.forEach(show);
  for (const fault of wrong) console.log(`  ${fault}`);
  const alike = rows.length - missed.length;
  const unexplained = missed.filter(({ why }) => !why?.length).length;
  const share = page.also ? (rows.length - unexplained) / rows.length : alike / rows.length;
  console.log(`${name}: ${alike} of ${rows.length} clicks of ${kinds.size} kinds alike (${((100 * alike) / rows.length).toFixed(1)} %), ${unexplained} without a known reason`);
  return rows.length >= made.length - wrong.length && share >= SHARE && !wrong.length;
}

let isGood = true;
for (const [name, page] of Object.entries(PAGES)) {
  if (option('--page', name) !== name) continue;
  isGood = (await run(name, page, page.rounds ?? Number(option('--rounds', 2)), option('--only'))) && isGood;
}
process.exit(isGood ? 0 : 1);
