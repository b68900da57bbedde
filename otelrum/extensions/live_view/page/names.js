// The actions of one name together: how many, how long, how frustrating.

import { addressOf } from './address.js';
import { el } from './dom.js';
import { duration } from './format.js';

/** The smallest value that this share of all is not above. */
export function quantile(sorted, share) {
  return sorted.length ? sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] : null;
}

function summary(name, actions) {
  const times = actions.map((action) => action.loading_ms).filter((ms) => ms !== null).sort((a, b) => a - b);
  const frustrated = actions.filter((action) => action.frustration.length).length;
  return { name, count: actions.length, share: frustrated / actions.length, quantiles: [0.5, 0.75, 0.95].map((share) => quantile(times, share)) };
}

export function showNames(actions) {
  const side = document.getElementById('names');
  if (!actions.length) {
    side.replaceChildren(el('p', { class: 'empty' }, 'No action yet.'));
    return;
  }
  const summaries = [...Map.groupBy(actions, (action) => action.name)].map(([name, own]) => summary(name, own));
  summaries.sort((a, b) => b.count - a.count);
  const heads = ['Action', 'Count', 'P50', 'P75', 'P95', 'Frustrated'];
  side.replaceChildren(el('table', { class: 'by-name' },
    el('caption', { class: 'hidden' }, 'Actions by name; times are loading times'),
    el('thead', {}, el('tr', {}, heads.map((head, at) => el('th', { scope: 'col', class: at ? 'number' : null }, head)))),
    el('tbody', {}, summaries.map((one) => el('tr', {},
      el('th', { scope: 'row' }, el('a', { href: addressOf({ view: '', action: '', name: one.name }) }, one.name)),
      el('td', { class: 'number' }, one.count), one.quantiles.map((ms) => el('td', { class: 'number' }, duration(ms))),
      el('td', { class: one.share ? 'number has' : 'number' }, `${Math.round(one.share * 100)} %`))))));
}
