/**
 * Names for a header: parameter names are the client's text, headers take no control characters, and clients refuse
 * long lines (Python's at 64 KiB).
 */
export function headerList(names: readonly string[]): string {
  const shown = names.slice(0, HEADER_NAMES).map((name) => name.replaceAll(/[^\w.-]/g, "?").slice(0, 64));
  return (names.length > HEADER_NAMES ? [...shown, "..."] : shown).join(", ");
}

/** Names in a header at most. */
const HEADER_NAMES = 50;
