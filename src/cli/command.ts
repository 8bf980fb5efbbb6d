/**
 * What a command is. A command is one value: words, flags, examples and the function that runs it. Parsing, help,
 * completions and the page of commands are all read from these values (the list is in commands.ts).
 */
import type { ExitCode } from "../problem.ts";
import type { World } from "./world.ts";

/**
 * What completes a value: files; words that are asked of ccproxy when somebody presses the key, ids of sessions,
 * named keys or models; names of settings, which are known in advance, with or without the `=` of a value.
 */
export type Completes = "file" | "session" | "key" | "model" | "setting" | "setting=";

interface FlagBase {
  /** one line for the help: starts with a capital, no full stop */
  readonly doc: string;
  /** one letter, as in `-y` */
  readonly short?: string;
  /** the environment variable that sets the same thing, for the help text */
  readonly env?: string;
}

/** `--name`, and `--OFF` for its opposite when there is one. */
export interface BooleanFlag extends FlagBase {
  readonly kind: "boolean";
  /** full name of the opposite flag, without dashes: `disable-dynamic-model-info`, `no-verbose-logging` */
  readonly off?: string;
}

/** `--name VALUE` with any text. */
export interface TextFlag extends FlagBase {
  readonly kind: "text";
  /** placeholder in the help, in capitals */
  readonly value: string;
  /** what the shell completes; nothing that can be known unless told */
  readonly completes?: Completes;
  /** an empty value is meant: it takes the setting back to its default */
  readonly emptyAllowed?: boolean;
}

/** `--name VALUE`, may be given more than once. */
export interface ListFlag extends FlagBase {
  readonly kind: "list";
  readonly completes?: Completes;
  readonly value: string;
}

/** `--name N` within a range. */
export interface IntegerFlag extends FlagBase {
  readonly kind: "integer";
  readonly value: string;
  readonly min: number;
  readonly max: number;
}

/** `--name {a | b}`. */
export interface ChoiceFlag extends FlagBase {
  readonly kind: "choice";
  readonly choices: readonly string[];
}

/** One flag of a command; its name is the key in {@linkcode Flags}. */
export type Flag = BooleanFlag | TextFlag | ListFlag | IntegerFlag | ChoiceFlag;

/** The flags of a command by name, in the order the help shows them. */
export type Flags = Readonly<Record<string, Flag>>;

/** A word after the command: `connect CLIENT`. */
export interface Positional {
  readonly doc: string;
  readonly required: boolean;
  /** the words that are known; others are refused */
  readonly choices?: readonly string[];
  /** what the shell completes where there are no choices */
  readonly completes?: Completes;
}

/** The positionals of a command by name, in order; the name in capitals is the placeholder. */
export type Positionals = Readonly<Record<string, Positional>>;

type FlagValue<F> = F extends { kind: "boolean" } ? boolean
  : F extends { kind: "integer" } ? number
  : F extends { kind: "list" } ? readonly string[]
  : F extends { kind: "choice"; choices: readonly (infer C)[] } ? C
  : string;

type PositionalValue<P> = P extends { choices: readonly (infer C)[] } ? C : string;

/** What was typed after the words of a command. A flag that was not given is absent: defaults are the command's. */
export interface Input<F extends Flags = Flags, P extends Positionals = Positionals> {
  readonly flags: { readonly [K in keyof F]?: FlagValue<F[K]> };
  readonly args: { readonly [K in keyof P]?: PositionalValue<P[K]> };
  /** the words behind `--`, for a command that hands them on */
  readonly passedOn?: readonly string[];
}

/** An example for the help: the line as typed, and what it is for. */
export interface Example {
  readonly line: string;
  readonly doc: string;
}

/** A command, with the types of its own flags. */
export interface CommandSpec<F extends Flags, P extends Positionals> {
  /** `["auth", "status"]`; the file path is the same */
  readonly path: readonly string[];
  /** one line, imperative, no full stop */
  readonly summary: string;
  /** further paragraphs for `--help`, separated by blank lines */
  readonly description?: string;
  readonly flags: F;
  readonly args: P;
  /** what the words behind `--` are, where the command hands them on to another program */
  readonly passesOn?: string;
  /** at least two */
  readonly examples: readonly Example[];
  /** what each exit code means here; 2 (wrong usage) goes without saying */
  readonly exitCodes: Readonly<Partial<Record<ExitCode, string>>>;
  /**
   * Does the work.
   *
   * Declared as a method on purpose: TypeScript compares method parameters both ways, which lets commands with
   * different flags stand in one list without a cast.
   */
  run(input: Input<F, P>, world: World): Promise<ExitCode | ForeignCode>;
}

/** The exit code of a program that a command ran in its place. */
export interface ForeignCode {
  readonly foreign: number;
}

/** A command whose flags are only known at run time: what the table holds. */
export type Command = CommandSpec<Flags, Positionals>;

/** A command value; the call only makes the compiler derive the type of `input` from the flags written in it. */
export function defineCommand<const F extends Flags, const P extends Positionals>(
  spec: CommandSpec<F, P>,
): CommandSpec<F, P> {
  return spec;
}

/** A word that only groups commands: `auth`, `codex`. */
export interface Group {
  readonly path: readonly string[];
  readonly summary: string;
}

/** `--json`, for every reading command. */
export const JSON_FLAG = { kind: "boolean", doc: "Print JSON to standard output" } as const satisfies Flag;

/** `--config FILE`, for every command that reads settings. */
export const CONFIG_FLAG = {
  kind: "text",
  value: "FILE",
  completes: "file",
  env: "CCPROXY_CONFIG",
  doc: "Settings file to use instead of the default one",
} as const satisfies Flag;
