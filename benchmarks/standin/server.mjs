// The three services of docs/contracts.md in one process, much faster than any gateway: ready-made JSON, and HTTP/1.1
// parsed by hand on node:net (keep-alive, bodies with a content-length). Not a service for anything but benchmarks: it
// filters and sorts nothing, and believes whatever token it is shown.
//   PORT=9100 DELAY_MS="order=0,payment=0,recs=200" JITTER_MS="recs=50" DOWN="payment" node server.mjs
//   GET /stats · POST /stats/reset · POST /control {"delayMs": {...}, "jitterMs": {...}, "lateMs": {...}, "down": [...]}
import net from 'node:net';
import { KeyError, endpoints } from './endpoints.mjs';
import { Modes } from './modes.mjs';
import { binary } from './template.mjs';

const MAX_KEYS = 500;
const MAX_BODY = 1_000_000;
// What needs no escape in JSON.
const PLAIN = /^[\w#]*$/;
const modes = new Modes(process.env);
const byPath = new Map();

const REASONS = { 200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 405: 'Method Not Allowed', 411: 'Length Required', 413: 'Content Too Large', 503: 'Service Unavailable', 504: 'Gateway Timeout' };
const http = (status, body, type = 'application/json', more = '') =>
  `HTTP/1.1 ${status} ${REASONS[status]}\r\ncontent-type: ${type}\r\n${more}content-length: ${body.length}\r\n\r\n${body}`;
const json = (value) => http(200, binary(value));
const problem = (status, code, more) =>
  http(status, binary({ type: 'about:blank', title: REASONS[status], status, detail: code, code }), 'application/problem+json', more);

function row(read, key) {
  const id = typeof key === 'string' ? key : key.ref;
  const name = PLAIN.test(id) ? `"${id}"` : binary(id);
  try {
    const value = read(key);
    return value === undefined ? '' : `{"key":${name},"value":${value}}`;
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    return `{"key":${name},"error":{"code":"${error.code}","message":"The stand-in does not serve this."}}`;
  }
}

function rows(path, body) {
  // The body is a binary string; what is not ASCII in it must become text before it is compared or repeated.
  const { keys } = JSON.parse(Buffer.from(body, 'latin1').toString());
  const ofSearch = path.endsWith(':search');
  const fits = (key) => (ofSearch ? typeof key?.ref === 'string' && typeof key.customerId === 'string' : typeof key === 'string');
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > MAX_KEYS || !keys.every(fits)) return problem(400, 'INVALID_REQUEST');
  const read = endpoints.get(path);
  let text = '';
  for (const key of ofSearch ? keys : new Set(keys)) {
    const one = row(read, key);
    if (one) text += (text ? ',' : '') + one;
  }
  return http(200, `{"rows":[${text}]}`);
}

function control(method, path, body) {
  if (path === '/stats/reset' && method === 'POST') byPath.clear();
  else if (path === '/control' && method === 'POST') {
    try {
      modes.change(JSON.parse(body));
    } catch (error) {
      return problem(400, error.message);
    }
    return json(modes);
  } else if (path !== '/stats') return problem(404, 'NOT_FOUND');
  const calls = [...byPath.values()].reduce((sum, count) => sum + count, 0);
  return json({ calls, byPath: Object.fromEntries(byPath) });
}

// Answers one request: the response, and after how many milliseconds.
function answer(head, body) {
  const [method, path] = head.slice(0, head.indexOf('\r\n')).split(' ');
  const service = path.slice(1, path.indexOf('/', 1));
  if (path === `/${service}/health`) return [json({ status: 'ok', service }), 0];
  if (!endpoints.has(path)) return [control(method, path, body), 0];
  if (method !== 'POST') return [problem(405, 'METHOD_NOT_ALLOWED'), 0];
  byPath.set(path, (byPath.get(path) ?? 0) + 1);
  if (!/\r\nauthorization: *bearer ./i.test(head)) return [problem(401, 'UNAUTHENTICATED'), 0];
  const delay = modes.delay(service);
  if (modes.down.has(service)) return [problem(503, 'UNAVAILABLE', 'retry-after: 1\r\n'), delay];
  const limit = delay ? Number(/\r\nx-request-timeout-ms: *(\d+)/i.exec(head)?.[1] ?? Infinity) : Infinity;
  if (delay > limit) return [problem(504, 'DEADLINE_EXCEEDED'), limit];
  try {
    return [rows(path, body), delay];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [problem(400, 'INVALID_REQUEST'), 0];
  }
}

function converse(socket) {
  let rest = '';
  const refuse = (status) => socket.end(problem(status, 'INVALID_REQUEST', 'connection: close\r\n'), 'latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    rest += chunk.latin1Slice();
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = rest.slice(0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (/\r\ntransfer-encoding:/i.test(head)) return refuse(411);
      if (length > MAX_BODY) return refuse(413);
      const next = end + 4 + length;
      if (rest.length < next) return;
      const [response, delay] = answer(head, rest.slice(end + 4, next));
      rest = rest.slice(next);
      if (delay > 0) setTimeout(() => socket.writable && socket.write(response, 'latin1'), delay);
      else socket.write(response, 'latin1');
    }
  });
}

const port = Number(process.env.PORT ?? 9100);
net.createServer({ noDelay: true }, converse).listen(port, '127.0.0.1', 1024, () => console.log(`stand-in on ${port}`));
process.on('SIGTERM', () => process.exit(0));
