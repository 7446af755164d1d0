import { type GraphiQLPlugin, pick, UnStyledButton, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { type JSX, useEffect } from "react";

import { type Starter, STARTERS } from "./starters";

/** Opens a starter in a tab: the one that already holds it unchanged, this one if it is empty, else a new one. */
function useOpen(): (starter: Starter) => void {
  const { tabs, queryEditor, variableEditor } = useGraphiQL(pick("tabs", "queryEditor", "variableEditor"));
  const { addTab, changeTab } = useGraphiQLActions();
  return ({ query, variables }) => {
    const open = tabs.findIndex((tab) => tab.query === query);
    if (open >= 0) {
      changeTab(open);
      return;
    }
    if (queryEditor?.getValue().trim()) addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
    queryEditor?.focus();
  };
}

function Pane(): JSX.Element {
  const open = useOpen();
  const { tabs, activeTabIndex } = useGraphiQL(pick("tabs", "activeTabIndex"));
  // GraphiQL opens a tab at the end of a row that may be longer than the window.
  useEffect(() => {
    document.querySelector(".graphiql-tab-active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [activeTabIndex]);
  return (
    <section className="oc-starters" aria-label="Starter queries">
      <h2>Starter queries</h2>
      <p className="oc-hint">Pick one and press the run button, or Ctrl-Enter.</p>
      <ul>
        {STARTERS.map((starter) => (
          <li key={starter.title}>
            <UnStyledButton
              type="button"
              onClick={() => open(starter)}
              aria-current={tabs[activeTabIndex]?.query === starter.query}
            >
              <strong>{starter.title}</strong>
              <small>{starter.about}</small>
            </UnStyledButton>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Icon(): JSX.Element {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M11 2 4 11.5h5L8.5 18 16 8.5h-5.5z" strokeLinejoin="round" />
    </svg>
  );
}

/** The pane beside the editor that offers the starters. */
export const STARTERS_PLUGIN: GraphiQLPlugin = { title: "Starter queries", icon: Icon, content: Pane };
