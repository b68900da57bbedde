// The list of actions, and of those that are not decided yet.

import { addressOf } from './address.js';
import { el } from './dom.js';
import { FRUSTRATIONS, duration, pathOf, timeOfDay } from './format.js';

export const SHOWN = 200;

export function badges(action) {
  return action.frustration.map((type) => el('span', { class: 'badge' }, FRUSTRATIONS[type] ?? type));
}

function count(value) {
  return el('td', { class: value ? 'number has' : 'number' }, value ?? '');
}

/** One row; `longestMs` is the length of the longest bar. */
function row(action, longestMs, chosen) {
  const bar = el('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.width = `${(100 * (action.loading_ms ?? 0)) / longestMs}%`;
  const isChosen = action.id === chosen;
  return el('tr', { class: isChosen && 'chosen' },
    el('td', { class: 'time' }, timeOfDay(action.time_ms)),
    el('td', { class: 'what' },
      el('a', { href: addressOf({ action: action.id }), 'aria-current': isChosen && 'true' }, action.name), ' ', badges(action),
      el('span', { class: 'view' }, pathOf(action.view_url) || action.view || '')),
    el('td', { class: 'loading' }, duration(action.loading_ms), action.loading_ms > 0 && bar),
    el('td', { class: 'number' }, action.resources ?? ''), count(action.errors), el('td', { class: 'number' }, action.long_tasks ?? ''));
}

/** Fill the table with the latest of these. */
export function showList(actions, total, chosen) {
  const shown = actions.slice(0, SHOWN);
  const longestMs = Math.max(100, ...shown.map((action) => action.loading_ms ?? 0));
  const body = document.querySelector('#list tbody');
  const focused = body.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
  body.replaceChildren(...shown.map((action) => row(action, longestMs, chosen)));
  if (focused) [...body.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus();
  document.getElementById('list').hidden = !shown.length;
  const empty = document.getElementById('empty');
  empty.hidden = shown.length > 0;
  empty.textContent = total
    ? 'No action fits the filters.'
    : 'No action yet. Click in a page that sends its OpenTelemetry to this collector: the click appears here at once, '
      + 'and is decided when everything that it set off has been reported.';
}

/** Pending actions, each with the time that is left. `untilMs` is on performance.now(). */
export function showPending(pending) {
  const side = document.getElementById('pending');
  side.hidden = !pending.length;
  const shown = pending.slice(-8).reverse();
  const more = pending.length - shown.length;
  side.replaceChildren(
    el('h3', {}, `Waiting for what they set off: ${pending.length}`),
    el('ul', {}, shown.map((action) => {
      const leftS = Math.max(0, (action.untilMs - performance.now()) / 1000);
      return el('li', {}, el('span', { title: action.name }, action.name),
        el('progress', { max: action.wait_ms / 1000, value: action.wait_ms / 1000 - leftS, 'aria-label': `Until ${action.name} is decided` }),
        el('span', { class: 'number' }, `${Math.ceil(leftS)} s`));
    })),
    ...(more > 0 ? [el('p', {}, `and ${more} more`)] : []));
}
