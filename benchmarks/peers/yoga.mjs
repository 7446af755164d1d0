// GraphQL Yoga 5 on node:http, with its parser and validation cache. JIT=1 adds graphql-jit.
import { createServer } from 'node:http';
import { useGraphQlJit } from '@envelop/graphql-jit';
import { createSchema, createYoga } from 'graphql-yoga';
import { port, typeDefs } from './lib/config.mjs';
import { createLoaders } from './lib/loaders.mjs';
import { resolvers } from './lib/resolvers.mjs';

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  context: () => ({ loaders: createLoaders() }),
  parserAndValidationCache: true,
  graphiql: false,
  landingPage: false,
  logging: false,
  cors: false,
  multipart: false,
  plugins: process.env.JIT === '1' ? [useGraphQlJit()] : [],
});
createServer(yoga).listen(port, '127.0.0.1', () => console.log(`yoga on ${port}`));
