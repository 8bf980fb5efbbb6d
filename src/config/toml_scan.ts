/**
 * TOML text as a list of entries with their places, for errors that name a line and for edits that change nothing else.
 *
 * What a value means is read by @std/toml. It is given one value at a time, because with a whole file it takes two
 * settings on one line, lets the last of two equal keys win, and quotes what it could not read, which may be a key.
 *
 * @see https://toml.io/en/v1.0.0
 */
import { parse } from "@std/toml/parse";
import { Problem } from "../problem.ts";

/** A setting or a heading and its place; `start` and `end` are offsets in the text, `line` counts from 1. */
export interface TomlEntry {
  /** `key = value`, `[path]`, `[[path]]` */
  readonly kind: "pair" | "table" | "tables";
  /** from the root of the file */
  readonly path: readonly string[];
  /** so many parts of the path are told by the heading or the inline table that the entry is in */
  readonly depth: number;
  /** the pair whose value is the inline table that this pair is in */
  readonly inside: TomlEntry | undefined;
  readonly line: number;
  readonly start: number;
  end: number;
  /** where a pair's value begins; it ends where the pair does */
  valueStart: number;
  /** what @std/toml reads; undefined for headings, and for inline tables, whose pairs are entries of their own */
  value: unknown;
  /** a comment stands within the value */
  hasComment: boolean;
}

