import type { TomlDocument } from "./toml.ts";
import type { HeaderNode, PairNode, ValueNode } from "./toml_scan.ts";

type InlineTable = ValueNode & { readonly kind: "table" };

/** Where a setting stands in the text, or where it would go. Offsets count in the text. */
export type EditPlace =
  | {
    readonly kind: "value";
    readonly pair: PairNode;
    /** the inline table that the pair is in; undefined when it stands on its own line */
    readonly inside: InlineTable | undefined;
  }
  | { readonly kind: "inline"; readonly table: InlineTable; readonly depth: number }
  | {
    readonly kind: "after";
    /** somewhere in the line behind which the new line goes */
    readonly offset: number;
    /** blanks at the beginning of the new line */
    readonly indent: string;
    /** so many parts of the path are told by the table the line is in */
    readonly depth: number;
  }
  | { readonly kind: "append" }
  | { readonly kind: "refused"; readonly reason: string; readonly line: number };

/** A run of settings under one heading; the first run has none. */
interface Section {
  readonly header: HeaderNode | undefined;
  readonly path: readonly string[];
  readonly pairs: PairNode[];
  /** where the next heading begins, or the end of the text */
  end: number;
}

/**
 * Finds the place of the setting at `path`. In files where more than one way of writing it leads there, each way is
 * looked for where TOML allows it: on its own line, as a dotted key, in an inline table.
 *
 * @param path at least two parts: a table and a name
 */
export function findPlace(text: string, document: TomlDocument, path: readonly string[]): EditPlace {
  const table = path.slice(0, -1);
  if (table.length === 0) return { kind: "refused", reason: "a setting must be in a table", line: 1 };
  const sections = sectionsOf(text, document);
  let heading: Section | undefined;
  let dotted: { section: Section; pair: PairNode } | undefined;
  for (const section of sections) {
    if (section.header?.kind === "tables" && startsWith(path, section.path)) {
      return {
        kind: "refused",
        reason: `[[${section.path.join(".")}]] is a list of tables`,
        line: section.header.line,
      };
    }
    if (section.header !== undefined && startsWith(section.path, path)) {
      return { kind: "refused", reason: "the setting is a table of its own", line: section.header.line };
    }
    if (!startsWith(path, section.path)) continue;
    if (section.header !== undefined && section.path.length === table.length) heading = section;
    for (const pair of section.pairs) {
      const place = placeIn(pair, undefined, section.path.length, path);
      if (place !== undefined) return place;
      if (section.path.length < table.length && startsWith(pair.path, table.slice(section.path.length))) {
        dotted = { section, pair };
      }
    }
  }
  if (heading !== undefined) return placeUnder(text, heading, path);
  if (dotted === undefined) return { kind: "append" };
  const { section, pair } = dotted;
  return { kind: "after", offset: pair.end, indent: indentAt(text, pair.start), depth: section.path.length };
}

/**
 * Looks for the setting at or in one pair.
 *
 * @param depth so many parts of `path` lead to the table that the pair is in
 */
function placeIn(
  pair: PairNode,
  inside: InlineTable | undefined,
  depth: number,
  path: readonly string[],
): EditPlace | undefined {
  const wanted = path.slice(depth);
  if (wanted.length < pair.path.length && startsWith(pair.path, wanted)) {
    return { kind: "refused", reason: "the setting is a table of its own", line: pair.line };
  }
  if (!startsWith(wanted, pair.path)) return undefined;
  if (wanted.length === pair.path.length) return { kind: "value", pair, inside };
  const table = pair.value;
  if (table.kind !== "table") {
    return { kind: "refused", reason: `"${pair.path.join(".")}" is not a table`, line: pair.line };
  }
  const innerDepth = depth + pair.path.length;
  for (const inner of table.pairs) {
    const place = placeIn(inner, table, innerDepth, path);
    if (place !== undefined) return place;
  }
  return { kind: "inline", table, depth: innerDepth };
}

/** Below a heading: beside the commented-out form, else after the last setting, else right below the heading. */
function placeUnder(text: string, section: Section, path: readonly string[]): EditPlace {
  const { header } = section;
  if (header === undefined) return { kind: "append" };
  const depth = section.path.length;
  const commented = commentedForm(text, section, header, path.at(-1) ?? "");
  const offset = commented ?? section.pairs.at(-1)?.end ?? header.end;
  const indentFrom = commented ?? section.pairs.at(-1)?.start ?? header.start;
  return { kind: "after", offset, indent: indentAt(text, indentFrom), depth };
}

/** Offset of the first `# name =` below the heading, before a commented-out heading; undefined when there is none. */
function commentedForm(text: string, section: Section, header: HeaderNode, name: string): number | undefined {
  const form = new RegExp(
    `^[ \\t]*#[# \\t]*(?:${RegExp.escape(name)}|(["'])${RegExp.escape(name)}\\1)[ \\t]*=`,
  );
  let line = nextLine(text, header.end);
  let index = 0;
  while (line < section.end) {
    const pair = section.pairs[index];
    const end = nextLine(text, line);
    if (pair !== undefined && pair.start < end) {
      line = nextLine(text, pair.end);
      index++;
      continue;
    }
    const content = text.slice(line, end);
    if (/^[ \t]*#[# \t]*\[/.test(content)) return undefined;
    if (form.test(content)) return line;
    line = end;
  }
  return undefined;
}

function sectionsOf(text: string, document: TomlDocument): Section[] {
  let current: Section = { header: undefined, path: [], pairs: [], end: text.length };
  const sections = [current];
  for (const statement of document.statements) {
    if (statement.kind === "pair") {
      current.pairs.push(statement);
    } else {
      current.end = statement.start;
      current = { header: statement, path: statement.path, pairs: [], end: text.length };
      sections.push(current);
    }
  }
  return sections;
}

function startsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((part, index) => path[index] === part);
}

function indentAt(text: string, offset: number): string {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, start + 200))?.[0] ?? "";
}

function nextLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}
