// A read-through Redis cache inside the batch functions: one MGET per batch.
import { Redis } from 'ioredis';
import { redisUrl, ttl } from './config.mjs';

const redis = redisUrl ? new Redis(redisUrl, { enableAutoPipelining: true, maxRetriesPerRequest: 0 }) : null;
redis?.on('error', (error) => console.error(`Redis: ${error.code ?? error.message}`));

async function read(names) {
  try {
    return await redis.mget(names);
  } catch {
    return names.map(() => null);
  }
}

// Wraps a fetch(keys) -> values; `name(key)` is the Redis key. What does not exist and errors are not kept.
export function cached(name, seconds, fetch) {
  if (!redis) return fetch;
  return async (keys) => {
    const names = keys.map(name);
    const values = (await read(names)).map((text) => (text === null ? undefined : JSON.parse(text)));
    const missing = keys.flatMap((_, i) => (values[i] === undefined ? [i] : []));
    if (missing.length) {
      const fetched = await fetch(missing.map((i) => keys[i]));
      missing.forEach((i, j) => {
        const value = (values[i] = fetched[j]);
        // Nobody waits for the write.
        if (value !== undefined && !(value instanceof Error)) redis.set(names[i], JSON.stringify(value), 'EX', ttl ?? seconds).catch(() => {});
      });
    }
    return values;
  };
}
