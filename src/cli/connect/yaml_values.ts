/** YAML values by where they end; what they mean is not read. */
import { refuseText } from "./text_place.ts";

/** A place in a text that moves on. */
export interface YamlCursor {
  at: number;
  /** @throws Problem "file" with line and column, always */
  fail(detail: string, offset?: number): never;
  /** Moves behind what a sticky pattern matches here, and gives it. */
  take(pattern: RegExp): RegExpExecArray | undefined;
  /** Moves behind the value of a name or a dash at `column`, and the rest of its lines. */
  readRest(column: number): YamlRest;
}

/** What stood behind a name or a dash. */
export interface YamlRest {
  /** where the value ends */
  readonly end: number;
  /** the value may stand below, to the right of this column; undefined where there is one already */
  readonly open: number | undefined;
  /** it was plain text, which may go on further to the right */
  readonly isPlain: boolean;
}

const PROPERTY = /[&!][^\s]*[ \t]*/y;
const PLAIN = /[^\n]*?(?=[ \t]+#|[ \t]*\r?(?:\n|$))/y;
const LINE_REST = /[ \t]*(?:[ \t]#[^\n]*|(?<=[\s:-])#[^\n]*)?\r?(?:\n|$)/y;

/** A cursor at the beginning of a text, behind its byte order mark. */
export function createYamlCursor(text: string, file: string): YamlCursor {
  let at = text.startsWith("\uFEFF") ? 1 : 0;

  function fail(detail: string, offset = at): never {
    return refuseText(file, text, offset, detail);
  }

  function take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    at += found?.[0].length ?? 0;
    return found;
  }

  function readQuoted(): void {
    const start = at;
    const closed = text[at] === '"' ? take(/"(?:[^"\\]|\\[^])*"/y) : take(/'(?:[^']|'')*'/y);
    if (closed === undefined) fail("a quoted text is not closed", start);
  }

  function readFlow(): void {
    const start = at;
    const closing: string[] = [];
    do {
      const sign = text[at];
      if (sign === undefined) fail("a list or mapping in brackets is not closed", start);
      else if (sign === '"' || sign === "'") {
        readQuoted();
        continue;
      } else if (sign === "#" && /\s/.test(text[at - 1] ?? " ")) take(/[^\n]*/y);
      else if (sign === "[" || sign === "{") closing.push(sign === "[" ? "]" : "}");
      else if ((sign === "]" || sign === "}") && closing.pop() !== sign) fail(`"${sign}" closes nothing`);
      at++;
    } while (closing.length > 0);
  }

  /** The lines of a text that `|` or `>` begins: those further to the right, and empty ones. */
  function skipBlock(column: number): void {
    take(/[|>][^\n]*\n?/y);
    while (at < text.length) {
      const indent = /^ */.exec(text.slice(at, at + 1000))?.[0].length ?? 0;
      const isEmpty = /^[ \t]*\r?(?:\n|$)/.test(text.slice(at, at + 1000));
      if (!isEmpty && indent <= column) return;
      take(/[^\n]*\n?/y);
    }
  }

  function readRest(column: number): YamlRest {
    take(/[ \t]*/y);
    while (take(PROPERTY) !== undefined);
    const sign = text[at];
    if (sign === "|" || sign === ">") {
      skipBlock(column);
      return { end: at, open: undefined, isPlain: false };
    }
    const isOpen = sign === undefined || /[\n\r#]/.test(sign);
    const isPlain = !isOpen && !/["'[{]/.test(sign);
    if (sign === '"' || sign === "'") readQuoted();
    else if (sign === "[" || sign === "{") readFlow();
    else if (isPlain) take(PLAIN);
    const end = at;
    if (take(LINE_REST) === undefined) fail("nothing more was expected on this line");
    return { end, open: isOpen ? column : undefined, isPlain };
  }

  return {
    get at() {
      return at;
    },
    set at(offset) {
      at = offset;
    },
    fail,
    take,
    readRest,
  };
}
