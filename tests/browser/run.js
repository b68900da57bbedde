// Real clicks in real browsers, watched by otelrum and by Datadog's SDK at once: do they say the same?
//
//     node run.js [--engine NAME] [--page NAME] [--only KIND] [--rounds 2]      exit status 1 where they do not
import { compare, datadogActions, otelrumActions } from './compare.js';
import { ENGINES, missing } from './engines.js';
import { LANES, PAGES } from './pages.js';
import { watch } from './watch.js';

const LATE_MS = 20; // Datadog's and the browser's own timers are that late, too: no fair comparison

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;

const show = ({ kind, told, mine, misses, why }) =>
  `  ${kind}: ${misses.join(', ')} (${why.length ? [...new Set(why)].join('; ') : 'NO KNOWN REASON'})\n    datadog ${JSON.stringify(told)}\n    otelrum ${JSON.stringify(mine)}`;

/** Otelrum and Datadog on this page, once. */
async function once(engine, page, kinds) {
  const seen = await watch(ENGINES[engine].launch, page, { kinds, rounds: Number(option('--rounds', page.rounds ?? 1)), unseen: option('--only') ? {} : page.unseen });
  const kindAt = (date) => seen.made.findLast(({ from }) => from <= date + 50)?.kind;
  const compared = compare(datadogActions(seen.events), otelrumActions(seen.items), kindAt, page.also);
  return { ...seen, ...compared, misses: compared.rows.filter(({ misses }) => misses.length) };
}

/** What was seen, as lines, and whether it is good enough. */
function judge(name, page, { rows, misses, only, made, items, lateMs }) {
  const faults = [...(option('--only') ? [] : page.faults?.(only, items) ?? only.map((one) => `an action of no click: ${JSON.stringify(one)}`))];
  if (rows.length < made.length - 1) faults.push(`Datadog told ${rows.length} actions of ${made.length} acts`);
  const meant = misses.filter(({ why }) => why.length);
  const alike = rows.length - misses.length;
  const share = (alike + (page.isMeantAside ? meant.length : 0)) / rows.length;
  return {
    isGood: share >= page.goal && !faults.length,
    isLate: lateMs > LATE_MS,
    lines: [
      ...misses.map(show),
      ...faults.map((fault) => `  ${fault}`),
      `${name}: ${alike} of ${rows.length} actions alike (${percent(alike, rows.length)}), with what docs/datadog.md explains ${percent(alike + meant.length, rows.length)}; timers ${lateMs.toFixed(0)} ms late`,
    ],
  };
}

/** Whether the page is good; where this machine was late, at the second try. */
async function isGood(engine, name) {
  const page = PAGES[name];
  const { [option('--only')]: chosen } = page.kinds;
  const kinds = option('--only') ? { [option('--only')]: chosen } : page.kinds;
  const first = judge(`${engine}, ${name}`, page, await once(engine, page, kinds));
  console.log(first.lines.join('\n'));
  if (first.isGood || !first.isLate) return first.isGood;
  console.log(`${engine}, ${name}: THIS MACHINE WAS LATE, so once more`);
  const second = judge(`${engine}, ${name}`, page, await once(engine, page, kinds));
  console.log(second.lines.join('\n'));
  return second.isGood;
}

async function lane([engine, names]) {
  const lack = await missing(engine);
  if (lack) console.log(`\n*** ${lack}\n`);
  if (lack) return [!process.env.CI]; // at home the others still count
  const results = [];
  for (const name of names) if (option('--page', name) === name) results.push(await isGood(engine, name));
  return results;
}

const lanes = Object.entries(LANES).filter(([engine]) => option('--engine', engine) === engine);
const results = (await Promise.all(lanes.map(lane))).flat();
process.exit(results.every(Boolean) ? 0 : 1);
