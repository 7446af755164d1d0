/** The text of GraphiQL's headers editor: a JSON object that the person may edit, break or empty at any time. */

const BEARER = /^Bearer\b\s*(.*)$/i;

/** A headers editor that waits for somebody's token. */
export const BLANK = '{\n  "Authorization": "Bearer "\n}';

function parse(text: string): Record<string, unknown> | null {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function nameOf(headers: Record<string, unknown>): string | undefined {
  return Object.keys(headers).find((name) => name.toLowerCase() === "authorization");
}

/** The bearer token in `headers`: null where there is none, "" where its place is empty. */
export function bearer(headers: Record<string, unknown>): string | null {
  const name = nameOf(headers);
  const value = name === undefined ? null : headers[name];
  return typeof value === "string" ? (BEARER.exec(value)?.[1] ?? null) : null;
}

/** The bearer token in the editor's text; null also when the text is no JSON object. */
export function bearerOf(text: string): string | null {
  const headers = parse(text);
  return headers === null ? null : bearer(headers);
}

/** `headers` with this token and everything else kept. */
export function withBearer(headers: Record<string, unknown>, token: string): Record<string, unknown> {
  return { ...headers, [nameOf(headers) ?? "Authorization"]: `Bearer ${token}` };
}

/** The editor's text with this token. Text that is no JSON object is left to its author. */
export function textWithBearer(text: string, token: string): string {
  const headers = parse(text);
  return headers === null ? text : JSON.stringify(withBearer(headers, token), null, 2);
}
