/** Sets and takes out members of JSON text; all else stays byte for byte. Pure. */
import { isRecord } from "../../wire/json.ts";
import type { JsonValue } from "./client_file.ts";
import { type JsonMember, type JsonNode, jsonValue, memberAt, scanJson } from "./json_scan.ts";
import { lineEndOf, refuseText } from "./text_place.ts";

/** A member that was set, and what is needed to take it out again. */
export interface SetMember {
  readonly path: readonly string[];
  readonly value: JsonValue;
  /** the text of the value that stood there; null: there was none */
  readonly before: string | null;
  /** so many parts of the path were there; what lies deeper was made, and goes when it is empty */
  readonly existed: number;
}

/**
 * Sets one member; objects on the way to it are made. A new one becomes the first of its object, so that no other line
 * changes.
 *
 * @param comments whether the file may hold comments (JSONC)
 * @returns undefined when the value is there already
 * @throws Problem "file" with line and column where the text is broken, or something else stands in the way
 */
export function setJson(
  text: string,
  path: readonly string[],
  value: JsonValue,
  comments: boolean,
  file: string,
): { readonly text: string; readonly set: SetMember } | undefined {
  const root = scanJson(text, comments, file);
  const present = memberAt(root, path);
  if (present !== undefined) {
    if (sameJson(jsonValue(present.value), value)) return undefined;
    const { start, end } = present.value;
    const before = text.slice(start, end);
    const written = valueText(value, indentAt(text, present.start), unitOf(text), lineEndOf(text));
    const set = { path, value, before, existed: path.length };
    return { text: text.slice(0, start) + written + text.slice(end), set };
  }
  const { holder, existed } = deepest(root, path);
  if (holder.kind !== "object") {
    const name = path.slice(0, existed).join(".") || "the file";
    return refuseText(file, text, holder.start, `${name} must be an object to hold "${path[existed]}"`);
  }
  const [name = "", ...deeper] = path.slice(existed);
  const made = deeper.reduceRight<JsonValue>((inner, key) => ({ [key]: inner }), value);
  return {
    text: insertMember(text, holder, name, made),
    set: { path, value, before: null, existed },
  };
}

/**
 * Takes out what {@linkcode setJson} set: the value that stood there comes back, or the member goes, with the objects
 * that were made for it and hold nothing more. One that is gone already is no fault.
 *
 * @throws Problem "file" where somebody has changed it
 */
export function unsetJson(text: string, set: SetMember, comments: boolean, file: string): string {
  const root = scanJson(text, comments, file);
  const member = memberAt(root, set.path);
  if (member === undefined) return text;
  if (!sameJson(jsonValue(member.value), set.value)) {
    return refuseText(
      file,
      text,
      member.start,
      `"${set.path.join(".")}" was changed since ccproxy wrote it, so it stays`,
    );
  }
  if (set.before !== null) {
    return text.slice(0, member.value.start) + set.before + text.slice(member.value.end);
  }
  let path = set.path;
  while (path.length - 1 > set.existed) {
    const above = memberAt(root, path.slice(0, -1));
    if (above?.value.kind !== "object" || above.value.members.length > 1) break;
    path = path.slice(0, -1);
  }
  const holder = path.length === 1 ? root : memberAt(root, path.slice(0, -1))?.value;
  return holder?.kind === "object" ? removeMember(text, holder, path.at(-1) ?? "") : text;
}

/** The innermost value on the way to a path that is there. */
function deepest(root: JsonNode, path: readonly string[]): { holder: JsonNode; existed: number } {
  let holder = root;
  for (let depth = 0; depth < path.length; depth++) {
    const member = memberAt(holder, path.slice(depth, depth + 1));
    if (member === undefined) return { holder, existed: depth };
    holder = member.value;
  }
  return { holder, existed: path.length };
}

function insertMember(
  text: string,
  holder: JsonNode & { readonly kind: "object" },
  name: string,
  value: JsonValue,
): string {
  const eol = lineEndOf(text);
  const unit = unitOf(text);
  const outer = indentAt(text, holder.start);
  const [first] = holder.members;
  const isBroken = first !== undefined && text.slice(holder.start, first.start).includes("\n");
  const inner = isBroken ? indentAt(text, first.start) : outer + unit;
  const member = `${eol}${inner}${JSON.stringify(name)}: ${valueText(value, inner, unit, eol)}`;
  const at = holder.start + 1;
  if (first === undefined) {
    // What stands in an object without members: blanks, or a comment that is to stay.
    const rest = text.slice(at).trimStart();
    const end = rest.startsWith("}") ? `${eol}${outer}${rest}` : text.slice(at);
    return text.slice(0, at) + member + end;
  }
  return text.slice(0, at) + member + "," +
    (isBroken ? text.slice(at) : eol + inner + text.slice(at).trimStart());
}

function removeMember(text: string, holder: JsonNode & { readonly kind: "object" }, name: string): string {
  const index = holder.members.findIndex(({ key }) => key === name);
  const member = holder.members[index];
  if (member === undefined) return text;
  const previous = holder.members[index - 1];
  const isLast = index === holder.members.length - 1;
  if (holder.members.length === 1 && /^\s*$/.test(between(text, holder, member))) {
    return `${text.slice(0, holder.start)}{}${text.slice(holder.end)}`;
  }
  const { start, end } = wholeLines(text, member.start, (member.comma ?? member.value.end - 1) + 1);
  let head = text.slice(0, start);
  // The comma in front of the last member has nothing to part any more.
  if (isLast && member.comma === undefined && previous?.comma !== undefined) {
    head = head.slice(0, previous.comma) + head.slice(previous.comma + 1);
  }
  return head + text.slice(end);
}

/** What stands in the braces around a single member. */
function between(text: string, holder: JsonNode, member: JsonMember): string {
  return text.slice(holder.start + 1, member.start) +
    text.slice((member.comma ?? member.value.end - 1) + 1, holder.end - 1);
}

/** The lines of a piece, where nothing else is on them. */
function wholeLines(text: string, start: number, end: number): { start: number; end: number } {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const rest = /^[ \t]*\r?\n/.exec(text.slice(end))?.[0];
  if (rest !== undefined && /^[ \t]*$/.test(text.slice(lineStart, start))) {
    return { start: lineStart, end: end + rest.length };
  }
  return { start, end: end + (/^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0) };
}

/** The blanks in front of the line of an offset. */
function indentAt(text: string, offset: number): string {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, offset))?.[0] ?? "";
}

/** What one level is indented by: as the first indented line, else two blanks. */
function unitOf(text: string): string {
  return /\n([ \t]+)(?=\S)/.exec(text)?.[1] ?? "  ";
}

function valueText(value: JsonValue, indent: string, unit: string, eol: string): string {
  return JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);
}

/** Whether two values are the same, whatever the order of their names. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (isRecord(a) && isRecord(b)) {
    const names = Object.keys(a);
    return names.length === Object.keys(b).length &&
      names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]));
  }
  return a === b;
}
