// What the pages of component libraries share: the telemetry, and what their widgets set off.
import { watch } from '../../../examples/shop/telemetry.js';

window.flush = watch(new URLSearchParams(location.search).get('collector'));

export const get = (delay = 90, status = 200) => fetch(`/api/offers?delay=${delay}&status=${status}&n=${Math.random()}`);
