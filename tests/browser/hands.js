// What a user's hand does on a page of any engine: each call gives the act of one kind.
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A place in the element, in view, once it is there: by default its middle. */
export const spot = (page, selector, [fx, fy] = [0.5, 0.5]) =>
  page.evaluate(
    async ([chosen, x, y]) => {
      let element;
      for (let n = 0; n < 100 && !(element = document.querySelector(chosen)); n += 1) await new Promise((later) => setTimeout(later, 100));
      if (!element) throw new Error(`nothing is ${chosen}`);
      element.scrollIntoView({ block: 'nearest' });
      const box = element.getBoundingClientRect();
      return { x: box.x + box.width * x, y: box.y + box.height * y };
    },
    [selector, fx, fy],
  );

async function moveTo(page, selector, at) {
  const { x, y } = await spot(page, selector, at);
  await page.mouse.move(x, y);
}

async function pressed(page, holdMs = 50) {
  await page.mouse.down();
  await wait(holdMs);
  await page.mouse.up();
}

/** One click, held for as long as a finger does. */
export const press = (selector, { at, holdMs } = {}) => async (page) => {
  await moveTo(page, selector, at);
  await pressed(page, holdMs);
};

/** The button goes down here and up there. What it moves changes in the middle of the press's first 100 ms, not at their end. */
export const drag = (from, to, { fromAt, toAt } = {}) => async (page) => {
  const end = await spot(page, to, toAt);
  await moveTo(page, from, fromAt);
  await page.mouse.down();
  await wait(20);
  await page.mouse.move(end.x, end.y);
  await wait(60);
  await page.mouse.up();
};

/** Marks words as a reader does. */
export const select = (selector) => drag(selector, selector, { fromAt: [0.02, 0.5], toAt: [0.6, 0.5] });

/** So fast that both are of one burst: their changes are far less than 100 ms apart. */
export const double = (selector) => (page) => page.dblclick(selector, { delay: 15 });

export const rage = (selector, times = 4) => async (page) => {
  await moveTo(page, selector);
  for (let n = 0; n < times; n += 1) {
    await pressed(page, 30);
    await wait(100);
  }
};

/** Clicks, and scrolls at once. */
export const thenScroll = (selector) => async (page) => {
  await press(selector)(page);
  await page.mouse.wheel(0, 200);
};

/** Clicks a field, and writes. */
export const thenType = (selector, text) => async (page) => {
  await press(selector)(page);
  for (const letter of text) await page.keyboard.press(letter);
};
