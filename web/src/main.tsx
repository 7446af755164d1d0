import "./workers";
import "graphiql/style.css";
import "./page.css";

import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { createFetcher } from "./fetcher";
import { BLANK } from "./headers";
import { People } from "./people";
import { Header } from "./picker";
import { STARTERS } from "./starters";
import { STARTERS_PLUGIN } from "./starters-pane";
import { tokenless } from "./storage";

// Props of GraphiQL that must keep their identity.
const PLUGINS = [STARTERS_PLUGIN, HISTORY_PLUGIN];
const FIRST_PANE = window.innerWidth < 900 ? "" : STARTERS_PLUGIN;

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}`);
  return found;
}

async function start(): Promise<void> {
  const people = new People();
  await people.load().catch(() => undefined);
  const headers = people.list.length > 0 ? BLANK : "";
  const fetcher = createFetcher(people);
  const place = element("header");
  createRoot(element("page")).render(
    <StrictMode>
      <GraphiQL
        fetcher={fetcher}
        plugins={PLUGINS}
        visiblePlugin={FIRST_PANE}
        defaultTabs={STARTERS.slice(0, 1).map(({ query, variables }) => ({ query, variables, headers }))}
        defaultHeaders={headers}
        defaultEditorToolsVisibility="headers"
        shouldPersistHeaders={false}
        storage={tokenless}
        inputValueDeprecation
        schemaDescription
      >
        <Header people={people} place={place} />
      </GraphiQL>
    </StrictMode>,
  );
}

void start();
