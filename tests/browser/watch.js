// A session of a user on one page, watched by otelrum and by Datadog's SDK at once: what was done, and what each reported.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serve } from '../../examples/shop/serve.js';
import { backend, intake, otelrum } from './servers.js';

const PAUSE_MS = 1200; // longer than any kind's activity, its 100 ms of silence, and Datadog's wait for a rage
const UNTIL_SENT_MS = 6000; // the SDK's batch delay, and a last action's end

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const local = (port) => encodeURIComponent(`http://127.0.0.1:${port}`);

/** Every kind so often, each with its time. */
async function act(page, kinds, rounds) {
  const made = [];
  for (let round = 0; round < rounds; round += 1)
    for (const [kind, one] of Object.entries(kinds)) {
      made.push({ kind, from: Date.now() });
      await one(page);
      await wait(PAUSE_MS);
    }
  return made;
}

/**
 * `kinds` on the page that `serve` gets (`scripts`, `index`), opened with `asked` in its query; `unseen` are acts that
 * Datadog does not see. `lateMs` says how late this machine ran its timers, of each hundred the latest but one.
 */
export async function watch(launch, { scripts, index, asked = '', isPhone, kinds, rounds, unseen = {} }) {
  const [sink, datadog] = [await backend(), await intake()];
  const collector = await otelrum(sink.port);
  const site = await serve(0, scripts, index);
  const { page, close } = await launch(isPhone);
  const delays = monitorEventLoopDelay({ resolution: 10 });
  try {
    await page.goto(`http://127.0.0.1:${site.port}/?collector=${local(collector.port)}&datadog=${local(datadog.port)}${asked}`);
    await wait(2000);
    delays.enable();
    const made = await act(page, kinds, rounds);
    delays.disable();
    await act(page, unseen, 1);
    await wait(UNTIL_SENT_MS);
    await page.evaluate(() => window.flush().then(() => true));
    await page.goto('about:blank'); // Datadog sends the rest when the page goes
    await wait(1000);
    return { made, items: sink.items, events: datadog.events, lateMs: delays.percentile(99) / 1e6 - 10 };
  } finally {
    await close();
    await collector.end();
    for (const server of [site, sink, datadog]) server.close();
  }
}
