// Mercurius 16 on Fastify 5; an operation is compiled after its first execution.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { port, typeDefs } from './lib/config.mjs';
import { createLoaders } from './lib/loaders.mjs';
import { resolvers } from './lib/resolvers.mjs';

const app = Fastify({ logger: false });
await app.register(mercurius, {
  schema: typeDefs,
  resolvers,
  context: () => ({ loaders: createLoaders() }),
  jit: 1,
  graphiql: false,
});
await app.listen({ port, host: '127.0.0.1' });
console.log(`mercurius on ${port}`);
