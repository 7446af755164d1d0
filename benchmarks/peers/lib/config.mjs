import { readFileSync } from 'node:fs';

export const port = Number(process.env.PORT ?? 9200);
export const standIn = process.env.STANDIN ?? 'http://127.0.0.1:9100';
export const redisUrl = process.env.REDIS_URL || null;
// Seconds that cached values may be used; unset: for each kind of value what the Order Center itself allows.
export const ttl = process.env.TTL ? Number(process.env.TTL) : null;
export const typeDefs = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');

process.on('SIGTERM', () => process.exit(0));
