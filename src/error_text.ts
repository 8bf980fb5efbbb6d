/**
 * What an error of the runtime says, without the value it quotes: `Invalid header value: "Bearer eyJ…"` quotes the whole
 * token, and `JSON.parse()` quotes what it could not read. The kind of fault stays, and short quotes, such as names.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isQuoting = error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError;
  return isQuoting ? error.message.replace(QUOTED, "(a value)") : error.message;
}

/** From the first quote to the last: a value may hold quotes and line ends itself. */
const QUOTED = /(["'])[^]{32,}\1/;
