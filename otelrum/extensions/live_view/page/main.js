// Hears the collector's events and shows what the address asks for.

import { asked, fits, followLinks, go } from './address.js';
import { showDetail } from './detail.js';
import { showLacks } from './lacks.js';
import { showList, showPending } from './list.js';
import { showNames } from './names.js';

const KEPT = 2000;

let actions = []; // the latest first
const known = new Set();
let pending = new Map(); // by source
let lacks = new Map();
let origins = [];
let traceUrl = '', missed = 0, isPaused = false, isReady = false, isConnected = false, shownDetail = null, isDue = false;

function state() {
  if (!isConnected) return isReady ? 'The collector is gone; trying again' : 'Connecting…';
  const count = `${actions.length} ${actions.length === 1 ? 'action' : 'actions'}`;
  return [count, missed && `${missed} more not shown`, isPaused && 'paused'].filter(Boolean).join(', ');
}

function show() {
  isDue = false;
  const now = asked(), view = now.view || 'actions';
  for (const side of document.querySelectorAll('[data-of]')) side.hidden = side.dataset.of !== view;
  for (const link of document.querySelectorAll('nav a')) link.toggleAttribute('aria-current', link.dataset.view === view);
  document.getElementById('state').textContent = state();
  for (const field of document.getElementById('filters').elements) if (field !== document.activeElement) field.value = now[field.name];
  if (view === 'actions') showList(actions.filter((action) => fits(action, now)), actions.length, now.action);
  if (view === 'names') showNames(actions);
  showLacks([...lacks.values()].flat(), origins);
  const wanted = view === 'actions' ? now.action : '';
  if (wanted !== shownDetail && isReady) {
    shownDetail = wanted;
    showDetail(wanted, traceUrl);
  }
}

/** Many events make one picture. */
function showSoon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(show);
}

function add(action) {
  if (known.has(action.id)) return;
  known.add(action.id);
  actions.unshift(action);
  for (const old of actions.splice(KEPT)) known.delete(old.id);
}

function connect() {
  const source = new EventSource('events');
  const on = (name, take) => source.addEventListener(name, (event) => {
    const data = JSON.parse(event.data);
    if (isPaused && isReady) { missed += name === 'action'; } else take(data);
    showSoon();
  });
  source.addEventListener('open', () => { isConnected = true; showSoon(); });
  source.addEventListener('error', () => { isConnected = false; pending.clear(); showSoon(); });
  on('hello', (data) => { traceUrl = data.trace_url; });
  on('action', add);
  on('pending', (data) => {
    pending.set(data.source, data.actions.map((one) => ({ ...one, untilMs: performance.now() + one.due_ms })));
    showPending([...pending.values()].flat());
  });
  on('missed', (data) => { missed += data.count; });
  on('lacks', (data) => { lacks.set(data.source, data.findings); });
  on('refused', (data) => { if (!origins.includes(data.origin)) origins = [...origins, data.origin]; });
  on('ready', () => { isReady = true; });
}

document.getElementById('pause').addEventListener('click', ({ currentTarget }) => {
  isPaused = !isPaused;
  currentTarget.setAttribute('aria-pressed', String(isPaused));
  showSoon();
});
document.getElementById('clear').addEventListener('click', () => { actions = []; missed = 0; showSoon(); });
document.getElementById('filters').addEventListener('input', ({ target }) => go({ [target.name]: target.value }, true));
document.getElementById('filters').addEventListener('submit', (event) => event.preventDefault());
addEventListener('asked', showSoon);
setInterval(() => { if (!isPaused) showPending([...pending.values()].flat()); }, 500);
followLinks();
connect();
show();
