// What stands around the page: an OTLP backend, a stand-in for Datadog's intake, and otelrum between.
import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STARTS_WITHIN_MS = 60_000; // interpreted, beside three browsers

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** An HTTP server that gives each body to `keep`. */
async function taking(keep) {
  const server = createHttpServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      keep(request, Buffer.concat(parts).toString());
      const headers = { 'Access-Control-Allow-Origin': request.headers.origin ?? '*', 'Content-Type': 'application/json' };
      response.writeHead(200, { ...headers, 'Access-Control-Allow-Headers': '*' }).end('{}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: server.address().port, close: () => server.close() };
}

const plain = (value) =>
  value.stringValue ?? value.boolValue ?? value.doubleValue ??
  (value.intValue !== undefined ? Number(value.intValue) : undefined) ??
  value.arrayValue?.values?.map(plain) ?? null;

const attributes = (list) => Object.fromEntries((list ?? []).map(({ key, value }) => [key, plain(value)]));

/** An OTLP/HTTP backend: spans and records as plain objects. */
export async function backend() {
  const items = [];
  const server = await taking((request, body) => {
    const sent = JSON.parse(body);
    for (const group of sent.resourceSpans ?? [])
      for (const scope of group.scopeSpans ?? [])
        for (const span of scope.spans)
          items.push({ start_ms: Number(span.startTimeUnixNano) / 1e6, scope: scope.scope?.name, name: span.name, ...attributes(span.attributes) });
    for (const group of sent.resourceLogs ?? [])
      for (const scope of group.scopeLogs ?? [])
        for (const record of scope.logRecords)
          items.push({ start_ms: Number(record.timeUnixNano) / 1e6, name: record.eventName, ...attributes(record.attributes) });
  });
  return { ...server, items };
}

/** The stand-in for Datadog's intake: every event of its SDK. */
export async function intake() {
  const events = [];
  const server = await taking((request, body) => {
    for (const line of body.split('\n')) if (line.startsWith('{')) events.push(JSON.parse(line));
  });
  return { ...server, events };
}

export async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** otelrum before this backend, with more processors at its door and settings of `rum_action` if wanted; `end` drains it. */
export async function otelrum(out, door = {}, settings = {}) {
  const port = await freePort();
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}`, cors: { allowed_origins: ['*'], allowed_headers: ['*'] } } } } },
    // What Datadog's SDK sends is no more of the page than what the exporters send.
    processors: { ...door, rum_action: { ignore_urls: ['[?&]ddforward='], ...settings }, batch: { timeout: '50ms' } },
    exporters: { otlp_http: { endpoint: `http://127.0.0.1:${out}`, encoding: 'json', compression: 'none' } },
    service: {
      telemetry: { metrics: { level: 'none' }, logs: { level: 'error' } },
      pipelines: Object.fromEntries(
        ['traces', 'logs'].map((signal) => [signal, { receivers: ['otlp'], processors: [...Object.keys(door), 'rum_action', 'batch'], exporters: ['otlp_http'] }]),
      ),
    },
  };
  const file = join(await mkdtemp(join(tmpdir(), 'otelrum-')), 'otelrum.yaml');
  await writeFile(file, JSON.stringify(config));
  const root = new URL('../..', import.meta.url).pathname;
  const process = spawn(`${root}.venv/bin/otelrum`, ['--config', file], { stdio: 'inherit' });
  const ended = new Promise((resolve) => process.on('exit', resolve));
  for (let n = 0; n < STARTS_WITHIN_MS / 50 && process.exitCode === null; n += 1) {
    const open = await new Promise((resolve) => {
      const probe = connect(port, '127.0.0.1', () => resolve(true) ?? probe.end());
      probe.on('error', () => resolve(false));
    });
    if (open) return { port, end: () => process.kill('SIGTERM') && ended };
    await wait(50);
  }
  throw new Error('otelrum does not listen');
}
