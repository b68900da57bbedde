// What a user does on pages/mechanisms.html: each mechanism of real pages by its name.
import { double, drag, press, rage, select, thenScroll, thenType } from './hands.js';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const MECHANISMS = {
  'text selected': select('#words'),
  'double click that selects': double('#words'),
  'rage on words': rage('#words'),
  'click, then scroll': thenScroll('#dead'),
  'field, then input': thenType('#field', 'abc'),
  'editor, then input': thenType('#editor', 'ab'),
  'menu on pointerdown': press('#down-changes'),
  'request on pointerdown': press('#down-asks'),
  'replaced on pointerdown': press('#down-replaces'),
  'removed on pointerup': press('#up-removes i'),
  'disabled button': press('#disabled'),
  drag: drag('#knob', '#ground'),
  'long frames': press('#frames'),
  'long task': press('#task'),
  'late timer': press('#late-timer'),
  'task, then a request': press('#after-task'),
  'tab in the query': press('#tab'),
  anchor: press('#anchor'),
  'another path': press('#route'),
  'hash route': press('#hash-route'),
  'listeners around a route': press('#around-route'),
  'request before a route': press('#asks-then-route'),
  'tab of a named list': press('#role-tab'),
  'long name': press('#long-name'),
  'name of many blanks': press('#spaced'),
  'given name far above': press('#deep'),
  'given name around a shadow root': press('#box'),
  'shadow root': press('#plain-box'),
  'drawing': press('#dot'),
  radio: press('#radio'),
  range: press('#range', { at: [0.8, 0.5] }),
  masked: press('#masked'),
  password: press('#password'),
  mail: press('#mail'),
  'dead click ignored': press('#calm'),
  'rage ignored': rage('#plus'),
  'dead button': press('#dead'),
  'rage click': rage('#dead'),
  'window opened': press('#opens'),
  'page left': async (page) => {
    await press('#leaves')(page);
    await wait(1500); // the same page again
  },
};

/** Where both differ on purpose or by what they can know (docs/datadog.md). */
export const MEANT_MECHANISMS = [
  { why: 'the text of a tab comes before the label of its list', misses: ['name'], fits: ({ kind }) => kind === 'tab of a named list' },
  { why: 'Datadog counts requests that it had collected when the view ended', misses: ['counts'], fits: ({ kind }) => kind === 'request before a route' },
  {
    why: 'Firefox and Safari report no frames: what blocks the page after the first 100 ms is not known',
    misses: ['loading time'],
    fits: ({ kind, theirs }) => kind === 'late timer' && !theirs.counts[2],
  },
];

/** Handlers of a click, and of its press, that block the page until Datadog's first 100 ms are over, and then change it. */
export const BLOCKING = Object.fromEntries([
  ...[110, 120, 140, 160, 300].map((ms) => [`a handler of ${ms} ms`, press(`#blocks-${ms}`)]),
  ['a handler of the press', press('#down-blocks', { holdMs: 200 })],
]);

/** Such a click is alive, whatever Datadog says. */
export const deadBlocking = (only, items) =>
  items
    .filter((item) => item['action.target.name']?.startsWith('Blocks for') && item['action.frustration.type']?.includes('dead_click'))
    .map((item) => `a dead click: ${item['action.target.name']}`);
