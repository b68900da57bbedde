// What a user does in the shop: each kind by its name, with what it needs of the page.
import { double, rage, select, thenScroll, thenType } from './hands.js';

const press = (selector) => (page) => page.click(selector);

export const KINDS = {
  'fetch and change': press('#add'),
  'fetch only': press('#reload'),
  'two at once': press('#both'),
  'one after the other': press('#chain'),
  xhr: press('#xhr'),
  'failed request': press('#broken'),
  'change only': press('#more'),
  'late change': press('#soon'),
  images: press('#photos'),
  'long task': press('#sum'),
  'async await': press('#async'),
  route: press('#route'),
  'aria label': press('#close'),
  'svg in a button': press('#icon svg'),
  'name of a parent': press('#size'),
  'role button': press('#role'),
  delegation: press('#list button:nth-of-type(2)'),
  'onclick property': press('#property'),
  select: async (page) => {
    await page.click('#country');
    await page.keyboard.press('Escape');
  },
  checkbox: press('#gift'),
  label: press('label[for=note]'),
  field: press('#note'),
  'field, then input': thenType('#note', 'abc'),
  'menu on pointerdown': press('#colours'),
  'tab in the query': press('#sort'),
  'text selected': select('#slogan'),
  'click, then scroll': thenScroll('#dead'),
  submit: press('#form input[type=submit]'),
  'dead button': press('#dead'),
  'no listener': press('#silent'),
  'thrown error': press('#throws'),
  'rejected promise': press('#rejects'),
  'console error': press('#logs'),
  'custom action': press('#custom'),
  'double click': double('#more'),
  'rage click': rage('#dead'),
};

// What Datadog does not see, for it watches pointers: the keyboard. Each with what otelrum is to make of it.
const KEYS = [
  { key: 'Enter', on: '#reload', name: 'Reload offers', resources: 1 },
  { key: 'Space', on: '#more', name: 'Show more', resources: 0 },
];

/** By name, as the kinds are. */
export const UNSEEN = Object.fromEntries(
  KEYS.map(({ key, on }) => [
    key,
    async (page) => {
      await page.focus(on);
      await page.keyboard.press(key);
    },
  ]),
);

/** What is wrong with the actions that Datadog has not, or with the custom one. */
export function* faults(only, items) {
  if (only.length !== KEYS.length) yield `actions of no click: ${JSON.stringify(only)}`;
  for (const { key, name, resources } of KEYS)
    if (!only.some((a) => a.name === name && a.loading_ms !== undefined && a.counts[0] === resources && !a.frustration.length))
      yield `no action of the key ${key}: ${JSON.stringify(only)}`;
  for (const item of items.filter((one) => one['action.type'] === 'custom'))
    if (item['context.cart.amount'] !== 42 || item['action.ids']?.length !== 2) yield `custom action: ${JSON.stringify(item)}`;
}
