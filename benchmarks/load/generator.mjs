// node generator.mjs --url http://127.0.0.1:PORT/graphql --requests FILE --sizes FILE --connections 16 --seconds 5 [--rate 300]
// FILEs as for wrk.lua. Without a rate each connection sends its next request when it has its answer, and the answers still
// on their way at the end are waited for. With one, requests go out at that rate whether answers come or not, and a wait
// counts from when a request should have gone out. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';

const PATIENCE_MS = 5000; // a person's; what has no answer then is an error
const MAX_SOCKETS = 1000;

const text = { type: 'string' };
const options = { url: text, requests: text, sizes: text, connections: text, seconds: text, rate: { ...text, default: '0' } };
const { values } = parseArgs({ options });
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const expected = readFileSync(values.sizes, 'utf8').split('\n').filter(Boolean);
const [any, withErrors] = [expected.includes('any'), expected.includes('errors')];
const sizes = new Set(expected.map(Number));
const requests = readFileSync(values.requests, 'utf8').split('\n').filter(Boolean).map((line) => {
  const tab = line.indexOf('\t');
  const body = Buffer.from(line.slice(tab + 1));
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'content-length': body.length };
  if (line.slice(0, tab) !== '-') headers.authorization = `Bearer ${line.slice(0, tab)}`;
  return { body, headers };
});

const { hostname, port, pathname: path } = new URL(values.url);
const agent = new Agent({ keepAlive: true, maxSockets: rate ? MAX_SOCKETS : connections });
const waits = [];
const lags = [];
const counts = { good: 0, wrong: 0, errors: 0, bytes: 0 };
let next = 0;

function judge(status, chunks) {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  counts.bytes += size;
  if (status !== 200) return 'errors';
  if (sizes.has(size)) return 'good';
  const body = Buffer.concat(chunks);
  if (!body.includes('"errors":')) return any ? 'good' : 'wrong';
  return withErrors && body.includes('"data":{') ? 'good' : 'errors';
}

// Resolves when the request is answered or given up; never rejects.
function ask(since) {
  const { body, headers } = requests[next++ % requests.length];
  return new Promise((resolve) => {
    let finished = false;
    const finish = (verdict) => {
      if (finished) return;
      finished = true;
      clearTimeout(timer);
      counts[verdict]++;
      if (verdict === 'good') waits.push(performance.now() - since);
      resolve();
    };
    const sent = request({ hostname, port, path, method: 'POST', headers, agent }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => finish(judge(answer.statusCode, chunks)));
      answer.on('error', () => finish('errors'));
    });
    const timer = setTimeout(() => sent.destroy(new Error('no answer')), Math.max(1, PATIENCE_MS - (performance.now() - since)));
    sent.on('error', () => finish('errors'));
    sent.end(body);
  });
}

async function inTurn(until) {
  while (performance.now() < until) await ask(performance.now());
}

async function atRate(start, until) {
  const under_way = [];
  for (let sent = 0; performance.now() < until; await new Promise((resolve) => setTimeout(resolve, 1))) {
    for (const due = Math.min(performance.now() - start, seconds * 1000) * rate / 1000; sent < due; sent++) {
      const since = start + (sent * 1000) / rate;
      lags.push(performance.now() - since);
      under_way.push(ask(since));
    }
  }
  await Promise.all(under_way);
}

const start = performance.now();
const until = start + seconds * 1000;
await (rate ? atRate(start, until) : Promise.all(Array.from({ length: connections }, () => inTurn(until))));
const took = (performance.now() - start) / 1000;
agent.destroy();

waits.sort((one, other) => one - other);
lags.sort((one, other) => one - other);
const quantile = (sorted, q) => Number((sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0).toFixed(3));
const quantiles = { p50_ms: quantile(waits, 0.5), p95_ms: quantile(waits, 0.95), p99_ms: quantile(waits, 0.99) };
console.log(JSON.stringify({ seconds: took, ...counts, ...quantiles, lag_ms: quantile(lags, 0.95) }));
