// Asks by Apollo Client and prints every state that it shows, as JSON: first by its default format, then by the current draft.
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";

const [uri, token, query] = process.argv.slice(2);

async function states(incrementalHandler) {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri, headers: { authorization: `Bearer ${token}` } }),
    incrementalHandler,
  });
  const found = [];
  await new Promise((resolve, reject) => {
    const watched = client.watchQuery({ query: gql(query), errorPolicy: "all" });
    const subscription = watched.subscribe({
      error: reject,
      next: ({ data, dataState, error }) => {
        if (data === undefined) return;
        found.push({ data, dataState, codes: error?.errors?.map((one) => one.extensions.code) ?? [] });
        if (dataState === "complete" || (error && found.length > 1)) {
          subscription.unsubscribe();
          resolve();
        }
      },
    });
  });
  client.stop();
  return found;
}

console.log(
  JSON.stringify([await states(new Defer20220824Handler()), await states(new GraphQL17Alpha9Handler())]),
);
