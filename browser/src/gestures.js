// What the user does with a pointer or a key, each gesture with an id that all that it sets off carries.
import { describe } from './names.js';
import { nearest, property, xpath } from './elements.js';
import { watchTimer } from './frames.js';
import { newId } from './ids.js';
import { attempt, listen, wallTime } from './natives.js';
import { options, report } from './spans.js';

let doing = []; // the gesture of the latest pointerdown, and the latest click after it that no pointer made
let clicking; // the gesture whose click comes, or is being dispatched
let isSelected; // whether anything is; asking at each pointerdown would be slow

/** The latest gesture. */
const latest = () => doing.at(-1);

const facts = (element) => ({
  ...attempt(() => describe(element, options.privacy ?? 'mask')), // a page that has not called `start` has allowed nothing
  ...(options.mutations && { 'browser.mutation_observer': true }),
});

/** A gesture on an element as it is now (the page may change it before the gesture ends), and where on it. */
function gesture(element, event, where) {
  const ids = { 'interaction.id': newId() };
  const own = {
    ...ids,
    event_type: 'click',
    target_element: property(element, 'tagName'),
    target_xpath: attempt(() => xpath(element)),
    ...facts(element),
    ...where,
  };
  // `at`: its wall time, made of the clock of now as that of its changes will be: where clocks are of whole ms, none of
  // them is reported as earlier. `did`: when the user first did each type of activity; `isOver`: the click is reported.
  return { ids, own, at: wallTime(event.timeStamp), isSelected, did: {} };
}

/** Where on the element, and how large that is. */
function position(element, event) {
  const box = element.getBoundingClientRect();
  return {
    'interaction.x': event.clientX - box.left,
    'interaction.y': event.clientY - box.top,
    'interaction.button': event.button,
    'target.width': box.width,
    'target.height': box.height,
  };
}

const reportActivity = (by, type) => report('user.activity', { 'user.activity.type': type, ...by.ids }, by.did[type]);

function reportClick(by) {
  report('click', by.own, by.at);
  by.isOver = true;
  clicking = by;
  for (const type in by.did) reportActivity(by, type);
  watchTimer(by.at);
}

/** Call `act(element, event)` with what a pointer, the first of several, does to an element. */
const hear = (type, act) =>
  listen(type, (event) => {
    const [element] = event.composedPath(); // inside open shadow roots too
    // No click says that it is the first pointer's.
    if (element instanceof Element && (event.isPrimary || type === 'click')) act(element, event);
  });

function watchPointer() {
  hear('pointerdown', (element, event) => {
    clicking = null;
    doing = [gesture(element, event, attempt(() => position(element, event)))];
    watchTimer(latest().at);
  });
  hear('pointerup', (_, event) => {
    const [by] = doing;
    if (!by || by.isOver) return;
    const at = wallTime(event.timeStamp);
    by.own['interaction.press_ms'] = at - by.at;
    by.at = at;
    reportClick(by);
  });
}

/** A click of the pointer's gesture, or one that no pointer made: by a key, or by what helps a user. */
function watchClicks() {
  const CLICK_WAIT_MS = 1000; // the click has the time stamp of its pointerup, or of soon after
  listen('keydown', () => (clicking = null)); // a click that comes now is the key's
  hear('click', (element, event) => {
    const isExpected = clicking && wallTime(event.timeStamp) - clicking.at < CLICK_WAIT_MS;
    const isOfList = latest() && event.button < 0; // a select's list, which the browser closes
    if (!(isExpected || isOfList)) {
      doing = [...doing.slice(0, 1), gesture(element, event)];
      reportClick(latest());
    }
    if (!nearest(element, 'label')) clicking = null; // a label's click is followed by one on its field
  });
}

/** What the user does besides, reported once a type and gesture, from its pointerdown to the next one. */
function watchActivity() {
  const does = (type) => {
    for (const by of doing) {
      if (by.did[type]) continue;
      by.did[type] = Date.now();
      if (by.isOver) reportActivity(by, type);
    }
  };
  listen('input scroll', (event) => does(event.type));
  listen('selectionchange', () => {
    isSelected = getSelection()?.isCollapsed === false;
    if (isSelected || latest()?.isSelected) does('selection');
  });
}

export function watchGestures() {
  watchPointer();
  watchClicks();
  watchActivity();
}

/** The attributes that a click of now has of its gesture: none where there was no gesture. */
export const ofGesture = () => latest()?.ids;

/**
 * The hook of `@opentelemetry/instrumentation-user-interaction`: give it as `shouldPreventSpanCreation`.
 * It puts the gesture's id on the span, and never prevents one.
 */
export function interactionHook(type, element, span) {
  attempt(() => span.setAttributes((type === 'click' && ofGesture()) || facts(element)));
  return false;
}
