import { createGraphiQLFetcher, type Fetcher, type FetcherOpts } from "@graphiql/toolkit";
import { type DocumentNode, visit } from "graphql";

import { bearer, withBearer } from "./headers";
import type { People } from "./people";

const JSON_ANSWER = "application/graphql-response+json, application/json";

function arrivesInParts(document: DocumentNode | undefined): boolean {
  let found = false;
  if (document !== undefined) {
    visit(document, {
      Directive: ({ name }) => {
        found ||= name.value === "defer" || name.value === "stream";
      },
    });
  }
  return found;
}

function fetcherFor(accept: string, enableIncrementalDelivery: boolean): Fetcher {
  const address = new URL(location.pathname, location.href);
  const socket = new URL(address);
  socket.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return createGraphiQLFetcher({
    url: address.href,
    subscriptionUrl: socket.href,
    headers: { accept, "GraphQL-Preflight": "1" },
    enableIncrementalDelivery,
  });
}

/** Replaces the picker's own token by a fresh one. Tokens from elsewhere, and the absence of one, are the author's decision. */
async function renewed(people: People, options: FetcherOpts, isIntrospection: boolean): Promise<FetcherOpts> {
  const headers: Record<string, unknown> = options.headers ?? {};
  const used = bearer(headers);
  // The schema is asked for before the headers editor exists.
  const mayReplace = used === null ? isIntrospection : used === "" || people.issued(used);
  const token = mayReplace ? await people.token() : null;
  return token === null ? options : { ...options, headers: withBearer(headers, token) };
}

/** Sends operations to the page's own address: POST, multipart for @defer and @stream, WebSocket for subscriptions. */
export function createFetcher(people: People): Fetcher {
  const whole = fetcherFor(JSON_ANSWER, false);
  const parts = fetcherFor(`multipart/mixed, ${JSON_ANSWER}`, true);
  return async (operation, options = {}) => {
    const fresh = await renewed(people, options, operation.operationName === "IntrospectionQuery");
    return (arrivesInParts(options.documentAST) ? parts : whole)(operation, fresh);
  };
}
