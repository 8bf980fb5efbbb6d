/**
 * Changes one setting in TOML text and nothing else: comments, order, blank lines and line ends stay byte for byte.
 *
 * Every change is one splice. The result is read again, and is given out only when it holds exactly what the old text
 * held with that one setting changed.
 */
import type { SettingValue } from "./settings.ts";
import { plainValue, readToml, type TomlDocument, type TomlNode } from "./toml.ts";
import type { TomlEntry } from "./toml_scan.ts";
import { keyText, valueText } from "./toml_text.ts";

/** The changed text, or why it was not changed and what to write by hand. */
export type EditResult =
  | { readonly ok: true; readonly text: string }
  | {
    readonly ok: false;
    readonly reason: string;
    /** line of the text that is in the way, counted from 1 */
    readonly line?: number;
    /** what to write by hand: `enabled = true` below `[codex]`; undefined where something else is to be done */
    readonly byHand?: { readonly table: string; readonly line: string };
  };

type Refusal = Extract<EditResult, { ok: false }>;
type Path = readonly string[];

/** A piece of text put in the place of another. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Sets one value.
 *
 * The value is replaced where it stands; a new one goes next to its commented-out form, else after the table's last
 * setting, else into a new table at the end of the text. A value that is equal already leaves the text as it is.
 *
 * @param key `section.name`, or the parts of a longer path: `["codex", "model_aliases", "gpt-5"]`
 * @param file name for messages
 * @throws Problem "config" when the text is no TOML
 */
export function setTomlValue(
  text: string,
  key: string | Path,
  value: SettingValue,
  file = "config.toml",
): EditResult {
  const path = pathOf(key);
  const document = readToml(text, file);
  const written = valueText(value);
  if (written === undefined) return { ok: false, reason: "the value holds text that UTF-8 cannot hold" };
  if (isEqual(valueAt(document, path), value)) return { ok: true, text };
  const splice = inTheWay(document, path) ?? setSplice(text, document, path, written);
  const result = "ok" in splice ? splice : proved(text, document, splice, path, value, file);
  // What is there as a table would be there twice with the line that stands for it.
  const isTable = pairAt(document, path) === undefined && valueAt(document, path) !== undefined;
  const [table, name] = [keyText(path.slice(0, -1)), keyText(path.slice(-1))];
  return result.ok || isTable
    ? result
    : { ...result, byHand: { table: `[${table}]`, line: `${name} = ${written}` } };
}

/**
 * Removes one setting, so that its default counts again; a comment behind it stays. Text without it is left as it is.
 *
 * @param key as for {@linkcode setTomlValue}
 * @throws Problem "config" when the text is no TOML
 */
export function unsetTomlValue(text: string, key: string | Path, file = "config.toml"): EditResult {
  const path = pathOf(key);
  const document = readToml(text, file);
  const pair = pairAt(document, path);
  const splice = inTheWay(document, path) ?? (pair && unsetSplice(text, document, pair));
  if (splice === undefined) return { ok: true, text };
  return "ok" in splice ? splice : proved(text, document, splice, path, undefined, file);
}

function pathOf(key: string | Path): Path {
  if (typeof key !== "string") return key;
  const split = key.indexOf(".");
  return split < 0 ? [key] : [key.slice(0, split), key.slice(split + 1)];
}

function pairAt({ entries }: TomlDocument, path: Path): TomlEntry | undefined {
  return entries.find((entry) =>
    entry.kind === "pair" && entry.path.length === path.length && startsWith(path, entry.path)
  );
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((part, index) => path[index] === part);
}

