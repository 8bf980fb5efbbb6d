/**
 * TOML text as a list of statements with their places, for errors that name a line and for edits that change nothing
 * else. Stricter than @std/toml, which takes two settings on one line, and which reads the single values here.
 *
 * @see https://toml.io/en/v1.0.0
 */
import { Problem } from "../problem.ts";
import { codeOf, printable, readScalar } from "./toml_scalar.ts";

/** A value and its place in the text. `start` and `end` are offsets, `text.slice(start, end)` is its raw text. */
export type ValueNode =
  & { readonly start: number; readonly end: number; readonly line: number }
  & (
    | { readonly kind: "scalar"; readonly value: unknown }
    | { readonly kind: "array"; readonly items: readonly ValueNode[]; readonly hasComment: boolean }
    | { readonly kind: "table"; readonly pairs: readonly PairNode[] }
  );

/** `key = value`; `start` is where the key begins, `line` counts from 1. */
export interface PairNode {
  readonly kind: "pair";
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly value: ValueNode;
}

/** `[path]` ("table") or `[[path]]` ("tables"). */
export interface HeaderNode {
  readonly kind: "table" | "tables";
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** What stands on its own line; blank lines and comments are what lies between. */
export type Statement = PairNode | HeaderNode;

const BYTE_ORDER_MARK = "\uFEFF";
/** Deeper nesting than this is no configuration, and would end in a stack overflow. */
const DEPTH_LIMIT = 64;
const BARE_KEY = /[A-Za-z0-9_-]+/y;
/** Numbers, booleans, dates; a date and its time may be parted by one space. */
const BARE_VALUE = /\d{4}-\d{2}-\d{2} \d{2}:[^\s,\]}#"'=]*|[^\s,\]}[{#"'=]+/y;
// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;

/**
 * Splits TOML text into statements. One byte order mark at the beginning is skipped; CRLF and LF may be mixed.
 *
 * @param file name for messages
 * @returns statements in the order of the text; tables are not assembled and duplicates not looked for (toml.ts)
 * @throws Problem "config" with `FILE:LINE: what is wrong`
 */
