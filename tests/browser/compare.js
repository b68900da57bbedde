// Datadog's actions beside otelrum's, click by click.

const NEAR_MS = 25;
const SAME_CLICK_MS = 150; // Datadog dates an action at the pointerup, the instrumentation at the click

// Where both differ on purpose (docs/datadog.md): what a row must look like, and which misses that explains.
const MEANT = [
  {
    why: 'Datadog ends a rage 1 s after its last click, its wait for one more, and counts what falls into that',
    misses: ['loading time', 'counts'],
    fits: ({ theirs, ours }) => theirs.frustration.includes('rage_click') && ours.frustration.includes('rage_click') && theirs.loading_ms > (ours.loading_ms ?? 0),
  },
  { why: 'Datadog leaves the name blank where nothing names the element', misses: ['name'], fits: ({ theirs }) => theirs.name === '' },
];

/** Datadog's click actions, by time. */
export function datadogActions(events) {
  const latest = new Map();
  for (const event of events) if (event.type === 'action' && event.action.type === 'click') latest.set(event.action.id, event);
  return [...latest.values()]
    .map(({ date, action }) => ({
      date,
      name: action.target.name,
      loading_ms: action.loading_time === undefined ? undefined : action.loading_time / 1e6,
      counts: ['resource', 'error', 'long_task'].map((key) => action[key]?.count ?? 0),
      frustration: [...(action.frustration?.type ?? [])].sort(),
    }))
    .sort((a, b) => a.date - b.date);
}

/** otelrum's click actions, by time. */
export function otelrumActions(items) {
  return items
    .filter((item) => item['action.type'] === 'click')
    .map((item) => ({
      date: item.start_ms,
      name: item['action.target.name'],
      loading_ms: item['action.loading_time'] === undefined ? undefined : item['action.loading_time'] / 1e6,
      counts: ['resource', 'error', 'long_task'].map((key) => item[`action.${key}.count`]),
      frustration: [...(item['action.frustration.type'] ?? [])].sort(),
    }))
    .sort((a, b) => a.date - b.date);
}

const isNear = (a, b, nearMs) => (a === undefined || b === undefined ? a === b : Math.abs(a - b) <= nearMs);
const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// What spans alone cannot show: only the log events see images.
export const WITHOUT_EVENTS = {
  why: 'without log events nobody reports images',
  misses: ['loading time', 'counts'],
  fits: ({ kind }) => kind === 'images',
};

/** Why these misses are meant; nothing where one of them is not. */
function reasons(row, also) {
  const found = [...MEANT, ...also].filter(({ fits }) => row.ours && fits(row));
  return row.misses.every((miss) => found.some(({ misses }) => misses.includes(miss))) ? found.map(({ why }) => why) : [];
}

/**
 * One row for each of Datadog's actions, and the actions that only otelrum has. `kindAt` says which kind of click was
 * made then, `also` which more misses are meant, `lateMs` how exactly this machine keeps time.
 */
export function compare(datadog, otelrum, { kindAt, lateMs, also = [] }) {
  const left = new Set(otelrum);
  const rows = datadog.map((theirs) => {
    const ours = [...left].sort((a, b) => Math.abs(a.date - theirs.date) - Math.abs(b.date - theirs.date))[0];
    const kind = kindAt(theirs.date);
    if (!ours || Math.abs(ours.date - theirs.date) > SAME_CLICK_MS) return { kind, theirs, misses: ['no action'], why: [] };
    left.delete(ours);
    const alike = {
      name: ours.name === theirs.name,
      'loading time': isNear(ours.loading_ms, theirs.loading_ms, Math.max(NEAR_MS, lateMs)),
      counts: isSame(ours.counts, theirs.counts),
      frustration: isSame(ours.frustration, theirs.frustration),
    };
    const row = { kind, theirs, ours, misses: Object.keys(alike).filter((key) => !alike[key]) };
    return { ...row, why: reasons(row, also) };
  });
  return { rows, only: [...left] };
}
