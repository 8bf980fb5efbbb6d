/**
 * The text of a golden case, as `ccproxy serve --record` writes it and `tests/golden_test.ts` reads it: a head of
 * `name: value` lines, then parts, each behind a ruler:
 *
 *     about: a refusal ends with its own finish reason
 *     source: hand-made from the specification
 *
 *     === request ===
 *     {"model":"gpt-5.5", …}
 *     === upstream ===
 *     event: response.created
 *     …
 *
 * A part stands in the file as it is. One that a text file would not keep byte for byte (carriage returns, a byte
 * order mark, no line end at its end, a line like a ruler) has `escaped` in its ruler: line breaks in the file mean
 * nothing there, and `\n`, `\r`, `\\` and `\xHH` stand for bytes.
 */
export interface CaseText {
  /** in their order: `about`, `source`, … */
  readonly head: ReadonlyMap<string, string>;
  /** bytes by the name of the part: `request`, `upstream`, `client chat`, … */
  readonly parts: ReadonlyMap<string, Uint8Array>;
}

const RULER = /^=== (.+?)( \(escaped\))? ===$/;
const encoder = new TextEncoder();

/** A case as the text of its file. */
export function formatCase({ head, parts }: CaseText): string {
  const lines = [...head].map(([name, value]) => `${name}: ${value.replaceAll(/\s*\n\s*/g, " ")}\n`);
  return [...lines, "\n", ...[...parts].map(([name, bytes]) => formatPart(name, bytes))].join("");
}

function formatPart(name: string, bytes: Uint8Array): string {
  const text = plainText(bytes);
  return text === undefined ? `=== ${name} (escaped) ===\n${escapeBytes(bytes)}` : `=== ${name} ===\n${text}`;
}

/** The bytes as text that a file keeps; undefined when it would not. */
function plainText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const isKept = (text === "" || text.endsWith("\n")) && !/^\ufeff|\r/.test(text) &&
      !text.split("\n").some((line) => RULER.test(line));
    return isKept ? text : undefined;
  } catch {
    return undefined;
  }
}

function escapeBytes(bytes: Uint8Array): string {
  const text = [...bytes].map((byte) => ESCAPES[byte] ?? printable(byte)).join("");
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

const ESCAPES: Readonly<Record<number, string>> = { 0x0a: "\\n\n", 0x0d: "\\r", 0x5c: "\\\\" };

function printable(byte: number): string {
  const isSafe = byte >= 0x20 && byte < 0x7f && byte !== 0x3d;
  return isSafe ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
}

/** The text of a file as a case. @throws Error saying which line is neither head nor part */
export function parseCase(text: string): CaseText {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => RULER.test(line));
  const head = new Map<string, string>();
  for (const line of lines.slice(0, first === -1 ? lines.length : first)) {
    const found = /^([a-z][a-z ]*): (.*)$/.exec(line);
    if (found !== null) head.set(found[1] ?? "", found[2] ?? "");
    else if (line !== "") throw new Error(`expected "name: value" before the first part: found "${line}"`);
  }
  const parts = new Map<string, Uint8Array>();
  for (let at = first; at !== -1 && at < lines.length;) {
    const [, name = "", escaped] = RULER.exec(lines[at] ?? "") ?? [];
    const next = lines.findIndex((line, index) => index > at && RULER.test(line));
    const body = lines.slice(at + 1, next === -1 ? lines.length : next);
    if (parts.has(name)) throw new Error(`the part "${name}" stands there twice`);
    // What split leaves behind the last line end of the file is no line.
    const whole = next === -1 ? body.join("\n") : body.map((line) => `${line}\n`).join("");
    parts.set(name, escaped === undefined ? encoder.encode(whole) : unescapeBytes(body.join("")));
    at = next;
  }
  return { head, parts };
}

function unescapeBytes(text: string): Uint8Array {
  const bytes = [...text.matchAll(/\\x([0-9a-f]{2})|\\(.)|([^\\])/g)].map(([, hex, escape, plain]) => {
    if (hex !== undefined) return parseInt(hex, 16);
    if (plain !== undefined) return plain.charCodeAt(0);
    return { n: 0x0a, r: 0x0d }[escape ?? ""] ?? 0x5c;
  });
  return Uint8Array.from(bytes);
}
