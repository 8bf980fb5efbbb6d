import type { SettingValue } from "./settings.ts";
import { plainTable, type TomlDocument, type TomlNode } from "./toml.ts";

/** A text and what was read from it. */
export interface ReadText {
  readonly text: string;
  readonly document: TomlDocument;
}

/**
 * True when `after` holds `value` at `path` (undefined: nothing), and all else as `before` holds it, written as it was;
 * only tables that lead to `path` may be new, or be gone with it.
 */
export function differsOnlyIn(
  before: ReadText,
  after: ReadText,
  path: readonly string[],
  value: SettingValue | undefined,
): boolean {
  const target = nodeAt(after.document.root, path);
  if (value === undefined ? target !== undefined : !isEqual(plainNode(target), value)) return false;
  const old = leavesOf(before, path);
  const now = leavesOf(after, path);
  for (let length = 1; length < path.length; length++) {
    // The tables that lead to a setting may come, and may go where nothing but the setting's key made them.
    const name = JSON.stringify(path.slice(0, length));
    const [was, is] = [old.get(name), now.get(name)];
    if (was === undefined && is === TABLE) now.delete(name);
    if (was === TABLE && is === undefined && value === undefined) old.delete(name);
  }
  return old.size === now.size && [...old].every(([name, raw]) => now.get(name) === raw);
}

const TABLE = "table";

/** Every value as written and every table, by its path, without what is at or below `except`. */
function leavesOf({ text, document }: ReadText, except: readonly string[]): Map<string, string> {
  const leaves = new Map<string, string>();
  const exceptName = JSON.stringify(except);

  function visit(node: TomlNode, path: readonly (string | number)[]): void {
    const name = JSON.stringify(path);
    if (name === exceptName) return;
    switch (node.kind) {
      case "value":
        leaves.set(name, `value ${text.slice(node.node.start, node.node.end)}`);
        return;
      case "table":
        leaves.set(name, TABLE);
        for (const [key, entry] of node.entries) visit(entry, [...path, key]);
        return;
      case "tables":
        leaves.set(name, "tables");
        node.items.forEach((item, index) => visit(item, [...path, index]));
        return;
      default:
        node satisfies never;
    }
  }

  visit(document.root, []);
  return leaves;
}

function nodeAt(root: TomlNode, path: readonly string[]): TomlNode | undefined {
  let node: TomlNode | undefined = root;
  for (const part of path) node = node?.kind === "table" ? node.entries.get(part) : undefined;
  return node;
}

function plainNode(node: TomlNode | undefined): unknown {
  if (node?.kind === "table") return plainTable(node);
  return node?.kind === "value" ? node.value : undefined;
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
