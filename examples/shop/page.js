// What the shop's buttons do.
import { addAction } from '../../browser/otelrum.js';
import { watch } from './telemetry.js';

const asked = new URLSearchParams(location.search);
window.flush = watch(asked.get('collector') ?? 'http://localhost:4318', { hasEvents: asked.get('events') !== 'no' });

const $ = (id) => document.getElementById(id);
const say = (text) => ($('out').textContent = `${text} (${Math.random()})`);
const get = (delay, status = 200) => fetch(`/api/offers?delay=${delay}&status=${status}&n=${Math.random()}`);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const on = (id, act) => $(id).addEventListener('click', act);

on('add', () => get(120).then(() => say('in the cart')));
on('reload', () => get(200));
on('both', () => Promise.all([get(150), get(250)]).then(() => say('compared')));
on('chain', () => get(100).then(() => get(100)).then(() => say('ordered')));
on('xhr', () => {
  const request = new XMLHttpRequest();
  request.open('GET', `/api/stock?delay=130&n=${Math.random()}`);
  request.onload = () => say('in stock');
  request.send();
});
on('broken', () => get(90, 500).then(() => say('declined')));
on('more', () => say('more'));
on('soon', () => setTimeout(() => say('soon'), 60));
on('photos', () => {
  for (const n of [1, 2]) {
    const image = new Image();
    image.src = `/photo.svg?delay=${80 * n}&n=${Math.random()}`;
    $('out').append(image);
  }
});
on('sum', () => {
  for (const end = performance.now() + 180; performance.now() < end; );
  say('42');
});
on('async', async () => {
  await wait(20);
  await get(110);
  say('answered');
});
on('route', () => {
  say('product');
  history.pushState({}, '', `/product/${Math.floor(Math.random() * 1000)}?${asked}`);
});
on('sort', () => {
  asked.set('sort', Math.random());
  history.pushState({}, '', `?${asked}`);
  return get(90).then(() => say('sorted'));
});
$('colours').addEventListener('pointerdown', () => say('red, green, blue')); // as menus of component libraries open
on('close', () => say('closed'));
on('icon', () => get(80));
on('size', () => say('L'));
on('role', () => get(70).then(() => say('taken')));
$('list').addEventListener('click', (event) => event.target.tagName === 'BUTTON' && get(60).then(() => say('chosen')));
$('property').onclick = () => say('property');
on('gift', () => say('gift'));
$('country').addEventListener('change', () => say('country'));
$('form').addEventListener('submit', (event) => {
  event.preventDefault();
  get(140).then(() => say('sent'));
});
on('dead', () => {});
on('throws', () => {
  say('throwing');
  throw new Error('thrown');
});
on('rejects', () => get(50).then(() => Promise.reject(new Error('rejected'))));
on('logs', () => {
  say('complaining');
  console.error('complaint');
});
on('custom', () => {
  addAction('checkout', { cart: { amount: 42, currency: '$', items: ['socks', 't-shirt'] } });
  say('checked out');
});
