/**
 * A TOML file as a tree whose nodes know their line, with every rule of TOML about what may be defined twice.
 */
import { Problem } from "../problem.ts";
import { scanToml, type TomlEntry } from "./toml_scan.ts";

/** A table; `how` it came to be decides what may be added to it later. */
export interface TomlTable {
  readonly kind: "table";
  how: "root" | "implied" | "header" | "dotted" | "inline";
  readonly line: number;
  readonly entries: Map<string, TomlNode>;
}

/** Anything that a key can stand for; "tables" is `[[name]]`, one table for each heading. */
export type TomlNode =
  | TomlTable
  | { readonly kind: "tables"; readonly line: number; readonly items: TomlTable[] }
  | { readonly kind: "value"; readonly line: number; readonly value: unknown };

/** A file that was read. */
export interface TomlDocument {
  readonly root: TomlTable;
  readonly entries: readonly TomlEntry[];
}

/**
 * Reads TOML 1.0.
 *
 * @param file name for messages
 * @throws Problem "config" with `FILE:LINE: what is wrong`
 */
export function readToml(text: string, file: string): TomlDocument {
  const entries = scanToml(text, file);
  const root = table("root", 1);
  const inlineTables = new Map<TomlEntry, TomlTable>();
  let section = root;
  for (const entry of entries) {
    const { kind, line } = entry;
    const base = kind !== "pair"
      ? root
      : entry.inside === undefined
      ? section
      : inlineTables.get(entry.inside);
    const holder = descend(base ?? root, entry, file);
    const name = entry.path.at(-1) ?? "";
    const old = holder.entries.get(name);
    if (kind === "pair") {
      if (old !== undefined) refuse(entry, old, file);
      const inline = entry.value === undefined ? table("inline", line) : undefined;
      if (inline !== undefined) inlineTables.set(entry, inline);
      holder.entries.set(name, inline ?? { kind: "value", line, value: entry.value });
      continue;
    }
    section = table("header", line);
    if (old === undefined) {
      holder.entries.set(name, kind === "table" ? section : { kind, line, items: [section] });
    } else if (kind === "tables" && old.kind === "tables") {
      old.items.push(section);
    } else if (kind === "table" && old.kind === "table" && old.how === "implied") {
      old.how = "header";
      section = old;
    } else refuse(entry, old, file);
  }
  return { root, entries };
}

/** The bytes of a file as text; the byte order mark stays, so that an edit keeps it. */
export function decodeToml(bytes: Uint8Array, file: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new Problem("config", `${file}:1: the file must be UTF-8: found UTF-16`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const good = new TextDecoder("utf-8").decode(bytes).split("\uFFFD", 1)[0] ?? "";
    const line = good.split("\n").length;
    throw new Problem("config", `${file}:${line}: the file must be UTF-8: found other bytes`);
  }
}

/** What a key stands for as plain values; objects have no prototype, so that no key is special. */
export function plainValue(node: TomlNode): unknown {
  if (node.kind === "value") return node.value;
  if (node.kind === "tables") return node.items.map(plainValue);
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, entry] of node.entries) plain[key] = plainValue(entry);
  return plain;
}

function table(how: TomlTable["how"], line: number): TomlTable {
  return { kind: "table", how, line, entries: new Map() };
}

/** The table that an entry goes into; those that are missing on the way are made. */
function descend(base: TomlTable, entry: TomlEntry, file: string): TomlTable {
  const isPair = entry.kind === "pair";
  let holder = base;
  for (const name of entry.path.slice(entry.depth, -1)) {
    const next = holder.entries.get(name) ?? table(isPair ? "dotted" : "implied", entry.line);
    holder.entries.set(name, next);
    const inside = next.kind === "tables" && !isPair ? next.items.at(-1) : next;
    const isOpen = inside?.kind === "table" && (isPair ? inside.how === "dotted" : inside.how !== "inline");
    if (!isOpen) refuse(entry, next, file);
    holder = inside;
  }
  return holder;
}

function refuse(entry: TomlEntry, old: TomlNode, file: string): never {
  const name = entry.path.slice(entry.depth).join(".");
  const shown = entry.kind === "pair" ? `"${name}"` : entry.kind === "table" ? `[${name}]` : `[[${name}]]`;
  const where = `${file}:${entry.line}`;
  throw new Problem(
    "config",
    `${where}: ${shown} is already defined in line ${old.line}; each may be there once`,
  );
}
