/** Puts settings into the text of a client's file, and takes them out of one that was changed since. Pure. */
import { setTomlValue } from "../../config/edit.ts";
import { readToml } from "../../config/toml.ts";
import { Problem } from "../../problem.ts";
import { type LineHunk, lineHunks } from "../line_diff.ts";
import { type FileEntry, type FileFormat, SHELL_BEGIN, SHELL_END, type WantedFile } from "./client_file.ts";
import { scanJson } from "./json_scan.ts";
import { setJson, type SetMember, unsetJson } from "./json_edit.ts";
import { lineEndOf, refuseText } from "./text_place.ts";
import { addYamlItem, setYaml } from "./yaml_edit.ts";
import { scanYaml } from "./yaml_scan.ts";

/** What was put into a file: what is needed to take it out of one that somebody changed since. */
export type FileChanges =
  | { readonly kind: "members"; readonly members: readonly SetMember[] }
  | { readonly kind: "lines"; readonly hunks: readonly LineHunk[] };

/** A changed text and what was changed in it. */
export interface EditedFile {
  readonly text: string;
  readonly changes: FileChanges;
}

/**
 * The text with the settings in it.
 *
 * @param text of the file; undefined: there is none
 * @param file name for messages
 * @throws Problem "file" with the place where the text is broken or leaves no place for the settings
 */
export function putIntoFile(wanted: WantedFile, text: string | undefined, file: string): EditedFile {
  const { format, entries } = wanted;
  const isNew = (text ?? "").trim() === "" || text === "\uFEFF";
  if (format === "json" || format === "jsonc") {
    return putIntoJson(wanted, isNew ? "{}" : text ?? "", isNew, file);
  }
  let edited = text ?? "";
  const hunks: LineHunk[] = [];
  for (const group of groupsOf(entries, format)) {
    const next = group.reduce((before, entry) => putEntry(before, entry, format, file), edited);
    hunks.push(...lineHunks(edited, next, format === "yaml"));
    edited = next;
  }
  return { text: edited, changes: { kind: "lines", hunks } };
}

/**
 * What is taken out as one: a line at the top level by itself, since its client may write others next to it; the lines
 * of a table together.
 */
function groupsOf(entries: readonly FileEntry[], format: FileFormat): (readonly FileEntry[])[] {
  const isInTable = (entry: FileEntry) =>
    format === "toml" && entry.kind === "value" && entry.path.length > 1;
  const inTables = entries.filter(isInTable);
  return [...entries.filter((entry) => !isInTable(entry)).map((entry) => [entry]), inTables];
}

function putIntoJson(
  { format, whole = "{}", entries }: WantedFile,
  before: string,
  isNew: boolean,
  file: string,
): EditedFile {
  const comments = format === "jsonc";
  const members: SetMember[] = [];
  if (isNew) {
    const root = scanJson(whole, comments, file);
    const all = root.kind === "object" ? root.members : [];
    for (const { key, value } of all) {
      members.push({
        path: [key],
        value: JSON.parse(whole.slice(value.start, value.end)),
        before: null,
        existed: 0,
      });
    }
    return { text: whole, changes: { kind: "members", members } };
  }
  let text = before;
  scanJson(text, comments, file);
  // Each becomes the first of its object, so the last one that is put in stands first.
  for (const entry of entries.toReversed()) {
    const done = entry.kind === "value" ? setJson(text, entry.path, entry.value, comments, file) : undefined;
    if (done === undefined) continue;
    text = done.text;
    members.push(done.set);
  }
  return { text, changes: { kind: "members", members } };
}

function putEntry(text: string, entry: FileEntry, format: FileFormat, file: string): string {
  switch (entry.kind) {
    case "value":
      return format === "toml"
        ? putToml(text, entry, file)
        : setYaml(text, entry.path.join("."), entry.text, entry.onlyIfAbsent, file);
    case "item":
      return addYamlItem(text, entry.list, entry.lines, file);
    case "block":
      return putBlock(text, entry.lines, file);
    default:
      return entry satisfies never;
  }
}

function putToml(
  text: string,
  { path, value }: FileEntry & { readonly kind: "value" },
  file: string,
): string {
  if (typeof value !== "string" && typeof value !== "boolean" && typeof value !== "number") {
    throw new Problem("internal");
  }
  const result = setTomlValue(text, path, value, file);
  if (result.ok) return result.text;
  throw new Problem(
    "config",
    `${file}:${result.line ?? 1}: "${path.join(".")}" cannot be set: ${result.reason}`,
    {
      hint: 'Change the file by hand, as "ccproxy connect" prints it: nothing was changed',
    },
  );
}

