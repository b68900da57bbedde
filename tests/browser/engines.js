// The three browser engines: where each is on this machine, and how it is started.
import { spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { launch as launchChromium } from './chromium.js';
import { freePort } from './servers.js';
import { touched } from './touches.js';
import { overHttp, overMarionette, pageOf } from './webdriver.js';

const VIEWPORT = { width: 1280, height: 900 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The first of these programs that is on the PATH. */
async function find(...names) {
  for (const name of names)
    for (const folder of process.env.PATH.split(delimiter))
      if (await access(join(folder, name)).then(() => true, () => false)) return join(folder, name);
}

/** The first answer of `ask`, which fails as long as a program is not ready. */
async function ready(ask) {
  for (let n = 0; n < 300; n += 1) {
    const answer = await ask().catch(() => undefined);
    if (answer) return answer;
    await wait(100);
  }
  throw new Error('a browser did not start within 30 s');
}

async function open(send, close, capabilities = {}) {
  await send('NewSession', { capabilities });
  await send('SetTimeouts', { implicit: 5000, script: 30_000 });
  await send('SetWindowRect', { x: 0, y: 0, ...VIEWPORT });
  return { page: pageOf(send), close };
}

async function chromium(isPhone) {
  const browser = await launchChromium();
  const page = await browser.newPage(isPhone ? PHONE : { viewport: VIEWPORT });
  return { page: isPhone ? await touched(page) : page, close: () => browser.close() };
}

/** A program that `close` ends, and waits for. */
function started(program, given, options) {
  const child = spawn(program, given, { stdio: 'ignore', ...options });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return { child, close: () => child.kill() && ended };
}

async function firefox() {
  const profile = await mkdtemp(join(tmpdir(), 'otelrum-firefox-'));
  await writeFile(join(profile, 'user.js'), 'user_pref("marionette.port", 0);\n');
  const given = ['--headless', '--marionette', '--no-remote', '--profile', profile];
  const { close } = started(await find('firefox-esr', 'firefox'), given);
  const port = await ready(() => readFile(join(profile, 'MarionetteActivePort'), 'utf8'));
  return open(await overMarionette(Number(port)), async () => {
    await close();
    await rm(profile, { recursive: true, force: true });
  });
}

async function webkit() {
  const screen = started('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x1100x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const display = await new Promise((resolve) => screen.child.stdio[3].once('data', (number) => resolve(`:${String(number).trim()}`)));
  const port = await freePort();
  const driver = started('WebKitWebDriver', [`--port=${port}`], { env: { ...process.env, DISPLAY: display } });
  await ready(() => fetch(`http://127.0.0.1:${port}/status`));
  const send = overHttp(port);
  return open(send, async () => {
    await send('DeleteSession');
    await driver.close();
    await screen.close();
  }, { alwaysMatch: {} });
}

/** By name: the programs that it needs, the line that installs them, and its start: a page, and `close`. */
export const ENGINES = {
  chromium: { needs: ['chromium'], install: 'apt-get install --yes chromium', launch: chromium },
  firefox: { needs: ['firefox-esr'], install: 'apt-get install --yes firefox-esr', launch: firefox },
  webkit: { needs: ['WebKitWebDriver', 'Xvfb'], install: 'apt-get install --yes webkit2gtk-driver xvfb', launch: webkit },
};

/** Whether a missing engine is no failure. */
export const MAY_MISS = Boolean(process.env.MAY_MISS_ENGINES);

/** What is missing of this engine, as a sentence; undefined when it can run. */
export async function missing(name) {
  const { needs, install } = ENGINES[name];
  const found = await Promise.all(needs.map((program) => find(program)));
  if (found.includes(undefined))
    return `NO ${name.toUpperCase()} HERE: nothing is known of it. Install it with: ${install} (or go on without it: MAY_MISS_ENGINES=1)`;
}
