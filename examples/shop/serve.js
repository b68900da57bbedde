// Serves the shop on this machine, bundled on the way: `npm start`, or from a test.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** This file (seen from here) as one script; `more` is what else esbuild is to know. */
export async function bundle(entry, more = {}) {
  const { outputFiles } = await build({
    entryPoints: [here + entry],
    nodePaths: [here + 'node_modules'],
    alias: { otelrum: here + '../../browser' },
    loader: { '.css': 'text' },
    bundle: true, format: 'esm', minify: true, write: false, target: 'es2022', logLevel: 'error',
    ...more,
  });
  return outputFiles[0].text;
}

/** Start it; resolves with its port. `scripts` are more entries to bundle, by path; `index` another page; `more` as above. */
export async function serve(port = 0, scripts = {}, index, more = {}) {
  const served = {};
  for (const [path, entry] of Object.entries({ '/page.js': 'page.js', ...scripts })) served[path] = await bundle(entry, more);
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    await wait(Number(searchParams.get('delay') ?? 0));
    if (served[pathname]) {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(served[pathname]);
    } else if (pathname.startsWith('/api/')) {
      response.writeHead(Number(searchParams.get('status') ?? 200), { 'Content-Type': 'application/json' }).end('{}');
    } else if (pathname === '/photo.svg') {
      const headers = { 'Content-Type': 'image/svg+xml', 'Cache-Control': 'no-store' };
      response.writeHead(200, headers).end('<svg xmlns="http://www.w3.org/2000/svg"/>');
    } else if (!pathname.includes('.')) {
      const html = await readFile(index ?? here + 'index.html', 'utf8');
      const extra = Object.keys(scripts).filter((path) => path !== '/page.js').map((path) => `<script type="module" src="${path}"></script>`);
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(html.replace('<body>', `${extra.join('')}<body>`));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(port, process.env.HOST ?? '127.0.0.1', resolve));
  return { port: server.address().port, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { port } = await serve(Number(process.env.PORT ?? 8080));
  console.log(`the shop is at http://localhost:${port}/ and sends to http://localhost:4318`);
}
