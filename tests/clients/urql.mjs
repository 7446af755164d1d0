// Asks by urql and prints every state that it shows, as JSON.
import { Client, fetchExchange } from "@urql/core";
import { pipe, subscribe } from "wonka";

const [url, token, query] = process.argv.slice(2);
const client = new Client({
  url,
  exchanges: [fetchExchange],
  preferGetMethod: false,
  fetchOptions: { headers: { authorization: `Bearer ${token}` } },
});
const states = [];
await new Promise((resolve) => {
  pipe(
    client.query(query, {}),
    subscribe(({ data, error, hasNext }) => {
      const codes = error?.graphQLErrors.map((one) => one.extensions.code) ?? [];
      states.push(structuredClone({ data, hasNext, codes }));
      if (!hasNext) resolve();
    }),
  );
});
console.log(JSON.stringify(states));
