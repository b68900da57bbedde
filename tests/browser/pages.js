// What is compared: each page by its name, with what is done there and what share of it must be alike: `strict` in
// everything, by engine, `goal` but for what docs/datadog.md says.
import { fileURLToPath } from 'node:url';
import { KINDS, UNSEEN, faults } from './clicks.js';
import { WITHOUT_EVENTS } from './compare.js';
import { MUI, RADIX, SHOELACE } from './components.js';
import { BLOCKING, MEANT_MECHANISMS, MECHANISMS, deadBlocking } from './mechanisms.js';
import { TOUCHES } from './touches.js';

const here = (file) => fileURLToPath(new URL(`pages/${file}`, import.meta.url));
const own = (file) => `../../tests/browser/pages/${file}`; // as the shop's server finds it
const DATADOG = { '/datadog.js': '../../tests/browser/datadog.js' };

const shop = { scripts: DATADOG, kinds: KINDS, unseen: UNSEEN, faults, goal: 0.95 };
const zone = { ...shop, scripts: { ...DATADOG, '/page.js': own('zone.js') } };
const spansAlone = { asked: '&events=no', also: [WITHOUT_EVENTS] };
const mechanisms = {
  scripts: { '/page.js': own('mechanisms.js'), ...DATADOG },
  index: here('mechanisms.html'),
  kinds: MECHANISMS,
  also: MEANT_MECHANISMS,
  goal: 0.95,
};

const blocking = { ...mechanisms, asked: '&longtasks=no', kinds: BLOCKING, rounds: 2, faults: deadBlocking, goal: 0.9 };
const components = (file, kinds) => ({
  ...mechanisms,
  scripts: { '/page.js': own(file), ...DATADOG },
  index: here('components.html'),
  kinds,
  strict: { chromium: 0.95, firefox: 0.95, webkit: 0.95 },
});

export const PAGES = {
  shop: { ...shop, rounds: 2, strict: { chromium: 0.97, firefox: 0.95, webkit: 0.95 } },
  blocking,
  mechanisms,
  'mechanisms, busy': { ...mechanisms, asked: '&busy', goal: 0.9 }, // each side's timers are late at other moments
  radix: components('radix.jsx', RADIX),
  mui: components('mui.jsx', MUI),
  shoelace: components('shoelace.js', SHOELACE),
  'shop on a phone': { ...shop, kinds: TOUCHES, unseen: {}, faults: undefined, isPhone: true },
  'shop, Zone.js': zone,
  'shop, spans alone': { ...shop, ...spansAlone },
  'shop, spans alone, Zone.js': { ...zone, ...spansAlone },
};

const EVERYWHERE = ['shop', 'blocking', 'mechanisms', 'radix', 'mui', 'shoelace'];

/** An engine and its pages, in turn; the lanes run side by side. */
export const LANES = [
  ['chromium', EVERYWHERE],
  ['firefox', EVERYWHERE],
  ['webkit', EVERYWHERE],
  ['chromium', Object.keys(PAGES).filter((name) => !EVERYWHERE.includes(name))],
];
