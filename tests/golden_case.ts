/**
 * Reads and writes the files of `tests/golden/` (format: tests/golden/README.md and src/server/case_text.ts).
 */
import { isRecord, type JsonObject, parseJson } from "../src/wire/json.ts";
import type { DialectName } from "../src/ask/draft.ts";
import { type CaseText, formatCase, parseCase } from "../src/server/case_text.ts";
import type { WaySettings } from "./dialects/answer_ways.ts";

/** The head of a case. */
export interface CaseFacts {
  /** what the case shows, in a sentence */
  readonly about: string;
  /** where it comes from: "hand-made from …", or "recorded DATE, plan, …, redacted" */
  readonly source: string;
  /** statements of the translation checklist that it proves */
  readonly proves: readonly number[];
  readonly settings: WaySettings;
  /** types of events that are not of the public API, as they are counted */
  readonly unknownEvents: readonly string[];
}

/** One case for one dialect. Cases of the group `stream` are run for every dialect. */
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
  /** Text of a part; undefined when the case has no such part. */
  expected(part: string): string | undefined;
  /** Replaces a part; removes it when there is nothing to expect. */
  expect(part: string, text: string | undefined): void;
}

const GROUPS = ["chat", "completions", "messages", "responses", "stream"] as const;
const DIALECTS: readonly DialectName[] = ["chat", "responses", "messages", "completions"];
/** `CCPROXY_GOLDEN` names another folder of cases: recordings that are not in the tree yet. */
const ROOT = new URL(Deno.env.get("CCPROXY_GOLDEN") ?? "./golden/", import.meta.url);
/** Parts in the order of a file, each with its dialect behind it in the group `stream`. */
const PARTS = ["request", "ask", "upstream", "client", "answer", "problem"];

/** Requests of cases that are only about streams. */
const SHORTEST: Readonly<Record<DialectName, JsonObject>> = {
  chat: { model: "gpt-5.5", stream: true, messages: [{ role: "user", content: "Hi" }] },
  responses: { model: "gpt-5.5", stream: true, input: "Hi" },
  messages: { model: "gpt-5.5", stream: true, max_tokens: 1000, messages: [{ role: "user", content: "Hi" }] },
  completions: { model: "gpt-5.5", stream: true, prompt: "Hi" },
};

/** Every case on disk, in the order of their names. @throws Error for a file that is no case */
export function readCases(): GoldenCase[] {
  return caseNames().flatMap(([group, name]) => readCase(group, name));
}

/** Group and name of every case. @throws Error for a file where none belongs */
function caseNames(): [group: typeof GROUPS[number], name: string][] {
  return GROUPS.flatMap((group) => {
    if (![...Deno.readDirSync(ROOT)].some(({ name }) => name === group)) return [];
    return [...Deno.readDirSync(new URL(`${group}/`, ROOT))].map(({ name }) => name).sort().map(
      (name): [typeof group, string] => {
        if (!name.endsWith(".txt")) throw new Error(`tests/golden/${group}/${name} is no case`);
        return [group, name.slice(0, -".txt".length)];
      },
    );
  });
}

function readCase(group: typeof GROUPS[number], title: string): GoldenCase[] {
  const name = `${group}/${title}`;
  const url = new URL(`${name}.txt`, ROOT);
  const { head, parts } = parseCase(Deno.readTextFileSync(url));
  const text = (part: string) => {
    const bytes = parts.get(part);
    return bytes === undefined ? undefined : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  };
  const kept = new Map(parts);
  const request = text("request");
  const body = request === undefined ? undefined : parseJson(request);
  if (request !== undefined && !isRecord(body)) throw new Error(`the request of ${name} is no JSON object`);
  return (group === "stream" ? DIALECTS : [group]).map((dialect) => ({
    name,
    dialect,
    facts: toFacts(head, name),
    request: isRecord(body) ? body : SHORTEST[dialect],
    hasRequest: request !== undefined,
    upstream: parts.get("upstream"),
    expected: text,
    expect(part, changed) {
      if (changed === undefined) kept.delete(part);
      else kept.set(part, new TextEncoder().encode(changed));
      Deno.writeTextFileSync(url, formatCase({ head, parts: inOrder(kept) }));
    },
  }));
}

function inOrder(parts: ReadonlyMap<string, Uint8Array>): CaseText["parts"] {
  const rank = (part: string) => {
    const [kind = "", dialect = ""] = part.split(" ");
    return PARTS.indexOf(kind) * 10 + DIALECTS.findIndex((name) => name === dialect);
  };
  return new Map([...parts].sort(([a], [b]) => rank(a) - rank(b)));
}

function toFacts(head: CaseText["head"], name: string): CaseFacts {
  const about = head.get("about");
  const source = head.get("source");
  const strange = [...head.keys()].filter((key) => !HEAD.has(key));
  if (about === undefined || source === undefined || strange.length > 0) {
    throw new Error(
      `${name} needs "about" and "source" and may have ${[...HEAD].join(", ")}: found ${strange}`,
    );
  }
  const list = (key: string) => head.get(key)?.split(", ") ?? [];
  const settings = parseJson(head.get("settings") ?? "{}");
  if (!isRecord(settings)) throw new Error(`the settings of ${name} are no JSON object`);
  return {
    about,
    source,
    proves: list("proves").map(Number),
    settings,
    unknownEvents: list("unknown events"),
  };
}

const HEAD: ReadonlySet<string> = new Set(["about", "source", "proves", "settings", "unknown events"]);

/** The name of an expected part: cases of the group `stream` have one for each dialect. */
export function partName(golden: GoldenCase, kind: "client" | "answer" | "problem"): string {
  return golden.name.startsWith("stream/") ? `${kind} ${golden.dialect}` : kind;
}

/** Every part of every case, as `chat/text: request`. */
export function allParts(): string[] {
  return caseNames().flatMap(([group, name]) => {
    const { parts } = parseCase(Deno.readTextFileSync(new URL(`${group}/${name}.txt`, ROOT)));
    return [...parts.keys()].map((part) => `${group}/${name}: ${part}`);
  });
}
