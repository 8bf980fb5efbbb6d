/**
 * JSON and event streams without characters at which readers of lines cut: U+0085, U+2028 and U+2029. JSON may hold them
 * raw, but Python's `str.splitlines()` ends a line there, and with it httpx' and requests' `iter_lines()`: a client then
 * gets half an event (clients.md#line-separators). They stand in JSON strings only, where an escape such as `\u2028` says
 * the same. Lone surrogates need no care: JSON.stringify writes them so.
 */

const SEPARATORS = /[\u0085\u2028\u2029]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "\u0085": "\\u0085",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** JSON text, or text of a stream of JSON, without line separators in it; the very text when it has none. */
export function lineSafe(text: string): string {
  return text.replace(SEPARATORS, (found) => ESCAPES[found] ?? found);
}

/**
 * {@linkcode lineSafe} as bytes. ASCII text, which is most, is as long in bytes as in characters and needs no search:
 * that costs nothing compared with the encoding.
 */
export function encodeLineSafe(text: string): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(text);
  if (bytes.length === text.length) return bytes;
  const safe = lineSafe(text);
  return safe.length === text.length ? bytes : encoder.encode(safe);
}

const encoder = new TextEncoder();

/** True for UTF-8 bytes with a line separator between `from` and `to`. */
export function hasSeparator(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at];
    if (byte === 0xc2 && bytes[at + 1] === 0x85) return true;
    // E2 80 A8 and E2 80 A9
    if (byte === 0xe2 && bytes[at + 1] === 0x80 && ((bytes[at + 2] ?? 0) & 0xfe) === 0xa8) return true;
  }
  return false;
}
