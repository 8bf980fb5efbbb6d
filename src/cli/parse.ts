/**
 * Words of the command line -> a command with its typed input. Pure.
 *
 * parseArgs does the splitting. Everything it lets pass is refused here: unknown flags, `--flag=maybe` for a flag
 * without a value, a missing value, a flag together with its opposite, surplus words. It also takes a following
 * "true" for the value of a boolean, which is prevented by giving it `--flag=true` from the start.
 */
import { parseArgs } from "@std/cli/parse-args";
import { nearest } from "../config/nearest.ts";
import { Problem } from "../problem.ts";
import type { Command, Flag, Flags, Group, Input } from "./command.ts";

/** All commands and the words that group them. */
export interface CommandTable {
  readonly commands: readonly Command[];
  readonly groups: readonly Group[];
}

/** What the user asked for. */
export type Parsed =
  | { readonly kind: "command"; readonly command: Command; readonly input: Input }
  | { readonly kind: "help"; readonly path: readonly string[] }
  | { readonly kind: "version" };

/** The words of the help flag, known to every command and group. */
const HELP = ["--help", "-h"];

/**
 * Reads a command line.
 *
 * @throws Problem "usage", with the nearest known word as hint
 */
export function parseLine(args: readonly string[], table: CommandTable): Parsed {
  const path: string[] = [];
  let rest = [...args];
  while (true) {
    const command = findCommand(table, path);
    if (command !== undefined) {
      const end = rest.indexOf("--");
      const flagWords = end < 0 ? rest : rest.slice(0, end);
      if (flagWords.some((word) => HELP.includes(word))) return { kind: "help", path };
      return { kind: "command", command, input: readInput(command, rest) };
    }
    const [word, ...more] = rest;
    if (word === undefined) return { kind: "help", path };
    // Up to the command every word either is its next word or a flag of ccproxy itself.
    if (word.startsWith("-")) return readRootFlag(word, path, table);
    if (path.length === 0 && word === "help") return readHelp(more, table);
    if (!nextWords(table, path).includes(word)) throw unknownCommand(word, path, table);
    path.push(word);
    rest = more;
  }
}

function readRootFlag(flag: string, path: readonly string[], table: CommandTable): Parsed {
  if (HELP.includes(flag)) return { kind: "help", path };
  if (flag === "--version" && path.length === 0) return { kind: "version" };
  const name = flag.replace(/=.*$/, "");
  const ofCommand = table.commands.some((command) => flagNames(command.flags).includes(name.slice(2)));
  const near = nearest(name.slice(2), ["help", ...path.length === 0 ? ["version"] : []]);
  throw new Problem("usage", `unknown flag "${name}" for "${line(path)}"`, {
    param: name,
    hint: ofCommand
      ? `Write the flag after the command: "${line(path)} COMMAND ${name}"`
      : name.startsWith("--") && near !== undefined
      ? didYouMean([`--${near}`])
      : `Run "${line(path)} --help" to see what it takes`,
  });
}

function readHelp(words: readonly string[], table: CommandTable): Parsed {
  const path: string[] = [];
  for (const word of words.filter((text) => !HELP.includes(text))) {
    if (!nextWords(table, path).includes(word)) throw unknownCommand(word, path, table);
    path.push(word);
  }
  return { kind: "help", path };
}

/** The command with exactly these words. */
export function findCommand(table: CommandTable, path: readonly string[]): Command | undefined {
  return table.commands.find((command) => command.path.join(" ") === path.join(" "));
}

/** The words that may follow `path`, in the order of the table. */
export function nextWords(table: CommandTable, path: readonly string[]): string[] {
  const words = table.commands
    .filter((command) =>
      command.path.length > path.length && path.every((word, at) => command.path[at] === word)
    )
    .map((command) => command.path[path.length] ?? "");
  return [...new Set(words)];
}

/** Every flag name of a command, opposites included, without dashes. */
export function flagNames(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, flag]) =>
    flag.kind === "boolean" && flag.off !== undefined ? [name, flag.off] : [name]
  );
}

function unknownCommand(word: string, path: readonly string[], table: CommandTable): Problem {
  const here = nearest(word, nextWords(table, path));
  // "ccproxy login" and "ccproxy status" are commands of a group: found by their last word.
  const last = nearest(word, table.commands.map((command) => command.path.at(-1) ?? ""));
  const elsewhere = table.commands.filter((command) => command.path.at(-1) === last);
  const near = here !== undefined ? [line([...path, here])] : elsewhere.map((command) => line(command.path));
  const where = path.length === 0 ? "" : ` of "${line(path)}"`;
  return new Problem("usage", `unknown command "${word}"${where}`, {
    param: word,
    hint: near.length > 0 ? didYouMean(near.slice(0, 3)) : `Run "${line(path)} --help" to see the commands`,
  });
}

function line(path: readonly string[]): string {
  return ["ccproxy", ...path].join(" ");
}

function didYouMean(words: readonly string[]): string {
  return `Did you mean ${words.map((word) => `"${word}"`).join(" or ")}?`;
}

