// One action: why it is as it is, and everything around it on one axis.

import { addressOf } from './address.js';
import { el, isWebAddress } from './dom.js';
import { duration, timeOfDay } from './format.js';
import { badges } from './list.js';

const ROLES = { outside: 'not of this action', ignored: 'keeps nobody busy, by configuration' };
const KINDS = { request: 'request', resource: 'resource', error: 'error', activity: 'by the user', custom: 'custom action' };

/** From the first to the last thing that is drawn, in ms after the click. */
function axis(action) {
  const ends = action.lines.map((line) => line.end_ms).concat(action.quiet.map((gap) => gap.end_ms), action.end_ms);
  const starts = action.lines.map((line) => line.start_ms).concat(0);
  const from = Math.min(...starts), to = Math.max(...ends, 1);
  const margin = (to - from) * 0.02;
  return { from: from - margin, length: to - from + 2 * margin };
}

function bar(kind, startMs, endMs, { from, length }) {
  const made = el('span', { class: `stretch ${kind}`, 'aria-hidden': 'true' });
  made.style.left = `${(100 * (startMs - from)) / length}%`;
  made.style.width = `${(100 * Math.max(0, endMs - startMs)) / length}%`;
  return made;
}

function line(one, scale) {
  const notes = [KINDS[one.what], ROLES[one.role], one.is_last && 'ended last'].filter(Boolean).join(', ');
  return el('tr', { class: one.role },
    el('th', { scope: 'row' }, one.label, notes && el('small', {}, notes)),
    el('td', { class: 'number' }, duration(one.start_ms)), el('td', { class: 'number' }, duration(one.end_ms - one.start_ms)),
    el('td', { class: 'track' }, bar(one.what, one.start_ms, one.end_ms, scale)));
}

function quietLine(gaps, scale) {
  const last = gaps.find((gap) => gap.is_end);
  return el('tr', { class: 'quiet' },
    el('th', { scope: 'row' }, 'Quiet', el('small', {}, last ? 'the last one ended the action' : 'no pause ended the action')),
    el('td', { class: 'number' }, last ? duration(last.start_ms) : ''),
    el('td', { class: 'number' }, last ? duration(last.end_ms - last.start_ms) : ''),
    el('td', { class: 'track' }, gaps.map((gap) => bar(gap.is_end ? 'quiet ends' : 'quiet', gap.start_ms, gap.end_ms, scale))));
}

function waterfall(action) {
  const scale = axis(action);
  const table = el('table', { class: 'waterfall' },
    el('caption', { class: 'hidden' }, 'What happened, in the order of its start; times after the click'),
    el('thead', {}, el('tr', {}, ['What', 'Start', 'Duration', 'From the click (dotted) to the end (solid)']
      .map((text, at) => el('th', { scope: 'col', class: at === 1 || at === 2 ? 'number' : null }, text)))),
    el('tbody', {}, action.lines.map((one) => line(one, scale)), action.quiet.length ? quietLine(action.quiet, scale) : null));
  table.style.setProperty('--zero', `${(100 * (0 - scale.from)) / scale.length}%`);
  table.style.setProperty('--end', `${(100 * (action.end_ms - scale.from)) / scale.length}%`);
  const more = action.more_lines ? [el('p', {}, `and ${action.more_lines} more`)] : [];
  return [el('h3', {}, 'What happened'), table, ...more];
}

function names(action) {
  if (!action.why.names.length) return [];
  return [el('h3', {}, 'Where the name comes from'),
    el('table', { class: 'names' },
      el('thead', {}, el('tr', {}, ['Asked in this order', 'Says'].map((text) => el('th', { scope: 'col' }, text)))),
      el('tbody', {}, action.why.names.map((one) => el('tr', { class: one.is_chosen && 'chosen' },
        el('th', { scope: 'row' }, el('code', {}, one.key)), el('td', {}, one.text || (one.is_chosen ? '' : '–'), one.is_chosen && ' ✓ chosen')))))];
}

function facts(action) {
  const rows = [
    ['Time', timeOfDay(action.time_ms)], ['Loading time', duration(action.loading_ms)], ['Ended by', action.end_reason],
    ['Target', action.target], ['Selector', action.selector], ['View', action.view_url || action.view], ['Session', action.session],
    ['Service', action.service],
    ['Counted', action.resources === null ? null : [[action.resources, 'resource'], [action.errors, 'error'], [action.long_tasks, 'long task']].map(([n, thing]) => `${n} ${thing}${n === 1 ? '' : 's'}`).join(', ')],
  ].filter(([, value]) => value);
  return el('dl', { class: 'facts' }, rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

function tools(action, traceUrl) {
  const trace = traceUrl.replaceAll('{trace_id}', encodeURIComponent(action.trace_id));
  const copy = el('button', { type: 'button', onclick: () => {
    navigator.clipboard.writeText(JSON.stringify(action, null, 2)).then(() => { copy.textContent = 'Copied'; }, () => { copy.textContent = 'Could not copy'; });
  } }, 'Copy as JSON');
  return el('div', { class: 'tools' }, copy,
    el('a', { href: `actions/${action.id}/otlp`, download: `action-${action.id}.jsonl` }, 'Download its OTLP'),
    el('a', { href: addressOf({ action: action.id }) }, 'Link to this action'),
    action.trace_id && isWebAddress(trace) ? el('a', { href: trace, rel: 'noreferrer' }, 'Its trace in the backend') : null);
}

/** Fill the side with an action, or with why it is not there. */
export async function showDetail(id, traceUrl) {
  const side = document.getElementById('detail');
  const answer = id ? await fetch(`actions/${encodeURIComponent(id)}`).catch(() => null) : null;
  side.hidden = !id;
  document.getElementById('actions').classList.toggle('with-detail', Boolean(id));
  if (!id) return;
  const back = el('p', {}, el('a', { href: addressOf({ action: '' }), id: 'back' }, 'Close'));
  if (!answer?.ok) {
    side.replaceChildren(back, el('h2', {}, 'This action is not remembered any more'));
    return;
  }
  const action = await answer.json();
  side.replaceChildren(back, el('h2', { tabindex: '-1' }, action.name), el('p', {}, badges(action)),
    el('div', { class: 'why' }, [action.why.end, action.why.near_miss, ...action.why.frustration].filter(Boolean).map((text) => el('p', {}, text))),
    tools(action, traceUrl), ...waterfall(action), el('h3', {}, 'Facts'), facts(action), ...names(action));
}
