import type { Storage } from "@graphiql/toolkit";

// `shouldPersistHeaders={false}` keeps headers out of the stored tabs, but GraphiQL's history stores them all the same.
const TOKEN = /(Bearer\s+)[^\s"\\]+/gi;

/** localStorage for GraphiQL's tabs, history and settings, which no bearer token ever enters. */
export const tokenless: Storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, value.replace(TOKEN, "$1")),
  removeItem: (key) => localStorage.removeItem(key),
  clear() {
    Object.keys(localStorage)
      .filter((key) => key.startsWith("graphiql:"))
      .forEach((key) => localStorage.removeItem(key));
  },
};
