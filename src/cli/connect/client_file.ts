/**
 * What `ccproxy connect CLIENT --write` puts into the client's own file. Pure; it is read from the very text that
 * `ccproxy connect CLIENT` prints, so that both say the same.
 */
import { parse as parseToml } from "@std/toml/parse";
import { Problem } from "../../problem.ts";
import { quoteToml } from "../../quote.ts";
import { isRecord, parseJson } from "../../wire/json.ts";
import { claudeVariables, CLIENTS, openaiVariables, setVariables, type Target } from "../connect_clients.ts";

/** What JSON text can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** One thing that is set in a file. */
export type FileEntry =
  /** a value at a path of names; with `onlyIfAbsent` one that is there stays */
  | {
    readonly kind: "value";
    readonly path: readonly string[];
    readonly value: JsonValue;
    /** the value as the file's language writes it */
    readonly text: string;
    readonly onlyIfAbsent: boolean;
  }
  /** an item of the list with a name at the top level; its lines are as below a dash in column 2 */
  | { readonly kind: "item"; readonly list: string; readonly lines: readonly string[] }
  /** lines of a shell */
  | { readonly kind: "block"; readonly lines: readonly string[] };

/** The languages of clients' files. */
export const FILE_FORMATS = ["toml", "json", "jsonc", "yaml", "shell"] as const;

/** One of {@linkcode FILE_FORMATS}. */
export type FileFormat = typeof FILE_FORMATS[number];

/** A client's file as it is wanted. */
export interface WantedFile {
  readonly format: FileFormat;
  /** JSON: a file that holds nothing else, used where there is none */
  readonly whole?: string;
  readonly entries: readonly FileEntry[];
}

/** Clients with a file that `--write` knows, in the order of the list. */
export const WRITABLE = ["env", "aichat", "codex", "claude-code", "opencode", "continue"] as const;

/** One of {@linkcode WRITABLE}. */
export type WritableClient = typeof WRITABLE[number];

/** Whether a client has a file that can be written. */
export function isWritable(name: string): name is WritableClient {
  return WRITABLE.some((known) => known === name);
}

/** The file of a client. */
export function wantedFile(name: WritableClient, target: Target): WantedFile {
  switch (name) {
    case "env":
      return shellFile(setVariables(target, openaiVariables(target)).split("\n"));
    case "claude-code": {
      const variables = claudeVariables(target);
      const entries = Object.entries(variables).map(([key, value]) => jsonEntry(["env", key], value));
      return { format: "json", whole: `${JSON.stringify({ env: variables }, null, 2)}\n`, entries };
    }
    case "opencode": {
      const { model, provider } = jsonRecord(parseJson(printedFile(name, target)));
      const entries = [
        jsonEntry(["model"], model),
        jsonEntry(["provider", "ccproxy"], jsonRecord(provider)["ccproxy"]),
      ];
      return { format: "jsonc", whole: `${printedFile(name, target)}\n`, entries };
    }
    case "codex":
      return tomlFile(codexText(target));
    case "aichat":
      return yamlFile(printedFile(name, target), []);
    case "continue":
      return yamlFile(printedFile(name, target), ["name", "version", "schema"]);
    default:
      return name satisfies never;
  }
}

/** Where a client has no file: what to do instead. */
export function noFileProblem(name: string, title: string): Problem {
  const isCode = CLIENTS.some((client) =>
    client.name === name &&
    client.settings(NO_TARGET).steps.some(({ kind }) => kind === "code" || kind === "shell")
  );
  return new Problem("usage", `${title} keeps its settings in no file that ccproxy could write`, {
    hint: isCode
      ? `Programs that read OPENAI_BASE_URL get it from your shell: "ccproxy connect env --write"; else copy what "ccproxy connect ${name}" prints`
      : `"ccproxy connect ${name}" says what to enter, and where`,
  });
}

const NO_TARGET: Target = { url: "http://127.0.0.1:8000", key: "", model: "gpt-5", shell: "sh" };

/** The first file that `ccproxy connect` prints. */
export function printedFile(name: string, target: Target): string {
  const steps = CLIENTS.find((client) => client.name === name)?.settings(target).steps ?? [];
  return steps.find((step) => step.kind === "file")?.text ?? "";
}

/** Codex takes the key from a variable; a file that is to work by itself holds it. */
function codexText(target: Target): string {
  return printedFile("codex", target)
    .replace(/^env_key = .*$/m, () => `experimental_bearer_token = ${quoteToml(target.key)}`);
}

function jsonEntry(path: readonly string[], value: unknown): FileEntry {
  const known = toJsonValue(value);
  return { kind: "value", path, value: known, text: JSON.stringify(known), onlyIfAbsent: false };
}

function tomlFile(printed: string): WantedFile {
  const entries: FileEntry[] = [];
  const walk = (path: readonly string[], value: unknown) => {
    if (isRecord(value)) { for (const [key, inner] of Object.entries(value)) walk([...path, key], inner); }
    else entries.push(jsonEntry(path, value));
  };
  walk([], parseToml(printed));
  return { format: "toml", entries };
}

/** `name: value` lines and one list with one item: all that the printed files hold. */
function yamlFile(printed: string, onlyIfAbsent: readonly string[]): WantedFile {
  const lines = printed.split("\n");
  const entries: FileEntry[] = [];
  for (const [at, line] of lines.entries()) {
    const [, key = "", text = ""] = /^(\w+):(?: (.+))?$/.exec(line) ?? [];
    if (key !== "" && text !== "") {
      entries.push({
        kind: "value",
        path: [key],
        value: text,
        text,
        onlyIfAbsent: onlyIfAbsent.includes(key),
      });
    } else if (key !== "") entries.push({ kind: "item", list: key, lines: lines.slice(at + 1) });
  }
  return { format: "yaml", entries };
}

function shellFile(lines: readonly string[]): WantedFile {
  const block = [SHELL_BEGIN, ...lines, SHELL_END];
  return { format: "shell", entries: [{ kind: "block", lines: block }] };
}

/** The lines around what is ours in a file of a shell. */
export const SHELL_BEGIN =
  '# >>> ccproxy: written by "ccproxy connect env --write", "--undo" takes it out >>>';
/** See {@linkcode SHELL_BEGIN}. */
export const SHELL_END = "# <<< ccproxy <<<";

function jsonRecord(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new Problem("internal");
  return value;
}

/** A value that came out of JSON text. */
export function toJsonValue(value: unknown): JsonValue {
  if (
    value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
  ) {
    return value;
  }
  if (Array.isArray(value)) return value.map(toJsonValue);
  return Object.fromEntries(
    Object.entries(jsonRecord(value)).map(([key, inner]) => [key, toJsonValue(inner)]),
  );
}
