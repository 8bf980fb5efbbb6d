/** Adds to YAML text at its top level; all else stays byte for byte. Pure. */
import { lineEndOf, refuseText } from "./text_place.ts";
import { scanYaml, type YamlEntry } from "./yaml_scan.ts";

/**
 * Sets `key: value` at the top level.
 *
 * @param value as YAML writes it, on one line
 * @param onlyIfAbsent whether a value that is there stays
 * @throws Problem "file" with line and column where the text is broken, or the value is not on one line
 */
export function setYaml(
  text: string,
  key: string,
  value: string,
  onlyIfAbsent: boolean,
  file: string,
): string {
  const present = scanYaml(text, file).find((entry) => entry.key === key);
  if (present === undefined) return append(text, [`${key}: ${value}`]);
  if (onlyIfAbsent) return text;
  const { start, valueStart, valueEnd } = present;
  const old = text.slice(valueStart, valueEnd);
  if (unquoted(old) === unquoted(value)) return text;
  if (/\n|^[&!|>*]/.test(old) || hasMore(text, present)) {
    return refuseText(
      file,
      text,
      start,
      `"${key}" is more than one value on its line: change it by hand to ${value}`,
    );
  }
  const gap = /\s$/.test(text.slice(0, valueStart)) ? "" : " ";
  return text.slice(0, valueStart) + gap + value + text.slice(valueEnd);
}

/**
 * Puts an item in front of the list at a name of the top level; the list is made where there is none. An item that is
 * there with the same lines stays.
 *
 * @param lines of the item, the dash of the first in column 2
 * @throws Problem "file" with line and column where the text is broken, or leaves no place
 */
export function addYamlItem(text: string, list: string, lines: readonly string[], file: string): string {
  const present = scanYaml(text, file).find((entry) => entry.key === list);
  if (present === undefined) return append(text, [`${list}:`, ...lines]);
  const { start, lineEnd, valueStart, valueEnd, dash, end } = present;
  const value = text.slice(valueStart, valueEnd);
  const eol = lineEndOf(text);
  const isEmpty = /^(?:\[\s*\]|null|~|)$/.test(value) && dash === undefined;
  if (!isEmpty && (dash === undefined || value !== "")) {
    return refuseText(
      file,
      text,
      valueStart,
      `"${list}" is no list of lines that begin with "-": add the item by hand`,
    );
  }
  const item = lines.map((line) => " ".repeat(dash ?? 2) + line.slice(2));
  const below = text.slice(lineEnd, end).replaceAll("\r\n", "\n");
  if (`${below}\n`.includes(`${item.join("\n")}\n`)) return text;
  const name = item.find((line) => /^\s*(?:- )?name: /.test(line))?.trim().replace(/^- /, "") ?? "";
  const same = below.split("\n").findIndex((line) => sameName(line, name));
  if (same >= 0) {
    const offset = lineEnd +
      text.slice(lineEnd).split("\n").slice(0, same).map((line) => `${line}\n`).join("").length;
    return refuseText(
      file,
      text,
      Math.min(offset, text.length),
      `"${list}" has an item with ${name} already, with other settings: remove it first`,
    );
  }
  const head = isEmpty
    ? text.slice(0, start) + text.slice(start, valueStart).trimEnd() + text.slice(valueEnd, lineEnd)
    : text.slice(0, lineEnd);
  return (head.endsWith("\n") ? head : head + eol) + item.map((line) => line + eol).join("") +
    text.slice(lineEnd);
}

function sameName(line: string, name: string): boolean {
  const [, there] = /^\s*(?:- )?name:\s*(.+?)\s*$/.exec(line) ?? [];
  return there !== undefined && unquoted(there) === unquoted(name.replace(/^name:\s*/, ""));
}

function unquoted(value: string): string {
  return value.trim().replace(/^(["'])(.*)\1$/, "$2");
}

/** Whether something of an entry stands on the lines below its name. */
function hasMore(text: string, { lineEnd, end }: YamlEntry): boolean {
  return text.slice(lineEnd, end).split("\n").some((line) => /^\s*[^\s#]/.test(line));
}

function append(text: string, lines: readonly string[]): string {
  const eol = lineEndOf(text);
  return (text === "" || text.endsWith("\n") ? text : text + eol) + lines.map((line) => line + eol).join("");
}
