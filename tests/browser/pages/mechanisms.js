// One element for each thing that real pages are made of. `busy`: the main thread is blocked again and again;
// `longtasks=no`: nothing reports long tasks, as in Firefox and Safari.
import { watch } from '../../../examples/shop/telemetry.js';

const asked = new URLSearchParams(location.search);
window.flush = watch(asked.get('collector'), { hasLongTasks: asked.get('longtasks') !== 'no' });

const $ = (id) => document.getElementById(id);
const on = (id, act, type = 'click') => $(id).addEventListener(type, act);
const say = (text) => ($('out').textContent = `${text} (${Math.random()})`);
const get = (delay) => fetch(`/api/offers?delay=${delay}&n=${Math.random()}`);
const later = (ms, act) => setTimeout(act, ms);
const go = (address) => history.pushState({}, '', address);
const block = (ms) => {
  for (const end = performance.now() + ms; performance.now() < end; );
};
/** Each time another one, and what the page was asked stays. */
const query = (key) => {
  const next = new URLSearchParams(location.search);
  next.set(key, Math.floor(Math.random() * 1000));
  return `?${next}`;
};

customElements.define('open-box', class extends HTMLElement {
  connectedCallback() {
    this.attachShadow({ mode: 'open' }).innerHTML = '<button><span>Inside a shadow</span></button>';
    this.shadowRoot.firstChild.addEventListener('click', () => say('shadow'));
  }
});

for (const ms of [110, 120, 140, 160, 300]) {
  const button = document.createElement('button');
  button.id = `blocks-${ms}`;
  button.textContent = `Blocks for ${ms} ms`;
  button.addEventListener('click', () => block(ms) ?? say(ms));
  $('blocking').append(button);
}
on('down-blocks', () => block(130) ?? say('menu'), 'pointerdown');

on('dead', () => {});
on('calm', () => {});
on('plus', () => {});
on('masked', () => say('masked'));
on('down-changes', () => say('menu'), 'pointerdown');
on('down-asks', () => get(120), 'pointerdown');
on('down-replaces', () => {
  const other = $('down-replaces').cloneNode(true);
  $('down-replaces').replaceWith(other);
  on('down-replaces', () => say('replaced'), 'pointerup');
}, 'pointerdown');
on('up-removes', () => {
  $('up-removes').innerHTML = '<i>Removed on pointerup</i>';
}, 'pointerup');
on('frames', () => {
  for (const ms of [0, 70, 140]) later(ms, () => requestAnimationFrame(() => block(60) ?? say('frame')));
});
on('task', () => block(180) ?? say('computed'));
on('late-timer', () => {
  later(60, () => say('on time'));
  later(140, () => block(120) ?? say('late'));
});
on('after-task', () => {
  later(20, () => block(160));
  later(250, () => get(60)); // Datadog and otelrum no longer wait for it
});
on('tab', () => go(query('tab')) ?? get(120).then(() => say('tab')));
on('route', () => say('route') ?? go(`/mechanisms/${Math.random()}${location.search}`));
on('hash-route', () => say('hash') ?? go(`#/list/${Math.random()}`));
on('asks-then-route', () => {
  get(20);
  later(60, () => go(`/asked/${Math.random()}${location.search}`));
});
on('around-route', () => say('before'));
on('around-route', () => go(`/around/${Math.random()}${location.search}`));
on('around-route', () => get(60));
on('around', () => say('after'));
for (const id of ['long-name', 'spaced', 'deep', 'dot', 'role-tab']) on(id, () => say(id));
on('opens', () => {
  const opened = window.open('/photo.svg', '_blank', 'width=200,height=200');
  later(400, () => opened?.close());
});
on('leaves', () => (location.href = `/${location.search}`));

if (asked.has('busy')) setInterval(() => block(30), 90);
