// Composes our subgraph with those of two other teams, and runs two routers in front of them.
// Arguments: the gateway's URL, the file with its SDL, the secret that it wants of routers. Prints one line of JSON.
import { readFileSync } from 'node:fs'
import { parse } from 'graphql'
import { apolloRouter } from './apollo.mjs'
import { compose, withoutAccess } from './compose.mjs'
import { hiveRouter } from './hive.mjs'
import { listen, read, serving } from './http.mjs'
import { loyalty } from './loyalty.mjs'
import { reviews } from './reviews.mjs'

const [gateway, file, secret] = process.argv.slice(2)

// The gateway as the routers see it: what they send is remembered on its way.
async function watched() {
  const seen = []
  const url = await serving(async (request, response) => {
    seen.push(request.headers)
    const { host, connection, 'content-length': length, 'transfer-encoding': chunked, ...headers } = request.headers
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const { method, url } = request
    const body = method === 'GET' ? undefined : await read(request)
    const answer = await fetch(new URL(url, gateway), { method, headers, body, signal: gone.signal })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') })
    try {
      for await (const part of answer.body) response.write(part)
    } catch {
      // The router wants no more.
    }
    response.end()
  })
  return { url, typeDefs: parse(readFileSync(file, 'utf8')), seen }
}

const subgraphs = { 'order-center': await watched(), reviews: await reviews(), loyalty: await loyalty() }
const { supergraphs, errors } = compose(subgraphs)
// Apollo Gateway, unlike other routers, refuses a graph that has rules of access. The gateway holds them itself.
const ours = { ...subgraphs['order-center'], typeDefs: withoutAccess(subgraphs['order-center'].typeDefs) }
const { supergraphs: open } = compose({ ...subgraphs, 'order-center': ours })
const seen = await listen(() => {
  const all = Object.entries(subgraphs).map(([name, subgraph]) => [name, subgraph.seen.splice(0)])
  return JSON.stringify(Object.fromEntries(all))
})
const routers = {
  apollo: await apolloRouter(open.apollo, secret),
  hive: await hiveRouter(supergraphs.guild, secret),
}
console.log(JSON.stringify({ supergraphs, errors, seen, routers }))
