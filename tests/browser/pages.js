// What is compared: each page by its name, with what is done there and what share of it must be alike.
import { fileURLToPath } from 'node:url';
import { KINDS, UNSEEN, faults } from './clicks.js';
import { WITHOUT_EVENTS } from './compare.js';
import { MUI, RADIX, SHOELACE } from './components.js';
import { MECHANISMS } from './mechanisms.js';

const here = (file) => fileURLToPath(new URL(`pages/${file}`, import.meta.url));
const own = (file) => `../../tests/browser/pages/${file}`; // as the shop's server finds it
const DATADOG = { '/datadog.js': '../../tests/browser/datadog.js' };

const shop = { scripts: DATADOG, kinds: KINDS, unseen: UNSEEN, faults, goal: 0.8 };
const zone = { ...shop, scripts: { ...DATADOG, '/page.js': own('zone.js') } };
const spansAlone = { asked: '&events=no', also: [WITHOUT_EVENTS], isMeantAside: true };
const mechanisms = { scripts: { '/page.js': own('mechanisms.js'), ...DATADOG }, index: here('mechanisms.html'), kinds: MECHANISMS, goal: 0.9 };

const components = (file, kinds) => ({ scripts: { '/page.js': own(file), ...DATADOG }, index: here('components.html'), kinds, goal: 0.95 });

export const PAGES = {
  shop: { ...shop, rounds: 2 },
  'shop, Zone.js': zone,
  'shop, spans alone': { ...shop, ...spansAlone },
  'shop, spans alone, Zone.js': { ...zone, ...spansAlone },
  radix: components('radix.jsx', RADIX),
  mui: components('mui.jsx', MUI),
  shoelace: components('shoelace.js', SHOELACE),
  mechanisms: { ...mechanisms, goal: 0.3 },
};

/** Which engine has which pages, in turn; the engines run side by side. */
export const LANES = {
  chromium: Object.keys(PAGES),
  firefox: ['shop', 'mechanisms'],
  webkit: ['shop', 'mechanisms'],
};