/** Deeper nesting than this is no configuration, and would end in a stack overflow. */
const DEPTH_LIMIT = 64;
const SPACE = /[ \t]*/y;
const COMMENT = /#[^\r\n]*/y;
const LINE_END = /\r?\n|$/y;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
// A run of quotes closes a multi-line string with its last three.
const STRING =
  /"""(?:[^"\\]|\\[^]|"(?!""))*"{3,5}|'''(?:[^']|'(?!''))*'{3,5}|"(?!"")(?:[^"\\\r\n]|\\.)*"|'(?!'')[^'\r\n]*'/y;
/** Numbers, booleans, dates; a date and its time may be parted by one space. */
const BARE_VALUE = /\d{4}-\d{2}-\d{2} \d{2}:[^\s,\]}#"'=]*|[^\s,\]}[{#"'=]+/y;
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/;

/**
 * Splits TOML text into entries. One byte order mark at the beginning is skipped; CRLF and LF may be mixed.
 *
 * @param file name for messages
 * @returns entries in the order of the text; an inline table comes before its pairs
 * @throws Problem "config" with `FILE:LINE: what is wrong`, of which one character at the most is quoted
 */
export function scanToml(text: string, file: string): TomlEntry[] {
  const entries: TomlEntry[] = [];
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let counted = { offset: 0, line: 1 };

  function lineAt(offset: number): number {
    if (offset < counted.offset) counted = { offset: 0, line: 1 };
    const line = counted.line + text.slice(counted.offset, offset).split("\n").length - 1;
    counted = { offset, line };
    return line;
  }

  function fail(offset: number, detail: string): never {
    throw new Problem("config", `${file}:${lineAt(offset)}: ${detail}`);
  }

  const found = () => foundAt(text, at);

  /** Moves behind what the pattern matches here, and gives it. */
  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const taken = pattern.exec(text)?.[0];
    at += taken?.length ?? 0;
    return taken;
  }

  /** A string as @std/toml reads it. */
  function takeString(): string | undefined {
    const start = at;
    const open = take(/"""|'''|["']/y);
    if (open === undefined) return undefined;
    at = start;
    const string = take(STRING) ?? fail(start, `a string is not closed: needed ${open}`);
    return forStdToml(string, (why) => fail(start, why));
  }

  function readKey(): string[] {
    const path: string[] = [];
    do {
      take(SPACE);
      const start = at;
      const quoted = takeString();
      if (/^("""|''')/.test(quoted ?? "")) {
        fail(start, "a key must be on one line: found a multi-line string");
      }
      path.push(
        quoted === undefined
          ? take(BARE_KEY) ??
            fail(at, `a key must be letters, digits, "_", "-", or be quoted: found ${found()}`)
          : String(valueOf(quoted, start)),
      );
      take(SPACE);
    } while (take(/\./y));
    return path;
  }

  function add(
    kind: TomlEntry["kind"],
    path: readonly string[],
    start: number,
    depth: number,
    inside?: TomlEntry,
  ): TomlEntry {
    const place = { line: lineAt(start), start, end: at, valueStart: at };
    const entry: TomlEntry = { kind, path, depth, inside, ...place, value: undefined, hasComment: false };
    entries.push(entry);
    return entry;
  }

  function readPair(above: readonly string[], inside: TomlEntry | undefined, nesting: number): void {
    const start = at;
    const own = readKey();
    if (!take(/=/y)) {
      fail(start, `"=" is needed after the key "${own.join(".").slice(0, 60)}": found ${found()}`);
    }
    take(SPACE);
    const path = [...above, ...own];
    const entry = add("pair", path, start, above.length, inside);
    if (text[at] === "{") readInlineTable(entry, nesting + 1);
    else readValue(entry);
    entry.end = at;
  }

  function readInlineTable(entry: TomlEntry, nesting: number): void {
    if (nesting > DEPTH_LIMIT) fail(at, `values must not be nested deeper than ${DEPTH_LIMIT}`);
    at++;
    take(SPACE);
    if (take(/\}/y)) return;
    do {
      take(SPACE);
      if (text[at] === "}") fail(at, 'an inline table must not end with ","');
      readPair(entry.path, entry, nesting);
      take(SPACE);
    } while (take(/,/y));
    if (!take(/\}/y)) fail(at, `"," or "}" is needed on the same line in an inline table: found ${found()}`);
  }

  /** A value that is no inline table. Of an array only the end is looked for, past the strings and comments in it. */
  function readValue(entry: TomlEntry): void {
    let source = "";
    let nesting = 0;
    do {
      const string = takeString();
      if (string !== undefined) source += string;
      else if (nesting > 0 && take(COMMENT) !== undefined) entry.hasComment = true;
      else {
        const other = take(/[[{]|[\]}]/y) ?? take(BARE_VALUE) ?? (nesting > 0 ? take(/[\s,=]/y) : undefined);
        if (other === undefined && nesting > 0) fail(entry.valueStart, 'an array is not closed: needed "]"');
        if (other === undefined) fail(at, `a value is needed after "=": found ${found()}`);
        if (other === "[" || other === "{") nesting++;
        if (other === "]" || other === "}") nesting--;
        source += other;
      }
      if (nesting > DEPTH_LIMIT) fail(at, `values must not be nested deeper than ${DEPTH_LIMIT}`);
    } while (nesting > 0);
    entry.value = valueOf(source, entry.valueStart);
  }

  function valueOf(source: string, start: number): unknown {
    try {
      return parse(`v = ${source}`)["v"];
    } catch {
      // What it could not read is not quoted: it may be a key.
      return fail(
        start,
        "a value must be a text in quotes, a number, true, false, a date or a list of these: found something else",
      );
    }
  }

  function readHeading(): string[] {
    const start = at;
    const kind = take(/\[\[/y) ? "tables" : "table";
    if (kind === "table") at++;
    const path = readKey();
    const close = kind === "tables" ? "]]" : "]";
    if (!text.startsWith(close, at)) {
      fail(start, `"${close}" is needed after the table's name: found ${found()}`);
    }
    at += close.length;
    add(kind, path, start, 0);
    return path;
  }

  const control = CONTROL.exec(text);
  if (control !== null) fail(control.index, controlFault(control[0]));
  let section: readonly string[] = [];
  while (at < text.length) {
    take(SPACE);
    if (text[at] === "[") section = readHeading();
    else if (!/[#\r\n]/.test(text[at] ?? "\n")) readPair(section, undefined, 0);
    take(SPACE);
    take(COMMENT);
    if (take(LINE_END) === undefined) {
      fail(at, `the end of the line or a comment is needed: found ${found()}`);
    }
  }
  return entries;
}

/** One character only: what follows may be a key without its quotes. */
function foundAt(text: string, at: number): string {
  if (at >= text.length) return "the end of the file";
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return /[\r\n]/.test(char) ? "the end of the line" : `"${char}"`;
}

function controlFault(char: string): string {
  const code = char.charCodeAt(0).toString(16).padStart(4, "0");
  return `a control character must be written as an escape in a string: found \\u${code}`;
}

/**
 * A string as @std/toml reads it rightly. Observed 2026-08 and 2026-11: it takes six instead of eight digits after `\U`,
 * fewer than four after `\u`, and one quote in front of the three that close a multi-line string, where TOML allows two.
 *
 * @param fail called with what is wrong with an escape; must throw
 */
function forStdToml(string: string, fail: (why: string) => never): string {
  if (string.startsWith("'")) {
    return /'{5}$/.test(string) && string.length > 7
      ? JSON.stringify(string.slice(3, -3).replace(/^\r?\n/, ""))
      : string;
  }
  const escapes = /\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^])/g;
  return string.replace(/(?<=^"""[^]*)""("""$)/, '"\\"$1').replaceAll(escapes, (escape) => {
    const point = Number.parseInt(escape.slice(2), 16);
    const isKnown = escape.length > 2
      ? point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
      : /^\\[btnfr"\\\s]$/.test(escape);
    if (!isKnown) fail(`a string has the unknown escape "${escape}"; needed a backslash as "\\\\"`);
    return escape.length === 10 ? JSON.stringify(String.fromCodePoint(point)).slice(1, -1) : escape;
  });
}