function putBlock(text: string, lines: readonly string[], file: string): string {
  const begin = text.indexOf(SHELL_BEGIN);
  const eol = lineEndOf(text);
  const block = lines.join(eol) + eol;
  if (begin < 0) return (text === "" || text.endsWith("\n") ? text : text + eol) + block;
  const end = text.indexOf(SHELL_END, begin);
  if (end < 0) {
    return refuseText(file, text, begin, `the block of ccproxy has no end: "${SHELL_END}" is missing`);
  }
  return text.slice(0, begin) + lines.join(eol) + text.slice(end + SHELL_END.length);
}

/**
 * The text of a file without what was put into it; what somebody else added stays.
 *
 * @throws Problem "file" with the place where ours was changed, so that it cannot be told from theirs
 */
export function takeOutOfFile(text: string, changes: FileChanges, format: FileFormat, file: string): string {
  switch (changes.kind) {
    case "members":
      return changes.members.toReversed().reduce(
        (edited, member) => unsetJson(edited, member, format === "jsonc", file),
        text,
      );
    case "lines": {
      const result = changes.hunks.toReversed().reduce(
        (edited, hunk) => takeHunk(edited, hunk, format, file),
        text,
      );
      proveText(result, format, file);
      return result;
    }
    default:
      return changes satisfies never;
  }
}

function takeHunk(text: string, { removed, added }: LineHunk, format: FileFormat, file: string): string {
  const lines = text.split("\n");
  const bare = (line: string | undefined) => line?.replace(/\r$/, "");
  const isBlank = (line: string | undefined) => (bare(line) ?? "").trim() === "";
  let wanted = added.map((line) => bare(line) ?? "");
  while (isBlank(wanted[0]) && wanted.length > 0) wanted = wanted.slice(1);
  while (isBlank(wanted.at(-1)) && wanted.length > 0) wanted = wanted.slice(0, -1);
  if (wanted.length === 0) return text;
  const places = lines.flatMap((_, at) =>
    wanted.every((line, index) => bare(lines[at + index]) === line) ? [at] : []
  );
  const [at, second] = places;
  const [first = ""] = wanted;
  if (at === undefined || second !== undefined) {
    const near = lines.findIndex((line) => bare(line) === first);
    const offset = near < 0 ? 0 : lines.slice(0, near).join("\n").length + 1;
    return refuseText(
      file,
      text,
      Math.min(offset, text.length),
      at === undefined
        ? `what ccproxy wrote was changed since (it began with ${
          JSON.stringify(first.trim())
        }), so it stays: take it out by hand`
        : "what ccproxy wrote is there twice: take one out by hand",
    );
  }
  const end = at + wanted.length;
  const next = lines.slice(end).findIndex((line) => !isBlank(line) && !/^\s*#/.test(line));
  if (next >= 0 && goesOn(wanted, lines[end + next] ?? "", format)) {
    const offset = lines.slice(0, end + next).join("\n").length + 1;
    return refuseText(file, text, offset, "a line was added to what ccproxy wrote: take both out by hand");
  }
  // The blank line that was put in front of ours goes with it.
  const start = isBlank(added[0]) && at > 0 && isBlank(lines[at - 1]) && removed.length === 0 ? at - 1 : at;
  return [...lines.slice(0, start), ...removed, ...lines.slice(end)].join("\n");
}

/** Whether a line would belong to what stood above it. */
function goesOn(block: readonly string[], next: string, format: FileFormat): boolean {
  const indentOf = (line: string) => /^ */.exec(line)?.[0].length ?? 0;
  switch (format) {
    case "toml":
      return block.some((line) => line.startsWith("[")) && !next.trimStart().startsWith("[");
    case "yaml":
      return indentOf(next) > Math.min(...block.map(indentOf)) && block.length > 1;
    default:
      return false;
  }
}

/** @throws Problem for a text that its client could not read */
function proveText(text: string, format: FileFormat, file: string): void {
  if (format === "toml") readToml(text, file);
  if (format === "yaml" && text.trim() !== "") scanYaml(text, file);
}
