// The module as `npm run minify` in browser/ makes it, and as a page's own bundler does.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The bytes of each, and those of it gzipped. */
export function minified() {
  const { scripts } = JSON.parse(readFileSync(here('../../browser/package.json'), 'utf8'));
  const [, options] = /terser@\S+ (.*) --output/.exec(scripts.minify);
  const sizes = (program, given) => {
    const made = execFileSync(here(program), given, { cwd: here('../../browser') });
    return { bytes: made.length, gzipped: gzipSync(made, { level: 9 }).length };
  };
  return {
    terser: sizes('node_modules/.bin/terser', options.split(' ')),
    esbuild: sizes('../../examples/shop/node_modules/.bin/esbuild', ['otelrum.js', '--minify', '--bundle', '--format=esm']),
  };
}