/** Why the text leaves no place for the setting; undefined when it does. */
function inTheWay(document: TomlDocument, path: Path): Refusal | undefined {
  if (path.length === 0) return { ok: false, reason: "a setting must have a name", line: 1 };
  const pair = pairAt(document, path);
  for (const { kind, path: at, depth, line, value, hasComment } of document.entries) {
    const [leadsThere, isThere] = [startsWith(path, at), startsWith(at, path)];
    let reason: string | undefined;
    if (kind === "tables" && leadsThere) reason = `[[${at.join(".")}]] is a list of tables`;
    else if (isThere && pair === undefined) reason = "the setting is a table of its own";
    else if (isThere && hasComment) reason = "the present value has comments in it, which would be lost";
    else if (leadsThere && !isThere && kind === "pair" && value !== undefined) {
      reason = `"${at.slice(depth).join(".")}" is not a table`;
    }
    if (reason !== undefined) return { ok: false, reason, line };
  }
  return undefined;
}

function proved(
  oldText: string,
  before: TomlDocument,
  splice: Splice,
  path: Path,
  value: SettingValue | undefined,
  file: string,
): EditResult {
  const text = oldText.slice(0, splice.start) + splice.text + oldText.slice(splice.end);
  try {
    const after = readToml(text, file);
    const found = valueAt(after, path);
    const isDone = value === undefined ? found === undefined : isEqual(found, value);
    if (isDone && otherEntries(oldText, before, path) === otherEntries(text, after, path)) {
      return { ok: true, text };
    }
  } catch {
    // The changed text is no TOML any more.
  }
  return { ok: false, reason: "the text is written in a way that leaves no safe place for this change" };
}

/** All settings and headings as written, in their order, without the one at `path` and the tables that lead to it. */
function otherEntries(text: string, { entries }: TomlDocument, path: Path): string {
  const others = entries.filter((entry) =>
    !startsWith(entry.path, path) && !(entry.value === undefined && startsWith(path, entry.path))
  );
  return JSON.stringify(
    others.map((entry) => [entry.kind, entry.path, text.slice(entry.valueStart, entry.end)]),
  );
}

function valueAt(document: TomlDocument, path: Path): unknown {
  let node: TomlNode | undefined = document.root;
  for (const part of path) node = node?.kind === "table" ? node.entries.get(part) : undefined;
  return node && plainValue(node);
}

function isEqual(found: unknown, wanted: SettingValue): boolean {
  if (typeof wanted !== "object") return found === wanted;
  if (typeof found !== "object" || found === null || Array.isArray(found) !== Array.isArray(wanted)) {
    return false;
  }
  const [a, b] = [Object.entries(found), Object.entries(wanted)];
  const values = new Map<string, unknown>(a);
  return a.length === b.length && b.every(([key, value]) => values.has(key) && values.get(key) === value);
}

/** Where TOML lets the setting stand in this text: in place, in an inline table, under its heading, dotted, at the end. */
function setSplice(text: string, document: TomlDocument, path: Path, written: string): Splice {
  const { entries } = document;
  const table = path.slice(0, -1);
  const pair = pairAt(document, path);
  if (pair !== undefined) return { start: pair.valueStart, end: pair.end, text: written };
  const inline = entries.findLast((entry) => entry.kind === "pair" && startsWith(path, entry.path));
  if (inline !== undefined) {
    const added = `${keyText(path.slice(inline.path.length))} = ${written}`;
    const last = entries.findLast((entry) => entry.inside === inline);
    if (last !== undefined) return { start: last.end, end: last.end, text: `, ${added}` };
    const start = inline.valueStart + 1;
    return { start, end: start, text: start + 1 === inline.end ? ` ${added} ` : ` ${added}` };
  }
  if (table.length === 0) return setAtRoot(text, entries, `${keyText(path)} = ${written}`);
  const heading = entries.findIndex(({ kind, path: at }) =>
    kind === "table" && at.length === table.length && startsWith(path, at)
  );
  if (heading >= 0) {
    return insertLine(
      text,
      placeUnder(text, document, heading, path),
      `${keyText(path.slice(-1))} = ${written}`,
    );
  }
  const dotted = entries.findLast(({ kind, path: at, depth, inside }) =>
    kind === "pair" && inside === undefined && depth < table.length && startsWith(at, table)
  );
  if (dotted !== undefined) {
    return insertLine(text, dotted, `${keyText(path.slice(dotted.depth))} = ${written}`);
  }
  const eol = lineEndOf(text, text.length);
  const atLineStart = text === "" || text === "\uFEFF" || text.endsWith("\n");
  const blank = /(?:^\uFEFF?|\n)[ \t]*\r?\n$|^\uFEFF?$/.test(text) ? "" : eol;
  const added = `[${keyText(table)}]${eol}${keyText(path.slice(-1))} = ${written}${eol}`;
  return { start: text.length, end: text.length, text: `${atLineStart ? "" : eol}${blank}${added}` };
}

