// Real clicks in real browsers, watched by otelrum and by Datadog's SDK at once: do they say the same?
//
//     node run.js [--engine NAME] [--page NAME] [--only KIND] [--rounds 2]      exit status 1 where they do not
//
// Two shares are told: the actions that are alike in everything, and those that are alike but for what docs/datadog.md
// says. A page must reach its goal in the second, and in the first where it has one for that (pages.js).
import { parseArgs } from 'node:util';
import { compare, datadogActions, otelrumActions } from './compare.js';
import { ENGINES, MAY_MISS, missing } from './engines.js';
import { LANES, PAGES } from './pages.js';
import { watch } from './watch.js';

const LATE_MS = 20; // then the page's timers are that late too, each side's at other moments: no fair comparison

const string = { type: 'string' };
const { values: asked } = parseArgs({ options: { engine: string, page: string, only: string, rounds: string } });

/** The page as it was asked for: all of it, or one kind. */
function chosen(page) {
  const rounds = Number(asked.rounds ?? page.rounds ?? 1);
  if (!asked.only) return { ...page, rounds };
  return { ...page, rounds, kinds: { [asked.only]: page.kinds[asked.only] }, unseen: {}, faults: undefined };
}

/** What both told of the page, side by side. */
async function seen(engine, page) {
  const { made, items, events, lateMs } = await watch(ENGINES[engine].launch, page);
  const kindAt = (date) => made.findLast(({ from }) => from <= date + 50)?.kind;
  return { made, items, lateMs, ...compare(datadogActions(events), otelrumActions(items), { kindAt, lateMs, also: page.also }) };
}

const strangers = (only) => only.map((one) => `an action that Datadog has not: ${JSON.stringify(one)}`);

/** What is wrong but for the misses. */
function faultsOf({ faults = strangers, kinds }, { rows, only, items, made }) {
  const silent = Object.keys(kinds).filter((kind) => !rows.some((row) => row.kind === kind));
  const isSilent = silent.length > 1 ? [`Datadog told nothing of ${silent.join(', ')}, of ${made.length} acts`] : []; // a swipe is none
  return [...faults(only, items), ...isSilent];
}

const shown = ({ kind, told, mine, misses, why }) => `  ${kind}: ${misses.join(', ')} (${why.length ? [...new Set(why)].join('; ') : 'NO KNOWN REASON'})
    datadog ${JSON.stringify(told)}
    otelrum ${JSON.stringify(mine)}`;
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Whether the page is good enough, after telling what was seen. */
function isGood(name, { strict, ...page }, told) {
  const misses = told.rows.filter(({ misses }) => misses.length);
  const faults = faultsOf(page, told);
  const alike = 1 - misses.length / told.rows.length;
  const unexplained = misses.filter(({ why }) => !why.length).length / told.rows.length;
  const figures = `${told.rows.length - misses.length} of ${told.rows.length} actions alike (${percent(alike)}), but for what docs/datadog.md says ${percent(1 - unexplained)}`;
  const goals = `goals ${strict === undefined ? 'none' : percent(strict)} and ${percent(page.goal)}`;
  console.log([...misses.map(shown), ...faults.map((fault) => `  ${fault}`), `${name}: ${figures}; ${goals}; timers ${told.lateMs.toFixed()} ms late`].join('\n'));
  return alike >= (strict ?? 0) && 1 - unexplained >= page.goal && !faults.length;
}

/** One try: whether it was good, else why a second one is fair. */
async function tried(title, engine, page) {
  try {
    const told = await seen(engine, page);
    return { isDone: isGood(title, page, told), excuse: told.lateMs > LATE_MS && `THIS MACHINE RAN TIMERS ${told.lateMs.toFixed()} ms LATE` };
  } catch (error) {
    return { isDone: false, excuse: `IT BROKE OFF: ${error.message}` };
  }
}

/** The page is tried a second time where it is not good and the machine, not the page, may be why. */
async function holds(engine, name) {
  const title = `${engine}, ${name}`;
  const page = { ...chosen(PAGES[name]), strict: PAGES[name].strict?.[engine] };
  const first = await tried(title, engine, page);
  if (first.isDone || !first.excuse) return first.isDone;
  console.log(`*** ${title}: ${first.excuse}, so once more`);
  const second = await tried(title, engine, page);
  if (!second.isDone && second.excuse) console.log(`*** ${title}: ${second.excuse} again`);
  return second.isDone;
}

async function lane([engine, names]) {
  const lack = await missing(engine);
  if (lack) console.log(`\n*** ${lack}\n`);
  const results = [!lack || MAY_MISS];
  for (const name of lack ? [] : names.filter((one) => (asked.page ?? one) === one)) results.push(await holds(engine, name));
  return results;
}

const lanes = LANES.filter(([engine]) => (asked.engine ?? engine) === engine);
const results = await Promise.all(lanes.map(lane));
process.exit(results.flat().every(Boolean) ? 0 : 1);
