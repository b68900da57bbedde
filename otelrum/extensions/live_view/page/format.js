// Values as people read them.

/** `297 ms`, `1.25 s`; a dash where there is nothing to say. */
export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  if (Math.abs(ms) >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${Math.abs(ms) < 10 && ms % 1 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The time of the day. */
export function timeOfDay(unixMs) {
  return new Date(unixMs).toLocaleTimeString([], { hour12: false });
}

export const FRUSTRATIONS = { rage_click: 'rage', dead_click: 'dead', error_click: 'error' };

/** What of an address distinguishes pages. */
export function pathOf(address) {
  const url = URL.parse(address);
  return url ? url.pathname + url.search + url.hash : address;
}
