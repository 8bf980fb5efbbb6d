/**
 * Runs every case of `tests/golden/` five ways: request to ask, bytes to the client's stream, bytes to one answer,
 * the client's stream folded against that answer, and the same output however the bytes are cut.
 *
 * `UPDATE_GOLDEN=1` (task `golden`) rewrites what is expected; read the diff. In CI that is an error.
 */
import { assert, assertEquals } from "@std/assert";
import { isRecord, type JsonObject, recordAt, textAt } from "../src/wire/json.ts";
import {
  CHAT_CHUNK,
  CHAT_COMPLETION,
  ERROR,
  RESPONSE_EVENT,
  TEXT_CHUNK,
  TEXT_COMPLETION,
} from "./conformance/openai_objects.ts";
import { RESPONSE_RESOURCE } from "./conformance/response_resource.ts";
import {
  aggregated,
  attempt,
  contextOf,
  cutAt,
  inPieces,
  readDraft,
  streamed,
  toAsk,
  type Whole,
} from "./dialects/answer_ways.ts";
import { foldCompletions } from "./dialects/completions/fold_completions.ts";
import { foldChat } from "./dialects/fold_chat.ts";
import { foldResponses } from "./dialects/fold_responses.ts";
import { foldMessages } from "./dialects/messages/fold_messages.ts";
import { allParts, type GoldenCase, partName, readCases } from "./golden_case.ts";
import { dataOf } from "./e2e/setup.ts";
import { createRandom } from "./fuzz/random.ts";

const UPDATE = Deno.env.get("UPDATE_GOLDEN") === "1";
const visited = new Set<string>();
/** Cases up to this size are cut in two at every byte. */
const SMALL_BYTES = 2500;
/** How often a larger case is cut at random. */
const RANDOM_CUTS = 40;

Deno.test("golden cases are not rewritten in CI", () => {
  // A folder elsewhere is somebody's recording, not what is expected of this program.
  const isOurs = Deno.env.get("CCPROXY_GOLDEN") === undefined;
  assert(
    !(UPDATE && isOurs && Deno.env.get("CI") !== undefined),
    "UPDATE_GOLDEN is for a person who reads the diff",
  );
});

for (const golden of readCases()) {
  const group = golden.name.startsWith("stream/") ? ` for ${golden.dialect}` : "";
  const proves = golden.facts.proves.join(", ");
  const cited = proves === "" ? "" : ` (translation ${proves})`;
  Deno.test(`golden ${golden.name}${group}: ${golden.facts.about}${cited}`, () => runCase(golden));
}

Deno.test("every part of every golden case is visited", () => {
  assertEquals(allParts().filter((part) => !visited.has(part)), []);
});

function runCase(golden: GoldenCase): void {
  for (const part of ["request", "upstream"]) visited.add(`${golden.name}: ${part}`);
  const { settings } = golden.facts;
  const reading = attempt(golden.dialect, () => {
    const ask = toAsk(readDraft(golden.dialect, golden.request, settings), settings);
    // As on the wire: what is undefined is not there.
    return JSON.parse(JSON.stringify(ask));
  });
  if (golden.hasRequest) {
    expectText(golden, "ask", "answer" in reading ? json(reading.answer) : undefined);
  }
  if (golden.upstream === undefined || !("answer" in reading)) {
    expectText(golden, "problem", "answer" in reading ? undefined : json(reading));
    return;
  }
  checkAnswer(golden, golden.upstream);
}

function checkAnswer(golden: GoldenCase, upstream: Uint8Array): void {
  const { dialect } = golden;
  const unknown: string[] = [];
  const context = (onUnknown?: (type: string) => void) =>
    contextOf(readDraft(dialect, golden.request, golden.facts.settings), onUnknown);
  const stream = streamed(dialect, context((type) => unknown.push(type)), [upstream]);
  const whole = aggregated(dialect, context(), [upstream]);
  expectText(golden, partName(golden, "client"), stream);
  assert(!/[\u0085\u2028\u2029]/.test(stream), "a reader of lines would cut the stream");
  expectText(golden, partName(golden, "answer"), "answer" in whole ? json(whole.answer) : undefined);
  expectText(golden, partName(golden, "problem"), "answer" in whole ? undefined : json(whole));
  assertEquals(unknown, [...golden.facts.unknownEvents], "unknown events are counted");
  compareFolded(golden, stream, whole);
  checkShapes(dialect, stream, whole);
  for (const pieces of cuts(upstream)) {
    const cutStream = streamed(dialect, context(), pieces);
    if (cutStream !== stream) {
      assertEquals(cutStream, stream, `cut into ${pieces.map((piece) => piece.length)}`);
    }
  }
  for (const size of [1, 7]) {
    assertEquals(aggregated(dialect, context(), inPieces(upstream, size)), whole, `in pieces of ${size}`);
  }
}

