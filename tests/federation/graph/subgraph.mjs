// A subgraph over plain HTTP that remembers the headers of the requests it got.
import { buildSubgraphSchema } from '@apollo/subgraph'
import { graphql, parse } from 'graphql'
import { listen, read } from './http.mjs'

export async function serve({ typeDefs, resolvers }) {
  const schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers })
  const seen = []
  const url = await listen(async (request) => {
    seen.push(request.headers)
    const { query, variables, operationName } = JSON.parse(await read(request))
    return JSON.stringify(await graphql({ schema, source: query, variableValues: variables, operationName }))
  })
  return { url, typeDefs: parse(typeDefs), seen }
}
