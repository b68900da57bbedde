// A finger on a phone: the shop's clicks as taps, and what only fingers do.
import { KINDS } from './clicks.js';
import { spot } from './hands.js';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const LONG_PRESS_MS = 700;

/** This page, but that its clicks are taps and its mouse a finger. */
export async function touched(page) {
  const devtools = await page.context().newCDPSession(page);
  const touch = (type, ...touchPoints) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
  let at;
  const finger = {
    move: async (x, y) => {
      at = { x, y };
      if (finger.isDown) await touch('touchMove', at);
    },
    down: () => touch('touchStart', at).then(() => (finger.isDown = true)),
    up: () => touch('touchEnd').then(() => (finger.isDown = false)),
    wheel: () => wait(0), // a finger has none
  };
  const own = {
    mouse: finger,
    click: (selector) => page.tap(selector),
    dblclick: async (selector) => {
      await page.tap(selector);
      await page.tap(selector);
    },
  };
  return new Proxy(page, { get: (target, key) => own[key] ?? (typeof target[key] === 'function' ? target[key].bind(target) : target[key]) });
}

/** The finger goes down on a button, and scrolls. */
async function swipe(page) {
  const { x, y } = await spot(page, '#more');
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (const step of [20, 60, 110, 170, 220]) {
    await wait(30);
    await page.mouse.move(x, y - step);
  }
  await page.mouse.up();
}

async function longPress(page) {
  const { x, y } = await spot(page, '#reload');
  await page.mouse.move(x, y);
  await page.mouse.down();
  await wait(LONG_PRESS_MS);
  await page.mouse.up();
}

const { 'text selected': selected, 'click, then scroll': scrolled, ...taps } = KINDS; // a mouse does those

export const TOUCHES = { ...taps, 'swipe from a button': swipe, 'long press': longPress };
