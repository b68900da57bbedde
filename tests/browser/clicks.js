// What a user does in the shop: each kind by its name, with what it needs of the page.

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
  submit: press('#form input[type=submit]'),
  'dead button': press('#dead'),
  'no listener': press('#silent'),
  'thrown error': press('#throws'),
  'rejected promise': press('#rejects'),
  'console error': press('#logs'),
  'custom action': press('#custom'),
  'double click': (page) => page.dblclick('#more', { delay: 40 }),
  'rage click': async (page) => {
    for (let n = 0; n < 4; n += 1) await page.click('#dead', { delay: 5 });
  },
};

/**
 * What Datadog does not see, for it watches pointers: the keyboard. Each with what otelrum is to make of it.
 */
export const KEYS = [
  { key: 'Enter', on: '#reload', name: 'Reload offers', resources: 1 },
  { key: 'Space', on: '#more', name: 'Show more', resources: 0 },
];

export async function pressKeys(page, pause) {
  for (const { key, on } of KEYS) {
    await page.focus(on);
    await page.keyboard.press(key);
    await pause();
  }
}
