// Real clicks in real browsers, watched by otelrum and by Datadog's SDK at once: do they say the same?
//
//     node run.js [--engine NAME] [--page NAME] [--only KIND] [--rounds 2]      exit status 1 where they do not
//
// Two shares are printed: the actions that are alike in everything, and those that are alike but for what docs/datadog.md
// says. A page must reach its goal in the second, and in the first where it has one for that (pages.js). A page that does
// not is driven once more, when nothing else runs (judgement.js). The last lines of the output say how each page was.
import { parseArgs } from 'node:util';
import { compare, datadogActions, otelrumActions } from './compare.js';
import { ENGINES, MAY_MISS, missing } from './engines.js';
import { judged, percent, report, table } from './judgement.js';
import { LANES, PAGES } from './pages.js';
import { watch } from './watch.js';

const string = { type: 'string' };
const { values: asked } = parseArgs({ options: { engine: string, page: string, only: string, rounds: string } });

/** The page as it was asked for: all of it, or one kind. */
function chosen(engine, name) {
  const { strict, ...page } = PAGES[name];
  const all = { ...page, strict: strict?.[engine], rounds: Number(asked.rounds ?? page.rounds ?? 1) };
  return asked.only ? { ...all, kinds: { [asked.only]: page.kinds[asked.only] }, unseen: {}, faults: undefined } : all;
}

const strangers = (only) => only.map((one) => `an action that Datadog has not: ${JSON.stringify(one)}`);

/** What is wrong but for the misses. */
function faultsOf({ faults = strangers, kinds }, { rows, only }, items, made) {
  const silent = Object.keys(kinds).filter((kind) => !rows.some((row) => row.kind === kind));
  const isSilent = silent.length > 1 ? [`Datadog reported nothing of ${silent.join(', ')}, of ${made.length} acts`] : []; // a swipe is none
  return [...faults(only, items), ...isSilent];
}

/** What both reported of the page, side by side, and what is wrong besides. */
async function driven(engine, page) {
  try {
    const { made, items, events, lateMs } = await watch(ENGINES[engine].launch, page);
    const kindAt = (date) => made.findLast(({ from }) => from <= date + 50)?.kind;
    const compared = compare(datadogActions(events), otelrumActions(items), { kindAt, lateMs, also: page.also });
    return { rows: compared.rows, faults: [...faultsOf(page, compared, items, made)], lateMs };
  } catch (error) {
    return { rows: [], faults: [`it broke off: ${error.message}`], lateMs: 0 };
  }
}

/** A drive of the page, printed; `before` is what the first came to, where this is the second. */
async function drive({ engine, name }, before) {
  const page = chosen(engine, name);
  const seen = await driven(engine, page);
  const found = judged(seen, page, before);
  console.log(report(`${engine}, ${name}`, seen, found, page));
  return { ...seen, ...found };
}

/** Pages of one engine, in turn; a missing engine is a page that was not driven. */
async function lane([engine, names]) {
  const lack = await missing(engine);
  if (lack) {
    console.log(`\n*** ${lack}\n`);
    return [{ engine, name: 'all', isGood: MAY_MISS, drives: [] }];
  }
  const pages = [];
  for (const name of names.filter((one) => (asked.page ?? one) === one)) {
    const first = await drive({ engine, name });
    pages.push({ engine, name, isGood: first.isGood, drives: [first] });
  }
  return pages;
}

/** The page, driven once more where it was not good. */
async function again(page) {
  const [first] = page.drives;
  if (page.isGood || !first) return page;
  console.log(`\n*** ${page.engine}, ${page.name} IS NOT GOOD (above), so once more, with nothing beside it:`);
  const second = await drive(page, first);
  return { ...page, isGood: second.isGood, drives: [first, second] };
}

const verdict = ({ isGood, drives }) => {
  if (!drives.length) return isGood ? 'MISSING, as it may' : 'MISSING';
  if (!isGood) return 'NOT GOOD';
  return drives.length > 1 ? 'good the second time' : 'good';
};

const line = ({ engine, name, ...page }) => {
  const each = (say) => page.drives.map(say).join(', then ');
  const lateMs = each(({ lateMs }) => `${lateMs.toFixed()} ms`);
  return [engine, name, each(({ rows }) => `${rows.length}`), each(({ alike }) => percent(alike)), each(({ meant }) => percent(meant)), lateMs, verdict(page)];
};

const lanes = LANES.filter(([engine]) => (asked.engine ?? engine) === engine);
const pages = [];
for (const page of (await Promise.all(lanes.map(lane))).flat()) pages.push(await again(page));
console.log(`\n${table([['engine', 'page', 'actions', 'alike', 'but for docs', 'timers late', ''], ...pages.map(line)])}`);
process.exit(pages.every(({ isGood }) => isGood) ? 0 : 1);
