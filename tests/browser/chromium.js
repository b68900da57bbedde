// The system's Chromium; without one the tests fail.
import { access } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function launch(args = []) {
  for (const executablePath of PLACES)
    if (await access(executablePath).then(() => true, () => false)) return chromium.launch({ executablePath, args: ['--no-sandbox', ...args] });
  throw new Error('no Chromium: make test-browser installs it with apt-get');
}
