// Hive Gateway. The same: our secret goes to us alone.
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime'
import { serving } from './http.mjs'

export async function hiveRouter(supergraph, secret) {
  const runtime = createGatewayRuntime({
    supergraph,
    logging: false,
    propagateHeaders: {
      fromClientToSubgraphs({ request, subgraphName }) {
        const headers = {}
        for (const name of ['authorization', 'traceparent']) {
          const value = request.headers.get(name)
          if (value) headers[name] = value
        }
        if (subgraphName === 'order-center') headers['router-authorization'] = secret
        return headers
      },
    },
  })
  return await serving(runtime)
}