/** The flags and positionals of one command. */
function readInput(command: Command, words: readonly string[]): Input {
  const end = words.indexOf("--");
  const before = end < 0 ? words : words.slice(0, end);
  const names = flagNames(command.flags);
  const booleans = names.filter((name) => (command.flags[name] ?? OPPOSITE).kind === "boolean");
  const shorts = new Map(
    Object.entries(command.flags).flatMap(([name, flag]) =>
      flag.short === undefined ? [] : [[flag.short, name] as const]
    ),
  );

  const spelled = before.map((word) => {
    const [, long = "", value = "true"] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = long === "" && word.startsWith("-") ? shorts.get(word.slice(1)) ?? "" : long;
    return booleans.includes(name) ? `--${hidden(name)}=${value}` : word;
  });
  for (const word of before) refuseBooleanValue(word, booleans, command);

  const parsed = parseArgs([...spelled, ...(end < 0 ? [] : words.slice(end))], {
    boolean: booleans.map(hidden),
    string: ["_", ...names.filter((name) => !booleans.includes(name))],
    collect: names.map((name) => booleans.includes(name) ? hidden(name) : name),
    alias: Object.fromEntries(
      [...shorts].map(([short, name]) => [booleans.includes(name) ? hidden(name) : name, short]),
    ),
    unknown: (arg, key) => {
      if (key === undefined) return true;
      throw unknownFlag(arg.startsWith("--") ? arg.replace(/=.*$/s, "") : `-${key}`, command);
    },
  });

  const flags: Record<string, boolean | string | number | readonly string[]> = {};
  for (const [name, flag] of Object.entries(command.flags)) {
    const value = readFlag(name, flag, parsed, before, command);
    if (value !== undefined) flags[name] = value;
  }
  return { flags, args: readPositionals(command, parsed._.map(String)) };
}

/**
 * The name under which a boolean goes through parseArgs, which takes "--no-browser=true" for "--browser=true". No
 * word of a command line can hold a NUL.
 */
function hidden(name: string): string {
  return `\0${name}`;
}

/** Stands for the second name of a pair, which has no row of its own. */
const OPPOSITE: Flag = { kind: "boolean", doc: "" };

function refuseBooleanValue(word: string, booleans: readonly string[], command: Command): void {
  const [, name, value] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
  if (name === undefined || !booleans.includes(name)) return;
  const paired = command.flags[name] === undefined;
  if (!paired && (value === "true" || value === "false")) return;
  throw usage(command, `"--${name}" takes no value: found "${value}"`, `--${name}`);
}

function readFlag(
  name: string,
  flag: Flag,
  parsed: Record<string, unknown>,
  before: readonly string[],
  command: Command,
): boolean | string | number | readonly string[] | undefined {
  const values = Array.isArray(parsed[name]) ? parsed[name] : [];
  if (flag.kind === "boolean") return readBoolean(name, flag.off, parsed, command);
  if (values.length === 0) return undefined;
  const texts = values.map(String);
  const value = texts.at(-1) ?? "";
  const emptyMeant = flag.kind === "text" && flag.emptyAllowed === true && before.includes(`--${name}=`);
  if (texts.includes("") && !emptyMeant) {
    throw usage(command, `"--${name}" needs a value: --${name} ${placeholder(flag)}`, `--${name}`);
  }
  if (flag.kind === "list") return texts;
  if (flag.kind === "integer") {
    const number = /^[+-]?\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= flag.min && number <= flag.max) return number;
    const range = flag.max === Number.MAX_SAFE_INTEGER
      ? `of at least ${flag.min}`
      : `from ${flag.min} to ${flag.max}`;
    throw usage(command, `"--${name}" must be a whole number ${range}: found "${value}"`, `--${name}`);
  }
  if (flag.kind === "choice" && !flag.choices.includes(value)) {
    const near = nearest(value, flag.choices);
    const detail = `"--${name}" must be one of ${flag.choices.join(", ")}: found "${value}"`;
    throw usage(command, detail, `--${name}`, near === undefined ? undefined : didYouMean([near]));
  }
  return value;
}

function readBoolean(
  name: string,
  off: string | undefined,
  parsed: Record<string, unknown>,
  command: Command,
): boolean | undefined {
  const on = booleansAt(parsed, name);
  const opposite = off === undefined ? [] : booleansAt(parsed, off);
  if (on.length > 0 && opposite.length > 0) {
    throw usage(command, `"--${name}" and "--${off}" exclude each other`, `--${name}`);
  }
  if (opposite.length > 0) return false;
  return on.length > 0 ? on.at(-1) === true : undefined;
}

function booleansAt(parsed: Record<string, unknown>, name: string): unknown[] {
  const values = parsed[hidden(name)];
  return Array.isArray(values) ? values : [];
}

function readPositionals(command: Command, words: readonly string[]): Record<string, string> {
  const given: Record<string, string> = {};
  const rest = [...words];
  for (const [name, positional] of Object.entries(command.args)) {
    const word = rest.shift();
    if (word === undefined) {
      if (positional.required) throw usage(command, `${name.toUpperCase()} is missing`, name);
      continue;
    }
    if (positional.choices !== undefined && !positional.choices.includes(word)) {
      const near = nearest(word, positional.choices);
      const detail = `unknown ${name} "${word}": known are ${positional.choices.join(", ")}`;
      throw usage(command, detail, name, near === undefined ? undefined : didYouMean([near]));
    }
    given[name] = word;
  }
  if (rest.length > 0) throw usage(command, `unexpected argument "${rest[0]}"`, rest[0]);
  return given;
}

/** How the value of a flag is written in the help: `FILE`, `{text | json}`; empty for a boolean. */
export function placeholder(flag: Flag): string {
  if (flag.kind === "boolean") return "";
  return flag.kind === "choice" ? `{${flag.choices.join("|")}}` : flag.value;
}

function unknownFlag(found: string, command: Command): Problem {
  const near = found.startsWith("--")
    ? nearest(found.slice(2), [...flagNames(command.flags), "help"])
    : undefined;
  const detail = `unknown flag "${found}" for "${line(command.path)}"`;
  return usage(command, detail, found, near === undefined ? undefined : didYouMean([`--${near}`]));
}

function usage(command: Command, detail: string, param: string | undefined, hint?: string): Problem {
  return new Problem("usage", detail, {
    param,
    hint: hint ?? `Run "${line(command.path)} --help" to see what it takes`,
  });
}
