// Subscribes with the official clients, makes events happen, and prints as JSON what the clients were given.
import { createHmac } from "node:crypto";

import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";

const [url, token, secret, customer, order] = process.argv.slice(2);
const authorization = `Bearer ${token}`;
const query = "subscription ($id: ID) { orderUpdated(orderId: $id) { id } }";
const operation = { query, variables: { id: order } };

async function happen() {
  const data = { orderId: order, customerId: customer };
  const body = JSON.stringify({ specversion: "1.0", id: "1", source: "/order", type: "order.updated", data });
  const sent = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", secret).update(`1.${sent}.${body}`).digest("base64");
  const headers = { "webhook-id": "1", "webhook-timestamp": sent, "webhook-signature": `v1,${signature}` };
  const { status } = await fetch(new URL("/events", url), { method: "POST", body, headers });
  if (status !== 204) throw new Error(`/events answered ${status}`);
}

// Neither protocol says when a subscription is open: events are repeated until the first one comes.
async function first(iterator) {
  const answer = iterator.next();
  const repeating = setInterval(() => happen().catch(() => undefined), 100);
  const { value } = await answer;
  clearInterval(repeating);
  return value;
}

async function bySocket() {
  let last;
  const seen = [];
  const codes = [];
  const client = createSocketClient({
    url: url.replace("http", "ws"),
    connectionParams: () => ({ authorization, lastEventId: last }),
    retryWait: () => Promise.resolve(),
    on: { closed: (event) => codes.push(event.code) },
  });
  const iterator = client.iterate(operation);
  const note = (answer) => {
    last = answer.extensions.eventId;
    seen.push(answer);
  };
  note(await first(iterator));
  const viewer = (await client.iterate({ query: "{ viewer { id } }" }).next()).value;
  const refused = await client.iterate({ query: "{ nothing }" }).next().then(() => null, (errors) => errors);
  // The connection breaks, and something happens before the client is back.
  const position = last;
  client.terminate();
  await happen();
  const resumed = (await iterator.next()).value;
  note(resumed);
  await iterator.return();
  await client.dispose();
  const [milliseconds] = position.split("-").map(Number);
  const later = Number(resumed.extensions.eventId.split("-")[0]) >= milliseconds;
  return { seen: seen.map(({ data }) => data), viewer, refused: refused.map((one) => one.extensions.code), later, codes };
}

async function byEvents(singleConnection) {
  const client = createSseClient({ url, singleConnection, headers: { authorization }, retryAttempts: 0 });
  const iterator = client.iterate(operation);
  const seen = [(await first(iterator)).data];
  const viewer = (await client.iterate({ query: "{ viewer { id } }" }).next()).value;
  const answer = await client.iterate({ query: "{ nothing }" }).next().then(({ value }) => value, (error) => error);
  const refused = answer.errors?.map((one) => one.extensions.code) ?? answer.response?.status;
  await iterator.return();
  client.dispose();
  return { seen, viewer, refused };
}

console.log(JSON.stringify({ socket: await bySocket(), distinct: await byEvents(false), single: await byEvents(true) }));
process.exit(0);
