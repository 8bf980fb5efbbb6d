/**
 * Changes one setting in TOML text and nothing else: comments, order, blank lines and line ends stay byte for byte.
 *
 * Every change is one splice. The result is read again, and is given out only when it holds exactly what the old text
 * held with that one setting changed.
 */
import type { SettingValue } from "./settings.ts";
import { readToml, type TomlDocument } from "./toml.ts";
import { type EditPlace, findPlace } from "./edit_place.ts";
import { differsOnlyIn } from "./edit_proof.ts";
import { keyText, valueText } from "./toml_text.ts";
import type { ValueNode } from "./toml_scan.ts";

/** The changed text, or why it was not changed and what to write by hand. */
export type EditResult =
  | { readonly ok: true; readonly text: string }
  | {
    readonly ok: false;
    readonly reason: string;
    /** line of the text that is in the way, counted from 1 */
    readonly line?: number;
    /** what to write by hand: `enabled = true` below `[codex]`; undefined for a removal */
    readonly byHand?: { readonly table: string; readonly line: string };
  };

/** A piece of text put in the place of another. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Refusal = Extract<EditResult, { ok: false }>;

/**
 * Sets one value.
 *
 * The value is replaced where it stands; a new one goes beside its commented-out form, else after the table's last
 * setting, else into a new table at the end of the text. A value that is equal already leaves the text as it is.
 *
 * @param key `section.name`, or the parts of a longer path: `["codex", "model_aliases", "gpt-5"]`
 * @param file name for messages
 * @throws Problem "config" when the text is no TOML
 */
export function setTomlValue(
  text: string,
  key: string | readonly string[],
  value: SettingValue,
  file = "config.toml",
): EditResult {
  const path = pathOf(key);
  const document = readToml(text, file);
  const written = valueText(value);
  if (written === undefined) return { ok: false, reason: "the value holds text that UTF-8 cannot hold" };
  const byHand = {
    table: `[${keyText(path.slice(0, -1))}]`,
    line: `${keyText(path.slice(-1))} = ${written}`,
  };
  if (differsOnlyIn({ text, document }, { text, document }, path, value)) return { ok: true, text };
  const place = findPlace(text, document, path);
  const splice = place.kind === "refused" ? refused(place) : setSplice(text, place, path, written);
  if ("ok" in splice) return { ...splice, byHand };
  const result = proved(text, document, splice, path, value, file);
  return result.ok ? result : { ...result, byHand };
}

/**
 * Removes one setting, so that its default counts again; a comment behind it stays. Text without it is left as it is.
 *
 * @param key as for {@linkcode setTomlValue}
 * @throws Problem "config" when the text is no TOML
 */
export function unsetTomlValue(
  text: string,
  key: string | readonly string[],
  file = "config.toml",
): EditResult {
  const path = pathOf(key);
  const document = readToml(text, file);
  const place = findPlace(text, document, path);
  if (place.kind === "refused") return refused(place);
  if (place.kind !== "value") return { ok: true, text };
  const splice = unsetSplice(text, place);
  return "ok" in splice ? splice : proved(text, document, splice, path, undefined, file);
}

function pathOf(key: string | readonly string[]): readonly string[] {
  if (typeof key !== "string") return key;
  const split = key.indexOf(".");
  return split < 0 ? [key] : [key.slice(0, split), key.slice(split + 1)];
}

function refused(place: Extract<EditPlace, { kind: "refused" }>): Refusal {
  return { ok: false, reason: place.reason, line: place.line };
}

function proved(
  oldText: string,
  oldDocument: TomlDocument,
  splice: Splice,
  path: readonly string[],
  value: SettingValue | undefined,
  file: string,
): EditResult {
  const text = oldText.slice(0, splice.start) + splice.text + oldText.slice(splice.end);
  const reason = "the text is written in a way that leaves no safe place for this change";
  try {
    const after = { text, document: readToml(text, file) };
    return differsOnlyIn({ text: oldText, document: oldDocument }, after, path, value)
      ? { ok: true, text }
      : { ok: false, reason };
  } catch {
    return { ok: false, reason };
  }
}

function setSplice(
  text: string,
  place: Exclude<EditPlace, { kind: "refused" }>,
  path: readonly string[],
  written: string,
): Splice | Refusal {
  switch (place.kind) {
    case "value": {
      const { value } = place.pair;
      if (holdsComment(value)) return comments(value);
      return { start: value.start, end: value.end, text: written };
    }
    case "inline": {
      const pair = `${keyText(path.slice(place.depth))} = ${written}`;
      const last = place.table.pairs.at(-1);
      if (last !== undefined) return { start: last.end, end: last.end, text: `, ${pair}` };
      const start = place.table.start + 1;
      return { start, end: start, text: start + 1 === place.table.end ? ` ${pair} ` : ` ${pair}` };
    }
    case "after": {
      const line = `${place.indent}${keyText(path.slice(place.depth))} = ${written}`;
      return insertLine(text, place.offset, line);
    }
    case "append": {
      const eol = lineEndOf(text, text.length);
      const atLineStart = text === "" || text === "\uFEFF" || text.endsWith("\n");
      const blank = /(?:^\uFEFF?|\n)[ \t]*\r?\n$|^\uFEFF?$/.test(text) ? "" : eol;
      const head = `${atLineStart ? "" : eol}${blank}[${keyText(path.slice(0, -1))}]${eol}`;
      return {
        start: text.length,
        end: text.length,
        text: `${head}${keyText(path.slice(-1))} = ${written}${eol}`,
      };
    }
    default:
      place satisfies never;
      return { ok: false, reason: "" };
  }
}

function unsetSplice(text: string, place: Extract<EditPlace, { kind: "value" }>): Splice | Refusal {
  const { pair, inside } = place;
  if (holdsComment(pair.value)) return comments(pair.value);
  if (inside !== undefined) {
    const index = inside.pairs.indexOf(pair);
    const [before, after] = [inside.pairs[index - 1], inside.pairs[index + 1]];
    if (before !== undefined) return { start: before.end, end: pair.end, text: "" };
    if (after !== undefined) return { start: pair.start, end: after.start, text: "" };
    return { start: inside.start, end: inside.end, text: "{}" };
  }
  const rest = /[ \t]*/y;
  rest.lastIndex = pair.end;
  const next = pair.end + (rest.exec(text)?.[0].length ?? 0);
  if (text[next] === "#") return { start: pair.start, end: next, text: "" };
  const start = text.lastIndexOf("\n", pair.start) + 1;
  const end = nextLine(text, pair.end);
  return { start: start === 0 && text.startsWith("\uFEFF") ? 1 : start, end, text: "" };
}

/** Puts a line behind the one that `offset` is in, with that line's own line end. */
function insertLine(text: string, offset: number, line: string): Splice {
  const at = nextLine(text, offset);
  const eol = lineEndOf(text, at);
  const open = at === text.length && !text.endsWith("\n");
  return { start: at, end: at, text: open ? eol + line : line + eol };
}

/** Where the line after the one of `offset` begins; the end of the text when there is none. */
function nextLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

/** The line end in front of `offset`; where that line has none, the first of the text, else LF. */
function lineEndOf(text: string, offset: number): string {
  if (text[offset - 1] === "\n") return text[offset - 2] === "\r" ? "\r\n" : "\n";
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

function holdsComment(value: ValueNode): boolean {
  if (value.kind === "array") return value.hasComment || value.items.some(holdsComment);
  return value.kind === "table" && value.pairs.some((pair) => holdsComment(pair.value));
}

function comments(value: ValueNode): Refusal {
  return { ok: false, reason: "the present value has comments in it, which would be lost", line: value.line };
}
