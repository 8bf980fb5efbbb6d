/**
 * Reads and writes the folders of `tests/golden/` (format: tests/golden/README.md).
 */
import { isRecord, type JsonObject, parseJson } from "../src/wire/json.ts";
import type { DialectName } from "../src/dialects/draft.ts";
import type { WaySettings } from "./dialects/answer_ways.ts";

/** `case.json`. */
export interface CaseFacts {
  /** what the case shows, in a sentence */
  readonly about: string;
  /** where it comes from: "hand-made from …", or "recorded DATE, plan, …, redacted" */
  readonly source: string;
  /** statements of the translation checklist that it proves */
  readonly proves?: readonly number[];
  readonly settings?: WaySettings;
  /** types of events that are not of the public API, as they are counted; [] when absent */
  readonly unknownEvents?: readonly string[];
}

/** One case for one dialect. Cases of the group `stream` are run for both. */
export interface GoldenCase {
  /** `chat/text` */
  readonly name: string;
  readonly dialect: DialectName;
  readonly facts: CaseFacts;
  /** the client's body; the shortest one of the dialect when the case has none */
  readonly request: JsonObject;
  readonly hasRequest: boolean;
  /** the backend's bytes; undefined for a case that is only about a request */
  readonly upstream: Uint8Array | undefined;
}

const GROUPS = ["chat", "completions", "messages", "responses", "stream"] as const;
/** `CCPROXY_GOLDEN` names another folder of cases: recordings that are not in the tree yet. */
const ROOT = new URL(Deno.env.get("CCPROXY_GOLDEN") ?? "./golden/", import.meta.url);

/** Requests of cases that are only about streams. */
const SHORTEST: Readonly<Record<DialectName, JsonObject>> = {
  chat: { model: "gpt-5.5", stream: true, messages: [{ role: "user", content: "Hi" }] },
  responses: { model: "gpt-5.5", stream: true, input: "Hi" },
  messages: { model: "gpt-5.5", stream: true, max_tokens: 1000, messages: [{ role: "user", content: "Hi" }] },
  completions: { model: "gpt-5.5", stream: true, prompt: "Hi" },
};

/** Every case on disk, in the order of their names. @throws Error for a folder that is no case */
export function readCases(): GoldenCase[] {
  return GROUPS.flatMap((group) => {
    if (!groups().includes(group)) return [];
    const names = [...Deno.readDirSync(new URL(`${group}/`, ROOT))].map((entry) => entry.name).sort();
    return names.flatMap((name) => readCase(group, name));
  });
}

function groups(): string[] {
  return [...Deno.readDirSync(ROOT)].map(({ name }) => name);
}

function readCase(group: typeof GROUPS[number], name: string): GoldenCase[] {
  const folder = `${group}/${name}`;
  const facts = readJson(`${folder}/case.json`);
  if (facts === undefined) throw new Error(`tests/golden/${folder} has no case.json`);
  const request = readJson(`${folder}/request.json`);
  const upstream = readBytes(`${folder}/upstream.sse`);
  const dialects: DialectName[] = group === "stream" ? ["chat", "responses"] : [group];
  return dialects.map((dialect) => ({
    name: folder,
    dialect,
    facts: toFacts(facts, folder),
    request: request ?? SHORTEST[dialect],
    hasRequest: request !== undefined,
    upstream,
  }));
}

function toFacts(facts: JsonObject, folder: string): CaseFacts {
  const { about, source, proves = [], settings = {}, unknownEvents = [] } = facts;
  if (typeof about !== "string" || typeof source !== "string") {
    throw new Error(`tests/golden/${folder}/case.json needs "about" and "source"`);
  }
  if (!Array.isArray(proves) || !Array.isArray(unknownEvents) || !isRecord(settings)) {
    throw new Error(`tests/golden/${folder}/case.json has a key of the wrong type`);
  }
  return { about, source, proves, settings, unknownEvents };
}

/** The name of an expected file; cases of the group `stream` have one for each dialect. */
export function expectedFile(
  golden: GoldenCase,
  kind: "client.sse" | "answer.json" | "problem.json",
): string {
  if (!golden.name.startsWith("stream/")) return kind;
  const [stem, extension] = kind.split(".");
  return `${stem}.${golden.dialect}.${extension}`;
}

/** Text of a file of a case; undefined when there is none. */
export function readExpected(golden: GoldenCase, file: string): string | undefined {
  const bytes = readBytes(`${golden.name}/${file}`);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** Writes an expected file; removes it when there is nothing to expect. */
export function writeExpected(golden: GoldenCase, file: string, text: string | undefined): void {
  const url = new URL(`${golden.name}/${file}`, ROOT);
  if (text !== undefined) return Deno.writeTextFileSync(url, text);
  try {
    Deno.removeSync(url);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Every file under `tests/golden/`, as `chat/text/case.json`. */
export function allFiles(): string[] {
  const walk = (folder: string): string[] =>
    [...Deno.readDirSync(new URL(folder, ROOT))].flatMap((entry) =>
      entry.isDirectory ? walk(`${folder}${entry.name}/`) : [`${folder}${entry.name}`]
    );
  return walk("./").map((path) => path.slice(2)).sort();
}

function readJson(path: string): JsonObject | undefined {
  const bytes = readBytes(path);
  if (bytes === undefined) return undefined;
  const value = parseJson(new TextDecoder().decode(bytes));
  if (!isRecord(value)) throw new Error(`tests/golden/${path} is not a JSON object`);
  return value;
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(new URL(path, ROOT));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