export function scanToml(text: string, file: string): Statement[] {
  let at = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  let countedTo = 0;
  let countedLine = 1;

  function lineAt(offset: number): number {
    if (offset < countedTo) [countedTo, countedLine] = [0, 1];
    for (let i = text.indexOf("\n", countedTo); i !== -1 && i < offset; i = text.indexOf("\n", i + 1)) {
      countedLine++;
      countedTo = i + 1;
    }
    return countedLine;
  }

  function fail(offset: number, detail: string): never {
    throw new Problem("config", `${file}:${lineAt(offset)}: ${detail}`);
  }

  /** One character only: what follows may be a key without its quotes. */
  function found(): string {
    if (at >= text.length) return "the end of the file";
    if (text[at] === "\n" || text[at] === "\r") return "the end of the line";
    return `"${printable(String.fromCodePoint(text.codePointAt(at) ?? 0))}"`;
  }

  function skipBlanks(): void {
    while (text[at] === " " || text[at] === "\t") at++;
  }

  /** A comment, when there is one here, up to the end of its line. */
  function skipComment(): boolean {
    if (text[at] !== "#") return false;
    const start = at;
    at = lineEnd(at);
    const control = CONTROL.exec(text.slice(start, at));
    if (control !== null) {
      fail(start, `a comment must not hold control characters: found ${codeOf(control[0])}`);
    }
    return true;
  }

  function lineEnd(from: number): number {
    const end = text.indexOf("\n", from);
    if (end === -1) return text.length;
    return text[end - 1] === "\r" && end > from ? end - 1 : end;
  }

  function skipLineEnd(): boolean {
    if (text[at] === "\n") at++;
    else if (text.startsWith("\r\n", at)) at += 2;
    else return false;
    return true;
  }

  /** Blanks, line ends and comments, as arrays allow them between items; true when there was a comment. */
  function skipSpace(): boolean {
    let hasComment = false;
    for (;;) {
      skipBlanks();
      if (skipComment()) hasComment = true;
      else if (!skipLineEnd()) return hasComment;
    }
  }

  function scalar(start: number): ValueNode {
    const raw = text.slice(start, at);
    return {
      kind: "scalar",
      start,
      end: at,
      line: lineAt(start),
      value: readScalar(raw, (why) => fail(start, why)),
    };
  }

  /** Moves behind the string that begins here; escapes are judged by the reader of the value. */
  function skipString(multiLineAllowed: boolean): void {
    const start = at;
    const quote = text[at] ?? "";
    const isMultiLine = text.startsWith(quote.repeat(3), at);
    if (isMultiLine && !multiLineAllowed) fail(at, "a key must be on one line: found a multi-line string");
    at += isMultiLine ? 3 : 1;
    for (;;) {
      const char = text[at];
      if (char === undefined) {
        fail(start, `a string is not closed: needed ${isMultiLine ? quote.repeat(3) : quote}`);
      }
      if (char === quote && (!isMultiLine || text.startsWith(quote.repeat(3), at))) break;
      if (char === "\\" && quote === '"') {
        at += 2;
      } else if (char === "\n" || text.startsWith("\r\n", at)) {
        if (!isMultiLine) fail(start, `a string is not closed: needed ${quote}`);
        at++;
      } else if (CONTROL.test(char)) {
        fail(at, `a string must not hold control characters: found ${codeOf(char)}; write it as an escape`);
      } else {
        at++;
      }
    }
    at += isMultiLine ? 3 : 1;
    // Up to two quotes may stand before the closing three, so the last three of a run close.
    for (let extra = 0; isMultiLine && extra < 2 && text[at] === quote; extra++) at++;
  }

  function readKey(): string[] {
    const path: string[] = [];
    for (;;) {
      skipBlanks();
      const start = at;
      if (text[at] === '"' || text[at] === "'") {
        skipString(false);
        path.push(String(readScalar(text.slice(start, at), (why) => fail(start, why))));
      } else {
        BARE_KEY.lastIndex = at;
        const bare = BARE_KEY.exec(text)?.[0];
        if (bare === undefined) {
          fail(at, `a key must be letters, digits, "_", "-", or be quoted: found ${found()}`);
        }
        at += bare.length;
        path.push(bare);
      }
      skipBlanks();
      if (text[at] !== ".") return path;
      at++;
    }
  }

  function readPair(depth: number): PairNode {
    const start = at;
    const line = lineAt(start);
    const path = readKey();
    if (text[at] !== "=") {
      fail(start, `"=" is needed after the key "${printable(path.join("."))}": found ${found()}`);
    }
    at++;
    skipBlanks();
    const value = readValue(depth);
    return { kind: "pair", path, start, end: at, line, value };
  }

  function readValue(depth: number): ValueNode {
    if (depth > DEPTH_LIMIT) fail(at, `values must not be nested deeper than ${DEPTH_LIMIT}`);
    const start = at;
    const char = text[at];
    if (char === "[") return readArray(depth);
    if (char === "{") return readInlineTable(depth);
    if (char === '"' || char === "'") {
      skipString(true);
      return scalar(start);
    }
    BARE_VALUE.lastIndex = at;
    const bare = BARE_VALUE.exec(text)?.[0];
    if (bare === undefined) fail(at, `a value is needed after "=": found ${found()}`);
    at += bare.length;
    return scalar(start);
  }

  function readArray(depth: number): ValueNode {
    const start = at;
    const line = lineAt(start);
    const items: ValueNode[] = [];
    at++;
    let hasComment = skipSpace();
    while (text[at] !== "]") {
      if (at >= text.length) fail(start, 'an array is not closed: needed "]"');
      items.push(readValue(depth + 1));
      hasComment = skipSpace() || hasComment;
      if (text[at] === ",") at++;
      else if (text[at] !== "]") fail(at, `"," or "]" is needed in an array: found ${found()}`);
      hasComment = skipSpace() || hasComment;
    }
    at++;
    return { kind: "array", start, end: at, line, items, hasComment };
  }

  function readInlineTable(depth: number): ValueNode {
    const start = at;
    const line = lineAt(start);
    const pairs: PairNode[] = [];
    at++;
    skipBlanks();
    while (text[at] !== "}") {
      pairs.push(readPair(depth + 1));
      skipBlanks();
      if (text[at] === "}") break;
      if (text[at] !== ",") {
        fail(at, `"," or "}" is needed on the same line in an inline table: found ${found()}`);
      }
      at++;
      skipBlanks();
      if (text[at] === "}") fail(at, 'an inline table must not end with ","');
    }
    at++;
    return { kind: "table", start, end: at, line, pairs };
  }

  function readHeader(): HeaderNode {
    const start = at;
    const kind = text.startsWith("[[", at) ? "tables" : "table";
    const close = kind === "tables" ? "]]" : "]";
    at += close.length;
    const path = readKey();
    if (!text.startsWith(close, at)) {
      fail(start, `"${close}" is needed after the table's name: found ${found()}`);
    }
    at += close.length;
    return { kind, path, start, end: at, line: lineAt(start) };
  }

  const statements: Statement[] = [];
  for (;;) {
    skipSpace();
    if (at >= text.length) return statements;
    statements.push(text[at] === "[" ? readHeader() : readPair(0));
    skipBlanks();
    skipComment();
    if (at < text.length && !skipLineEnd()) {
      fail(at, `the end of the line or a comment is needed: found ${found()}`);
    }
  }
}
