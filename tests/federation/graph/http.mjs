import { createServer } from 'node:http'

// Answers POSTs with the JSON that `answer` returns; resolves with the server's URL.
export const listen = (answer) =>
  serving(async (request, response) => {
    const body = await answer(request)
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })

export const serving = (handler) =>
  new Promise((resolve) => {
    const server = createServer(handler)
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}/graphql`))
  })

export async function read(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}
