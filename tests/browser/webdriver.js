// Firefox and WebKit by WebDriver, as a page with the few calls of Playwright's that the tests use. WebKit's driver
// speaks HTTP; Firefox by itself the same commands over a socket (Marionette: `LENGTH:[0, id, name, parameters]`).
import { connect } from 'node:net';

const PATHS = {
  NewSession: 'POST', DeleteSession: 'DELETE', SetTimeouts: 'POST /timeouts', SetWindowRect: 'POST /window/rect',
  Navigate: 'POST /url', Back: 'POST /back', FindElement: 'POST /element', ExecuteAsyncScript: 'POST /execute/async',
  PerformActions: 'POST /actions',
};
const KEYS = { Enter: '\uE007', Escape: '\uE00C', Tab: '\uE004', Space: ' ', ArrowDown: '\uE015', ArrowRight: '\uE014' };

/** `send(command, parameters)` to a driver that speaks HTTP. */
export function overHttp(port) {
  let session = '';
  return async (command, parameters = {}) => {
    const [method, path = ''] = PATHS[command].split(' ');
    const body = method === 'POST' ? JSON.stringify(parameters) : undefined;
    const answer = await fetch(`http://127.0.0.1:${port}/session${session}${path}`, { method, body });
    const { value } = await answer.json();
    if (value?.error) throw new Error(`${command}: ${value.error}: ${value.message}`);
    if (value?.sessionId) session = `/${value.sessionId}`;
    return value;
  };
}

/** `send(command, parameters)` to a Firefox that listens on this port. */
export async function overMarionette(port) {
  const socket = connect(port, '127.0.0.1');
  const waiting = new Map();
  let bytes = Buffer.alloc(0);
  const take = ([, id, error, result]) => {
    if (error) waiting.get(id).reject(new Error(`${error.error}: ${error.message}`));
    else waiting.get(id).resolve(result && 'value' in result ? result.value : result);
  };
  socket.on('data', (part) => {
    bytes = Buffer.concat([bytes, part]);
    for (let at; (at = bytes.indexOf(':')) > 0; ) {
      const end = at + 1 + Number(bytes.subarray(0, at));
      if (bytes.length < end) return;
      const message = JSON.parse(bytes.subarray(at + 1, end));
      bytes = bytes.subarray(end);
      if (Array.isArray(message)) take(message); // the first one is a greeting
    }
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return (command, parameters = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(waiting.size, { resolve, reject });
      const text = JSON.stringify([0, waiting.size - 1, `WebDriver:${command}`, parameters]);
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
}

/** A window of this driver; `send` has a session. */
export function pageOf(send) {
  const find = (selector) => send('FindElement', { using: 'css selector', value: selector });
  const act = (type, actions, parameters) => send('PerformActions', { actions: [{ type, id: type, parameters, actions }] });
  const point = (...actions) => act('pointer', actions, { pointerType: 'mouse' });
  const pause = (duration) => ({ type: 'pause', duration });
  const button = (type, which = 0) => ({ type, button: which });
  const press = (delay) => [button('pointerDown'), pause(delay), button('pointerUp')];
  const evaluate = async (act, given) => {
    const script = `const done = arguments[1];
      Promise.resolve((${act})(arguments[0])).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const { value, error } = await send('ExecuteAsyncScript', { script, args: [given ?? null] });
    if (error) throw new Error(error);
    return value;
  };
  /** Clicks so often, `delay` ms each from down to up, where the element is in view. */
  const click = async (selector, times, { delay = 0 } = {}) => {
    const element = await find(selector);
    await evaluate((chosen) => document.querySelector(chosen).scrollIntoView({ block: 'nearest' }), selector);
    const clicks = Array.from({ length: times }, () => [...press(delay), pause(delay)]).flat();
    await point({ type: 'pointerMove', origin: element, x: 0, y: 0, duration: 0 }, ...clicks);
  };
  return {
    evaluate,
    goto: (url) => send('Navigate', { url }),
    goBack: () => send('Back'),
    click: (selector, options) => click(selector, 1, options),
    dblclick: (selector, options) => click(selector, 2, options),
    focus: (selector) => evaluate((chosen) => document.querySelector(chosen).focus(), selector),
    waitForSelector: find,
    keyboard: { press: (key) => act('key', [{ type: 'keyDown', value: KEYS[key] ?? key }, { type: 'keyUp', value: KEYS[key] ?? key }]) },
    mouse: {
      move: (x, y) => point({ type: 'pointerMove', x: Math.round(x), y: Math.round(y), duration: 20 }),
      down: () => point(button('pointerDown')),
      up: () => point(button('pointerUp')),
      wheel: (x, y) => act('wheel', [{ type: 'scroll', x: 200, y: 200, deltaX: x, deltaY: y }]),
    },
  };
}
