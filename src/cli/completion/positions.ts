/** What may follow at each place of a command line, from the command table: what every shell's script is made of. Pure. */
import { SETTING_KEYS } from "../../config/settings.ts";
import type { Completes, Flag } from "../command.ts";
import { type CommandTable, findCommand, nextWords } from "../parse.ts";
import { flagNames } from "../read_input.ts";

/** The command that prints the words, one a line. */
const ASKED = {
  session: "ccproxy sessions list --quiet",
  key: "ccproxy keys list --quiet",
  model: "ccproxy models --cached --quiet",
} as const;

/** How a value is completed. */
export type Source =
  | { readonly kind: "choices"; readonly choices: readonly string[] }
  | { readonly kind: "file" | "nothing" }
  | { readonly kind: "asked"; readonly command: string };

/** A word with what it is for. */
export interface Candidate {
  readonly word: string;
  readonly doc: string;
}

/** What may follow the words of `path`. */
export interface Position {
  readonly path: readonly string[];
  readonly words: readonly Candidate[];
  readonly flags: readonly Candidate[];
  /** flags (with dashes) that take a value */
  readonly values: readonly { readonly flag: string; readonly source: Source }[];
  /** the command that prints the words that may follow beyond {@linkcode words} */
  readonly asked: string | undefined;
}

/** Every place, the first word of a line before the others. */
export function listPositions(table: CommandTable): Position[] {
  const paths = new Map<string, readonly string[]>([["", []]]);
  for (const { path } of table.commands) {
    for (let length = 1; length <= path.length; length++) {
      paths.set(path.slice(0, length).join(" "), path.slice(0, length));
    }
  }
  return [...paths.values()].map((path) => toPosition(table, path));
}

function toPosition(table: CommandTable, path: readonly string[]): Position {
  const command = findCommand(table, path);
  const help = { word: "--help", doc: "Show the help" };
  if (command === undefined) {
    const words = nextWords(table, path).map((word) => ({ word, doc: summaryOf(table, [...path, word]) }));
    const top = path.length === 0;
    return {
      path,
      words: [
        ...words,
        ...top ? [{ word: "version", doc: "Show the version" }] : [],
        { word: "help", doc: "Show the help of a command" },
      ],
      flags: top ? [help, { word: "--version", doc: "Show the version" }] : [help],
      values: [],
      asked: undefined,
    };
  }
  const flags = Object.entries(command.flags);
  const [positional] = Object.values(command.args);
  const choices = positional?.choices ?? [];
  const asked = sourceOf(positional?.completes);
  return {
    path,
    words: choices.map((word) => ({ word, doc: "" })),
    flags: [
      ...flags.flatMap(([name, flag]) =>
        flagNames({ [name]: flag }).map((spelling) => ({ word: `--${spelling}`, doc: flag.doc }))
      ),
      help,
    ],
    values: flags.filter(([, flag]) => flag.kind !== "boolean").map(([name, flag]) => ({
      flag: `--${name}`,
      source: flagSource(flag),
    })),
    asked: asked.kind === "asked" ? asked.command : undefined,
  };
}

function flagSource(flag: Flag): Source {
  if (flag.kind === "choice") return { kind: "choices", choices: flag.choices };
  return sourceOf(flag.kind === "text" || flag.kind === "list" ? flag.completes : undefined);
}

function sourceOf(completes: Completes | undefined): Source {
  switch (completes) {
    case "file":
      return { kind: "file" };
    case "session":
    case "key":
    case "model":
      return { kind: "asked", command: ASKED[completes] };
    case "setting":
      return { kind: "choices", choices: SETTING_KEYS };
    case "setting=":
      return { kind: "choices", choices: SETTING_KEYS.map((key) => `${key}=`) };
    case undefined:
      return { kind: "nothing" };
  }
}

function summaryOf(table: CommandTable, path: readonly string[]): string {
  const group = table.groups.find((candidate) => candidate.path.join(" ") === path.join(" "));
  return findCommand(table, path)?.summary ?? group?.summary.replace(/\.$/, "") ?? "";
}

/** What a script does for a value, by its source; ":" for nothing. */
export function actionFor(
  source: Source,
  onFile: string,
  onChoices: (choices: readonly string[]) => string,
  onAsked: (command: string) => string,
): string {
  switch (source.kind) {
    case "choices":
      return onChoices(source.choices);
    case "asked":
      return onAsked(source.command);
    case "file":
      return onFile;
    case "nothing":
      return ":";
  }
}
