import { parse } from "@std/toml/parse";

/**
 * The value of one string, number, boolean or date, read by @std/toml.
 *
 * @param raw its text, with the quotes
 * @param fail called with what is wrong; must throw
 */
export function readScalar(raw: string, fail: (why: string) => never): unknown {
  let text = raw;
  if (raw.startsWith('"')) {
    for (const [escape] of raw.matchAll(/\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])/g)) {
      const isText = /^\\[uU]./.test(escape) && escape.length > 2;
      if (isText ? !isScalarValue(escape) : !/^\\[btnfr"\\\s]$/.test(escape)) {
        fail(`a string has the unknown escape "${printable(escape)}"; needed a backslash as "\\\\"`);
      }
    }
    // Observed 2026-08: @std/toml takes six instead of eight digits after \U.
    text = raw.replaceAll(
      /\\(U[0-9a-fA-F]{8}|[^])/g,
      (escape, code: string) => code.length === 9 ? utf16Escapes(Number.parseInt(code.slice(1), 16)) : escape,
    );
  }
  const value = parsed(text) ?? withQuotesAtEnd(text);
  return value ??
    fail("a value must be a text in quotes, a number, true, false or a date: found something else");
}

/** Undefined for text that is no value; no value is undefined. */
function parsed(text: string): unknown {
  try {
    return parse(`v = ${text}`)["v"];
  } catch {
    return undefined;
  }
}

/** Observed 2026-08: @std/toml takes one quote before the three that close a multi-line string, TOML allows two. */
function withQuotesAtEnd(text: string): string | undefined {
  const twoQuotes = text.slice(-2);
  if (text.length < 8 || !(text.endsWith('"""""') || text.endsWith("'''''"))) return undefined;
  const rest = parsed(text.slice(0, -2));
  return typeof rest === "string" ? rest + twoQuotes : undefined;
}

function isScalarValue(escape: string): boolean {
  const code = Number.parseInt(escape.slice(2), 16);
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

function utf16Escapes(codePoint: number): string {
  return [...String.fromCodePoint(codePoint)]
    .flatMap((char) => char.split(""))
    .map((unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"))
    .join("");
}

/** A character as `\u` and four digits, for messages. */
export function codeOf(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Text from a file as it may stand in a message: short and without control characters. */
export function printable(text: string): string {
  const clean = text.replaceAll(/\p{Cc}/gu, (char) => codeOf(char));
  return clean.length > 60 ? clean.slice(0, 60) + "…" : clean;
}
