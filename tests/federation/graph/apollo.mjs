// Apollo's gateway. It shows our secret to us alone, and passes on who asks and the trace.
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'

export async function apolloRouter(supergraphSdl, secret) {
  class Subgraph extends RemoteGraphQLDataSource {
    constructor({ name, url }) {
      super({ url })
      this.name = name
    }

    willSendRequest({ request, context }) {
      for (const header of ['authorization', 'traceparent']) {
        if (context.headers?.[header]) request.http.headers.set(header, context.headers[header])
      }
      if (this.name === 'order-center') request.http.headers.set('router-authorization', secret)
    }
  }

  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: (definition) => new Subgraph(definition),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const server = new ApolloServer({ gateway, includeStacktraceInErrorResponses: false })
  const context = async ({ req }) => ({ headers: req.headers })
  const { url } = await startStandaloneServer(server, { context, listen: { host: '127.0.0.1', port: 0 } })
  return url
}
