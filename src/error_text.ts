/**
 * What an error of the runtime says, without the value it quotes: `Invalid header value: "Bearer eyJ…"` quotes the whole
 * token, and `JSON.parse()` quotes what it could not read. The kind of fault stays, and short quotes, such as names.
 *
 * A missing permission is told in words for people: the runtime tells how to compile the program.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof Deno.errors.NotCapable) return permissionText(error.message);
  const isQuoting = error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError;
  return isQuoting ? error.message.replace(QUOTED, "(a value)") : error.message;
}

/** `Requires read access to "/a", specify the required permissions during compilation using …` (Deno 2.6, 2.9). */
function permissionText(message: string): string {
  const [, kind = "", what = ""] =
    /^Requires (\w+) access to ([^]*?)(?:, (?:run again|specify) [^]*)?$/.exec(message) ??
      [];
  switch (kind) {
    case "read":
    case "write":
    case "run":
      return `this program has no permission to ${kind} ${what}`;
    case "net":
      return `this program has no permission to connect to ${what}`;
    default:
      return "this program has no permission for that";
  }
}

/** From the first quote to the last: a value may hold quotes and line ends itself. */
const QUOTED = /(["'])[^]{32,}\1/;
