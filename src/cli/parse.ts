/** Words of the command line -> a command with its typed input. Pure. */
import { nearest } from "../config/nearest.ts";
import { Problem } from "../problem.ts";
import type { Command, Group, Input } from "./command.ts";
import { didYouMean, flagNames, line, readInput } from "./read_input.ts";

/** All commands and the words that group them. */
export interface CommandTable {
  readonly commands: readonly Command[];
  readonly groups: readonly Group[];
}

/** What the user asked for. */
export type Parsed =
  | { readonly kind: "command"; readonly command: Command; readonly input: Input }
  | { readonly kind: "help"; readonly path: readonly string[] }
  /** a word that is no command: a page of the documentation, or an entry of one */
  | { readonly kind: "topic"; readonly word: string }
  | { readonly kind: "version" };

/** The words of the help flag, known to every command and group. */
const HELP = ["--help", "-h"];
/** The flags of ccproxy itself that show its version; the word "version" does the same. */
const VERSION = ["--version", "-v", "-V"];

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
      const asksByWord = rest[0] === "help" && Object.keys(command.args).length === 0;
      if (asksByWord || flagWords.some((word) => HELP.includes(word))) return { kind: "help", path };
      return { kind: "command", command, input: readInput(command, rest) };
    }
    const [word, ...more] = rest;
    if (word === undefined) return { kind: "help", path };
    // Up to the command every word either is its next word or a flag of ccproxy itself.
    if (word.startsWith("-")) return readRootFlag(word, path, table);
    if (word === "help") return readHelp(path, more, table);
    if (path.length === 0 && word === "version") return readVersion(more);
    if (!nextWords(table, path).includes(word)) throw unknownCommand(word, path, table);
    path.push(word);
    rest = more;
  }
}

function readRootFlag(flag: string, path: readonly string[], table: CommandTable): Parsed {
  if (HELP.includes(flag)) return { kind: "help", path };
  if (VERSION.includes(flag) && path.length === 0) return { kind: "version" };
  const name = flag.replace(/=.*$/, "");
  const ofCommand = table.commands.some((command) => flagNames(command.flags).includes(name.slice(2)));
  const near = nearest(name.slice(2), ["help", ...path.length === 0 ? ["version"] : []]);
  throw new Problem("usage", `unknown flag "${name}" for "${line(path)}"`, {
    param: name,
    hint: ofCommand
      ? `Write the flag after the command: "${line(path)} COMMAND ${name}"`
      : name.startsWith("--") && near !== undefined
      ? didYouMean([`${line(path)} --${near}`])
      : `Run "${line(path)} --help" to see what it takes`,
  });
}

/** `ccproxy version`, with nothing but a request for help behind it. @throws Problem usage */
function readVersion(more: readonly string[]): Parsed {
  const [word] = more;
  if (word === undefined) return { kind: "version" };
  if (HELP.includes(word)) return { kind: "help", path: [] };
  throw new Problem("usage", `unexpected argument "${word}"`, {
    param: word,
    hint: 'Run "ccproxy version" alone',
  });
}

/** `help` behind the words of `from`: `ccproxy help auth status`, `ccproxy auth help status`. */
function readHelp(from: readonly string[], words: readonly string[], table: CommandTable): Parsed {
  const path = [...from];
  for (const word of words.filter((text) => !HELP.includes(text))) {
    // "help help" and "help version" ask about words that the help of ccproxy itself explains.
    if (path.length === 0 && ["help", "version"].includes(word)) return { kind: "help", path };
    if (path.length === 0 && !nextWords(table, path).includes(word)) return { kind: "topic", word };
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
