// Apollo Server 5. CACHE_CONTROL=0 drops the cache-control plugin that it installs by default.
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { port, typeDefs } from './lib/config.mjs';
import { createLoaders } from './lib/loaders.mjs';
import { resolvers } from './lib/resolvers.mjs';

const server = new ApolloServer({
  typeDefs,
  resolvers,
  cache: 'bounded',
  introspection: false,
  plugins: process.env.CACHE_CONTROL === '0' ? [ApolloServerPluginCacheControlDisabled()] : [],
});
const { url } = await startStandaloneServer(server, {
  context: async () => ({ loaders: createLoaders() }),
  listen: { port, host: '127.0.0.1' },
});
console.log(`apollo on ${url}`);
