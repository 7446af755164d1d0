// The services' batch reads, over one keep-alive pool.
import { Pool } from 'undici';
import { standIn } from './config.mjs';

const pool = new Pool(standIn, { connections: 128, pipelining: 1, keepAliveTimeout: 20_000, headersTimeout: 2000, bodyTimeout: 2000 });
const headers = { 'content-type': 'application/json', authorization: 'Bearer stand-in' };

// Posts a batch; returns a Map of key to value, or to an Error for that key alone.
async function post(path, keys) {
  const { statusCode, body } = await pool.request({ path, method: 'POST', headers, body: JSON.stringify({ keys }) });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`The ${path.split('/', 2)[1]} service answered ${statusCode}.`);
  }
  const found = new Map();
  for (const row of (await body.json()).rows) found.set(row.key, row.error ? new Error(row.error.code) : row.value);
  return found;
}

// fetch(keys) -> values in the keys' order, undefined for what does not exist.
export const batchGet = (path) => async (ids) => {
  const found = await post(path, ids);
  return ids.map((id) => found.get(id));
};

// The same for searches, whose keys are {customerId, limit}.
export const search = (path) => async (queries) => {
  const found = await post(path, queries.map((query, i) => ({ ref: String(i), ...query })));
  return queries.map((_, i) => found.get(String(i)));
};
