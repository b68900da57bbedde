// Real clicks in a real Chromium, watched by otelrum and by Datadog's SDK at once: do they say the same?
//
//     node run.js [--rounds 2] [--only KIND]      exit status 1 below 95 %

import { serve } from '../../examples/shop/serve.js';
import { launch } from './chromium.js';
import { KINDS } from './clicks.js';
import { compare, datadogActions, otelrumActions } from './compare.js';
import { backend, intake, otelrum } from './servers.js';

const SHARE = 0.95;
const PAUSE_MS = 1200; // longer than Datadog's wait for a rage

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
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
      await wait(PAUSE_MS);
    }
  return made;
}

async function watched(rounds, only) {
  const [sink, datadog] = [await backend(), await intake()];
  const collector = await otelrum(sink.port);
  const shop = await serve(0, { '/datadog.js': '../../tests/browser/datadog.js' });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const local = (port) => encodeURIComponent(`http://127.0.0.1:${port}`);
    await page.goto(`http://127.0.0.1:${shop.port}/?collector=${local(collector.port)}&datadog=${local(datadog.port)}`);
    await wait(2000);
    const made = await click(page, rounds, only);
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

const { made, sink, datadog } = await watched(Number(option('--rounds', 2)), option('--only'));
const kindAt = (date) => made.findLast(({ from }) => from <= date + 50)?.kind;
const rows = compare(datadogActions(datadog.events), otelrumActions(sink.items), kindAt);
const kinds = new Set(rows.map(({ kind }) => kind));
for (const { kind, told, mine, misses, why } of rows)
  if (misses.length) console.log(`${kind}: ${misses.join(', ')}\n  datadog ${JSON.stringify(told)}\n  otelrum ${JSON.stringify(mine)}\n  ${why?.join('; ') ?? ''}`);
const alike = rows.filter(({ misses }) => !misses.length).length;
console.log(`${alike} of ${rows.length} clicks of ${kinds.size} kinds alike (${((100 * alike) / rows.length).toFixed(1)} %)`);
process.exit(rows.length && alike / rows.length >= SHARE ? 0 : 1);
