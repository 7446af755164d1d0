// Prints the results of graphql-http's audits of the server at the given URL as JSON.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
// The audits that ask by GET know nothing of protection against forged requests.
const fetchFn = (target, options) =>
  fetch(target, { ...options, headers: { "GraphQL-Preflight": "1", ...options?.headers } });
const results = [];
for (const audit of serverAudits({ url, fetchFn })) {
  const { status, name, reason } = await audit.fn();
  results.push({ id: audit.id, name, status, reason });
}
console.log(JSON.stringify(results));