/** Above the first heading: behind the last setting there, else at the beginning. */
function setAtRoot(text: string, entries: readonly TomlEntry[], line: string): Splice {
  const heading = entries.findIndex(({ kind }) => kind !== "pair");
  const last = entries.slice(0, heading < 0 ? undefined : heading)
    .findLast(({ inside }) => inside === undefined);
  if (last !== undefined) return insertLine(text, last, line);
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const eol = lineEndOf(text, start);
  const blank = text.length === start || /^\r?\n/.test(text.slice(start)) ? "" : eol;
  return { start, end: start, text: `${line}${eol}${blank}` };
}

/** The line behind which a setting goes: its commented-out form, else the last setting, else the heading. */
function placeUnder(
  text: string,
  { entries }: TomlDocument,
  heading: number,
  path: Path,
): { start: number; end: number } {
  const next = entries.findIndex((entry, index) => index > heading && entry.kind !== "pair");
  const lines = entries.slice(heading, next < 0 ? undefined : next).filter((entry) =>
    entry.inside === undefined
  );
  const name = RegExp.escape(path.at(-1) ?? "");
  const form = new RegExp(`(?<=\\n)[ \\t]*#[# \\t]*(?:(\\[)|(["']?)${name}\\2[ \\t]*=)`);
  for (const [index, { end }] of lines.entries()) {
    const found = form.exec(text.slice(end, lines[index + 1]?.start ?? entries[next]?.start));
    // Below a commented-out heading stand the settings of another table.
    if (found?.[1] !== undefined) break;
    if (found !== null) return { start: end + found.index, end: end + found.index };
  }
  const { start, end } = lines.at(-1) ?? { start: text.length, end: text.length };
  return { start, end };
}

function unsetSplice(text: string, { entries }: TomlDocument, pair: TomlEntry): Splice {
  const { inside } = pair;
  if (inside !== undefined) {
    const pairs = entries.filter((entry) => entry.inside === inside);
    const index = pairs.indexOf(pair);
    const [before, after] = [pairs[index - 1], pairs[index + 1]];
    if (before !== undefined) return { start: before.end, end: pair.end, text: "" };
    if (after !== undefined) return { start: pair.start, end: after.start, text: "" };
    return { start: inside.valueStart, end: inside.end, text: "{}" };
  }
  const next = pair.end + (/^[ \t]*/.exec(text.slice(pair.end))?.[0].length ?? 0);
  if (text[next] === "#") return { start: pair.start, end: next, text: "" };
  const start = text.lastIndexOf("\n", pair.start) + 1;
  return {
    start: start === 0 && text.startsWith("\uFEFF") ? 1 : start,
    end: nextLine(text, pair.end),
    text: "",
  };
}

/** Puts a line behind an entry's, with the same blanks in front and the same line end. */
function insertLine(text: string, after: { start: number; end: number }, line: string): Splice {
  const lineStart = after.start === 0 ? 0 : text.lastIndexOf("\n", after.start - 1) + 1;
  const indent = /^[ \t]*/.exec(text.slice(lineStart))?.[0] ?? "";
  const at = nextLine(text, after.end);
  const eol = lineEndOf(text, at);
  const isOpen = at === text.length && !text.endsWith("\n");
  return { start: at, end: at, text: isOpen ? eol + indent + line : indent + line + eol };
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
