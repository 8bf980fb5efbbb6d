/**
 * A TOML file as a tree whose nodes know their line, with every rule of TOML about what may be defined twice.
 *
 * @std/toml lets the last of two equal keys win and refuses a byte order mark, so both are dealt with here.
 */
import { Problem } from "../problem.ts";
import { type PairNode, scanToml, type Statement, type ValueNode } from "./toml_scan.ts";

/** A table; `how` it came to be decides what may be added to it later. */
export interface TomlTable {
  readonly kind: "table";
  how: "root" | "implied" | "header" | "dotted" | "inline";
  readonly line: number;
  readonly entries: Map<string, TomlNode>;
}

/** `[[name]]`, one table per heading. */
export interface TomlTables {
  readonly kind: "tables";
  readonly line: number;
  readonly items: TomlTable[];
}

/** A value that is no table; arrays hold plain values. */
export interface TomlValue {
  readonly kind: "value";
  readonly line: number;
  readonly value: unknown;
  /** the value's own place in the text */
  readonly node: ValueNode;
}

/** Anything that a key can stand for. */
export type TomlNode = TomlTable | TomlTables | TomlValue;

/** A file that was read. */
export interface TomlDocument {
  readonly root: TomlTable;
  readonly statements: readonly Statement[];
}

/**
 * Reads TOML 1.0.
 *
 * @param file name for messages
 * @throws Problem "config" with `FILE:LINE: what is wrong`
 */
export function readToml(text: string, file: string): TomlDocument {
  const statements = scanToml(text, file);
  const root: TomlTable = { kind: "table", how: "root", line: 1, entries: new Map() };
  let current = root;
  for (const statement of statements) {
    if (statement.kind === "pair") addPair(current, statement, file);
    else current = openTable(root, statement, file);
  }
  return { root, statements };
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
    throw new Problem(
      "config",
      `${file}:${good.split("\n").length}: the file must be UTF-8: found other bytes`,
    );
  }
}

function openTable(root: TomlTable, header: Exclude<Statement, PairNode>, file: string): TomlTable {
  let table = root;
  for (const name of header.path.slice(0, -1)) {
    const next = table.entries.get(name);
    if (next === undefined) {
      const made: TomlTable = { kind: "table", how: "implied", line: header.line, entries: new Map() };
      table.entries.set(name, made);
      table = made;
    } else {
      const inside = next.kind === "tables" ? next.items.at(-1) : next;
      if (inside?.kind !== "table" || inside.how === "inline") refuse(header, next, file);
      table = inside;
    }
  }
  const name = header.path.at(-1) ?? "";
  const old = table.entries.get(name);
  const made: TomlTable = { kind: "table", how: "header", line: header.line, entries: new Map() };
  if (header.kind === "tables") {
    if (old === undefined) table.entries.set(name, { kind: "tables", line: header.line, items: [made] });
    else if (old.kind === "tables") old.items.push(made);
    else refuse(header, old, file);
    return made;
  }
  if (old === undefined) {
    table.entries.set(name, made);
    return made;
  }
  if (old.kind !== "table" || old.how !== "implied") refuse(header, old, file);
  old.how = "header";
  return old;
}

function addPair(to: TomlTable, pair: PairNode, file: string): void {
  let table = to;
  for (const name of pair.path.slice(0, -1)) {
    const next = table.entries.get(name);
    if (next === undefined) {
      const made: TomlTable = { kind: "table", how: "dotted", line: pair.line, entries: new Map() };
      table.entries.set(name, made);
      table = made;
    } else {
      if (next.kind !== "table" || next.how !== "dotted") refuse(pair, next, file);
      table = next;
    }
  }
  const name = pair.path.at(-1) ?? "";
  const old = table.entries.get(name);
  if (old !== undefined) refuse(pair, old, file);
  table.entries.set(name, nodeOf(pair.value, pair.line, file));
}

function nodeOf(value: ValueNode, line: number, file: string): TomlNode {
  if (value.kind !== "table") return { kind: "value", line, value: plain(value, file), node: value };
  return inlineTable(value, line, file);
}

function inlineTable(value: ValueNode & { kind: "table" }, line: number, file: string): TomlTable {
  const table: TomlTable = { kind: "table", how: "dotted", line, entries: new Map() };
  for (const pair of value.pairs) addPair(table, pair, file);
  seal(table);
  return table;
}

/** Nothing may be added to an inline table from outside, nor to the tables in it. */
function seal(table: TomlTable): void {
  table.how = "inline";
  for (const entry of table.entries.values()) if (entry.kind === "table") seal(entry);
}

function plain(value: ValueNode, file: string): unknown {
  if (value.kind === "scalar") return value.value;
  if (value.kind === "array") return value.items.map((item) => plain(item, file));
  return plainTable(inlineTable(value, value.line, file));
}

/** A table as a plain object without a prototype, so that no key is special. */
export function plainTable(table: TomlTable): Record<string, unknown> {
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, node] of table.entries) {
    plain[key] = node.kind === "value"
      ? node.value
      : node.kind === "table"
      ? plainTable(node)
      : node.items.map(plainTable);
  }
  return plain;
}

function refuse(statement: Statement, old: TomlNode, file: string): never {
  const name = statement.path.join(".");
  const shown = statement.kind === "pair"
    ? `"${name}"`
    : statement.kind === "table"
    ? `[${name}]`
    : `[[${name}]]`;
  throw new Problem(
    "config",
    `${file}:${statement.line}: ${shown} is already defined in line ${old.line}; each may be there once`,
  );
}
