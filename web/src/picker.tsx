import { ChevronDownIcon, DropdownMenu, pick, useGraphiQL } from "@graphiql/react";
import { type JSX, useEffect, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";

import { bearerOf, textWithBearer } from "./headers";
import type { People, Person } from "./people";

/** Keeps the chosen person's token in the headers editor, where it can be seen and edited like anything else there. */
function useToken(people: People): (person: Person) => void {
  const { headerEditor } = useGraphiQL(pick("headerEditor"));
  const person = useSyncExternalStore(people.subscribe, people.chosen);

  useEffect(() => {
    if (headerEditor === undefined || person === null) return undefined;
    const fill = (): void => {
      const text = headerEditor.getValue();
      const used = bearerOf(text);
      // An empty place is filled when a tab opens, not while somebody is pasting a token of their own into it.
      const waits = used === "" ? !headerEditor.hasTextFocus() : used !== null && people.issued(used);
      if (waits && used !== person.token) headerEditor.setValue(textWithBearer(text, person.token));
    };
    fill();
    const listening = headerEditor.onDidChangeModelContent(() => queueMicrotask(fill));
    return () => listening.dispose();
  }, [headerEditor, person, people]);

  return (choice) => {
    people.choose(choice);
    headerEditor?.setValue(textWithBearer(headerEditor.getValue(), choice.token));
  };
}

function Face({ name }: { name: string }): JSX.Element {
  return (
    <span className="oc-face" aria-hidden="true">
      {name.charAt(0)}
    </span>
  );
}

function Picker({ people, person }: { people: People; person: Person }): JSX.Element {
  const choose = useToken(people);
  return (
    <div className="oc-person">
      <span className="oc-hint">Asking as</span>
      <DropdownMenu>
        <DropdownMenu.Button className="oc-chosen" aria-label={`Demo person: ${person.name}`}>
          <Face name={person.name} />
          {person.name}
          <ChevronDownIcon aria-hidden="true" />
        </DropdownMenu.Button>
        <DropdownMenu.Content align="end" className="oc-people" aria-label="Demo people">
          {people.list.map((one) => (
            <DropdownMenu.Item key={one.id} onSelect={() => choose(one)} data-chosen={one.id === person.id}>
              <Face name={one.name} />
              <span>
                <strong>{one.name}</strong>
                <small>{one.summary}</small>
              </span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu>
    </div>
  );
}

/** The bar above GraphiQL, drawn into `place`: whose page this is, and whom it asks as. */
export function Header({ people, place }: { people: People; place: HTMLElement }): JSX.Element {
  const person = useSyncExternalStore(people.subscribe, people.chosen);
  return createPortal(
    <div className="graphiql-container oc-header">
      <svg className="oc-mark" viewBox="0 0 32 32" aria-hidden="true">
        <path d="M16 4.5 26 10v12l-10 5.5L6 22V10zM6 10l10 5.5L26 10M16 15.5v12M11 7.25l10 5.5v4" />
      </svg>
      <h1>Order Center</h1>
      <code>{location.pathname}</code>
      {person === null ? (
        <p className="oc-hint">
          Paste your token into the Headers editor: <code>{'{"Authorization": "Bearer …"}'}</code>
        </p>
      ) : (
        <Picker people={people} person={person} />
      )}
    </div>,
    place,
  );
}
