// The module as `npm run minify` in browser/ makes it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Its bytes, and those of it gzipped. */
export function minified() {
  const { scripts } = JSON.parse(readFileSync(here('../../browser/package.json'), 'utf8'));
  const [, options] = /terser@\S+ (.*) --output/.exec(scripts.minify);
  const made = execFileSync(here('node_modules/.bin/terser'), options.split(' '), { cwd: here('../../browser') });
  return { bytes: made.length, gzipped: gzipSync(made, { level: 9 }).length };
}