const SHAPES = {
  chat: { answer: CHAT_COMPLETION, event: CHAT_CHUNK },
  completions: { answer: TEXT_COMPLETION, event: TEXT_CHUNK },
  responses: { answer: RESPONSE_RESOURCE, event: RESPONSE_EVENT },
};

/** Every object has the keys that OpenAI's schema requires. */
function checkShapes(dialect: GoldenCase["dialect"], stream: string, whole: Whole): void {
  if (dialect === "messages") return;
  const { answer, event } = SHAPES[dialect];
  const faults = "answer" in whole ? answer(whole.answer, "answer") : ERROR(whole.body, "problem");
  for (const data of dataOf(stream).filter((text) => text !== "[DONE]")) {
    const value: unknown = JSON.parse(data);
    const isError = dialect !== "responses" && isRecord(value) && value["error"] !== undefined;
    faults.push(
      ...(isError ? ERROR : event)(value, isRecord(value) ? textAt(value, "type") ?? "chunk" : "?"),
    );
  }
  assertEquals(faults, []);
}

/** Streaming and not streaming tell the same. */
function compareFolded(golden: GoldenCase, stream: string, whole: Whole): void {
  if (golden.dialect === "messages") {
    const folded = foldMessages(stream);
    assertEquals(
      "error" in folded ? folded.error : folded.message,
      "answer" in whole ? whole.answer : whole.body,
    );
    return;
  }
  if (golden.dialect === "chat" || golden.dialect === "completions") {
    const folded = golden.dialect === "chat" ? foldChat(stream) : foldCompletions(stream);
    if ("error" in folded || !("answer" in whole)) {
      assertEquals(
        "error" in folded ? { error: folded.error } : folded,
        "answer" in whole ? whole : whole.body,
      );
      return;
    }
    const { usage: _, ...withoutUsage } = whole.answer;
    assertEquals(folded.completion, folded.hasUsage ? whole.answer : withoutUsage);
    return;
  }
  const folded = foldResponses(stream);
  if ("error" in folded || !("answer" in whole)) {
    const error: JsonObject | undefined = "error" in folded ? folded.error : undefined;
    const expected = "answer" in whole ? undefined : recordAt(whole.body, "error");
    assertEquals(error?.["code"] ?? null, expected?.["code"] ?? null);
    return;
  }
  assertEquals(folded.response, whole.answer);
}

/** Ways to cut the bytes: byte by byte, in two anywhere, or at random places. */
function* cuts(bytes: Uint8Array): Generator<Uint8Array[]> {
  yield inPieces(bytes, 1);
  yield inPieces(bytes, 2);
  yield inPieces(bytes, 3);
  if (bytes.length <= SMALL_BYTES) {
    for (let at = 1; at < bytes.length; at++) yield cutAt(bytes, [at]);
    return;
  }
  const random = createRandom(bytes.length);
  for (let round = 0; round < RANDOM_CUTS; round++) {
    const count = 1 + random.below(12);
    yield cutAt(bytes, Array.from({ length: count }, () => random.below(bytes.length)).sort((a, b) => a - b));
  }
}

function expectText(golden: GoldenCase, part: string, text: string | undefined): void {
  visited.add(`${golden.name}: ${part}`);
  const expected = golden.expected(part);
  if (expected === text) return;
  if (UPDATE) return golden.expect(part, text);
  const hint = `${golden.name}: ${part}: run "deno task golden" when the new output is right`;
  assertEquals(parsed(text), parsed(expected), hint);
  assertEquals(text, expected, hint);
}

/** JSON compares better as values. */
function parsed(text: string | undefined): unknown {
  if (text === undefined || !text.startsWith("{")) return text;
  const value: unknown = JSON.parse(text);
  return isRecord(value) ? value : text;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
