/** A demo person as the gateway hands them out, with a token that is good for a while. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly token: string;
  readonly expiresAt: string;
}

const ADDRESS = "/graphiql/people";
const REMEMBERED = "order-center:person";
const RENEW_BEFORE_MS = 60_000;

/** Asks the gateway who there is to be. A gateway that hands out no demo people (production) answers 404: nobody. */
async function fetchPeople(): Promise<readonly Person[]> {
  const response = await fetch(ADDRESS, { headers: { accept: "application/json" }, cache: "no-store" });
  return response.ok ? ((await response.json()) as Person[]) : [];
}

/** The demo people and which of them the page speaks for. The choice lives as long as the browser tab, tokens only in memory. */
export class People {
  readonly #listeners = new Set<() => void>();
  readonly #issued = new Set<string>();
  #list: readonly Person[] = [];
  #chosen: Person | null = null;

  get list(): readonly Person[] {
    return this.#list;
  }

  readonly chosen = (): Person | null => this.#chosen;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether the picker wrote this token (and so may replace it), now or before a renewal. */
  issued(token: string): boolean {
    return this.#issued.has(token);
  }

  choose(person: Person): void {
    sessionStorage.setItem(REMEMBERED, person.id);
    this.#set(person);
  }

  /** Fetches everybody with fresh tokens and keeps the choice; the first one is chosen when nobody was. */
  async load(): Promise<void> {
    this.#list = await fetchPeople();
    for (const person of this.#list) this.#issued.add(person.token);
    const id = this.#chosen?.id ?? sessionStorage.getItem(REMEMBERED);
    this.#set(this.#list.find((person) => person.id === id) ?? this.#list[0] ?? null);
  }

  /** The chosen person's token, renewed if it is about to expire; null when nobody is chosen. */
  async token(): Promise<string | null> {
    const left = this.#chosen === null ? Infinity : Date.parse(this.#chosen.expiresAt) - Date.now();
    // Without an answer the old token is still the best there is: the gateway then says what is wrong with it.
    if (left < RENEW_BEFORE_MS) await this.load().catch(() => undefined);
    return this.#chosen?.token ?? null;
  }

  #set(person: Person | null): void {
    this.#chosen = person;
    for (const listener of this.#listeners) listener();
  }
}
