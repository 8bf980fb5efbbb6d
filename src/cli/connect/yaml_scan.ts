/**
 * YAML text as the names at its top level, with their places: enough to add to it and to change nothing else. What it
 * cannot follow is refused, never guessed at. Values are not read.
 *
 * @see https://yaml.org/spec/1.2.2/
 */
import { createYamlCursor, type YamlRest } from "./yaml_values.ts";

/** A name at the top level and what belongs to it. */
export interface YamlEntry {
  readonly key: string;
  /** where its line begins */
  readonly start: number;
  /** behind the line of the name */
  readonly lineEnd: number;
  /** the value on the line of the name, without a comment; empty where it stands below */
  readonly valueStart: number;
  valueEnd: number;
  /** behind the last line that belongs to it, comments at its end left out */
  end: number;
  /** column of the dashes of its list, counted from 0; undefined where it is none */
  dash: number | undefined;
}

const KEY =
  /("(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|[^\s"'[\]{},#&*!|>%@`?-][^#\n]*?|-[^\s#\n][^#\n]*?)[ \t]*:(?=[ \t\r\n]|$)/y;

/**
 * Reads the top level.
 *
 * @param file name for messages
 * @throws Problem "file" with `FILE:LINE:COLUMN: what is wrong`
 */
export function scanYaml(text: string, file: string): YamlEntry[] {
  const entries: YamlEntry[] = [];
  const cursor = createYamlCursor(text, file);
  const { take, fail } = cursor;
  /** columns at which names or dashes of the open levels stand */
  const levels = [0];
  /** what stood behind the last name or dash */
  let rest: YamlRest = { end: 0, open: undefined, isPlain: false };
  /** the last line was a name of the top level */
  let isBelowName = false;

  /** Finds the level of a line; false for one that goes on with plain text. */
  function enter(column: number): { goesOn: boolean; isDeeper: boolean } {
    while ((levels.at(-1) ?? 0) > column) levels.pop();
    if (levels.at(-1) === column) return { goesOn: false, isDeeper: false };
    if (rest.open !== undefined && column > rest.open) {
      levels.push(column);
      return { goesOn: false, isDeeper: true };
    }
    if (rest.isPlain && column > 0 && !isNameOrDash(text, cursor.at)) {
      return { goesOn: true, isDeeper: false };
    }
    return fail("this line is indented like none above it");
  }

  /** Reads dashes; gives the column of the name behind them, or undefined where a value was there. */
  function readDashes(column: number): number | undefined {
    const entry = entries.at(-1);
    if (isDash(text, cursor.at) && entry !== undefined) {
      const mayBegin = isBelowName && rest.open !== undefined;
      if (column === 0 && entry.dash !== 0 && !mayBegin) fail("a list item stands here without a list");
      if (mayBegin) entry.dash = column;
    }
    while (isDash(text, cursor.at)) {
      const dash = column;
      cursor.at++;
      column += 1 + (take(/[ \t]*/y)?.[0].length ?? 0);
      if (/[\r\n#]/.test(text[cursor.at] ?? "\n") || !isNameOrDash(text, cursor.at)) {
        rest = cursor.readRest(dash);
        return undefined;
      }
      levels.push(column);
    }
    return column;
  }

  function addEntry(key: string, start: number): void {
    if (entries.some((entry) => entry.key === key)) fail(`"${key}" is there twice`, start);
    take(/[ \t]*/y);
    const valueStart = cursor.at;
    rest = cursor.readRest(0);
    const next = text.indexOf("\n", start);
    const lineEnd = next < 0 ? text.length : next + 1;
    const valueEnd = Math.max(valueStart, rest.end);
    entries.push({ key, start, lineEnd, valueStart, valueEnd, end: cursor.at, dash: undefined });
  }

  function readLine(column: number): void {
    const { goesOn, isDeeper } = enter(column);
    if (goesOn) {
      take(/[^\n]*\n?/y);
      return;
    }
    const wasDash = isDash(text, cursor.at);
    const nameColumn = readDashes(column);
    isBelowName = false;
    if (nameColumn === undefined) return;
    const start = cursor.at;
    const name = take(KEY);
    if (name === undefined) {
      if (!isDeeper || wasDash) fail('a line like "name: value" was expected');
      rest = cursor.readRest(column);
    } else if (nameColumn > 0) rest = cursor.readRest(nameColumn);
    else {
      addEntry((name[1] ?? "").replace(/^(["'])(.*)\1$/, "$2"), start);
      isBelowName = true;
    }
  }

  let began = false;
  while (cursor.at < text.length) {
    if (take(/[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/y) !== undefined) continue;
    if (!began && take(/(?:%[^\n]*|---[ \t]*(?:#[^\n]*)?)\r?(?:\n|$)/y) !== undefined) continue;
    if (/^(?:---|\.\.\.)(?=\s|$)/.test(text.slice(cursor.at, cursor.at + 4))) {
      fail("the file holds more than one document, which cannot be changed safely");
    }
    began = true;
    const column = take(/ */y)?.[0].length ?? 0;
    if (text[cursor.at] === "\t") fail("a line must not be indented by a tab");
    readLine(column);
    const entry = entries.at(-1);
    if (entry === undefined) return fail('a line like "name: value" was expected');
    entry.end = cursor.at;
  }
  return entries;
}

function isDash(text: string, offset: number): boolean {
  return /^-(?=\s|$)/.test(text.slice(offset, offset + 2));
}

/** Whether a name with its colon, or a dash, stands at an offset. */
function isNameOrDash(text: string, offset: number): boolean {
  KEY.lastIndex = offset;
  return KEY.test(text) || isDash(text, offset);
}
