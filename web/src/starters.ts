/** A query to start from. Its file opens with a comment: the title, an empty line, then what it shows. */
export interface Starter {
  readonly title: string;
  readonly about: string;
  readonly query: string;
  readonly variables: string;
}

const QUERIES = import.meta.glob<string>("./starters/*.graphql", { query: "?raw", import: "default", eager: true });
const VARIABLES = import.meta.glob<string>("./starters/*.json", { query: "?raw", import: "default", eager: true });

function starter(path: string, query: string): Starter {
  const lines = query.split("\n");
  const comment = lines.slice(0, lines.findIndex((line) => !line.startsWith("#"))).map((line) => line.slice(1).trim());
  return {
    title: comment[0] ?? "",
    about: comment.slice(1).join(" ").trim(),
    query,
    variables: VARIABLES[path.replace(/graphql$/, "json")] ?? "",
  };
}

/** In the order of their file names. */
export const STARTERS: readonly Starter[] = Object.entries(QUERIES)
  .sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }))
  .map(([path, query]) => starter(path, query));
