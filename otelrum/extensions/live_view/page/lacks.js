// What the pages that send do not report, each with the line that mends it.

import { el } from './dom.js';

function ofOrigin(origin) {
  return {
    service: '', title: `Pages of ${origin} may not send here`, why: 'Their browsers refuse to send, and nothing of them arrives.',
    line: `cors: {allowed_origins: [${JSON.stringify(origin)}]}`,
  };
}

/** Fill the side, and the number beside its link. */
export function showLacks(findings, origins) {
  const all = [...origins.map(ofOrigin), ...findings];
  const count = document.getElementById('lacks-count');
  count.hidden = !all.length;
  count.textContent = all.length;
  document.getElementById('lacks').replaceChildren(...(all.length
    ? all.map((one) => el('article', { class: 'lack' }, el('h2', {}, one.title), one.service && el('p', {}, `Service ${one.service}`),
      el('p', {}, one.why), el('pre', { tabindex: '0' }, one.line)))
    : [el('p', { class: 'empty' }, 'Nothing that this page knows of: the pages that have sent report all that actions are made of.')]));
}
