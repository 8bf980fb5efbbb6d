/**
 * The words after a command -> its flags and arguments, typed. Pure.
 *
 * parseArgs does the splitting. Everything it lets pass is refused here: unknown flags, `--flag=maybe` for a flag
 * without a value, a missing value, a flag together with its opposite, surplus words. It also takes a following
 * "true" for the value of a boolean, which is prevented by giving it `--flag=true` from the start.
 */
import { parseArgs } from "@std/cli/parse-args";
import { nearest } from "../config/nearest.ts";
import { Problem } from "../problem.ts";
import type { Command, Flag, Flags, Input } from "./command.ts";

/** Every flag name of a command, opposites included, without dashes. */
export function flagNames(flags: Flags): string[] {
  return Object.entries(flags).flatMap(([name, flag]) =>
    flag.kind === "boolean" && flag.off !== undefined ? [name, flag.off] : [name]
  );
}

/** The words of a command as they are typed. */
export function line(path: readonly string[]): string {
  return ["ccproxy", ...path].join(" ");
}

/** A hint with the nearest of what could have been meant. */
export function didYouMean(words: readonly string[]): string {
  return `Did you mean ${words.map((word) => `"${word}"`).join(" or ")}?`;
}

/** The flags and positionals of one command. */
export function readInput(command: Command, words: readonly string[]): Input {
  const end = words.indexOf("--");
  if (end >= 0 && command.passesOn !== undefined) {
    const input = readInput(command, words.slice(0, end));
    return { ...input, passedOn: words.slice(end + 1) };
  }
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
  if (flag.kind !== "list") refuseRepeated(name, flag, parsed, command);
  if (flag.kind === "boolean") return readBoolean(name, flag.off, parsed, command);
  if (values.length === 0) return undefined;
  const texts = values.map(String);
  const value = texts[0] ?? "";
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
    throw usage(
      command,
      detail,
      `--${name}`,
      near === undefined ? undefined : didYouMean([`${line(command.path)} --${name} ${near}`]),
    );
  }
  return value;
}

/** Of two values one would be lost, and nobody could tell which was meant. @throws Problem usage */
function refuseRepeated(name: string, flag: Flag, parsed: Record<string, unknown>, command: Command): void {
  const spellings = flag.kind === "boolean"
    ? [hidden(name), ...flag.off === undefined ? [] : [hidden(flag.off)]]
    : [name];
  for (const spelling of spellings) {
    const values = parsed[spelling];
    if (!Array.isArray(values) || values.length < 2) continue;
    const shown = `--${spelling.replace("\0", "")}`;
    throw usage(command, `"${shown}" is given ${values.length} times: give it once`, shown);
  }
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
  return on.length > 0 ? on[0] === true : undefined;
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
      throw usage(
        command,
        detail,
        name,
        near === undefined ? undefined : didYouMean([`${line(command.path)} ${near}`]),
      );
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
  const full = near === undefined ? undefined : didYouMean([`${line(command.path)} --${near}`]);
  return usage(command, detail, found, full);
}

function usage(command: Command, detail: string, param: string | undefined, hint?: string): Problem {
  return new Problem("usage", detail, {
    param,
    hint: hint ?? `Run "${line(command.path)} --help" to see what it takes`,
  });
}
