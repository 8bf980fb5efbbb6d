/**
 * Generated streams: streaming and not streaming tell the same, every stream keeps the rules that SDKs rely on, no
 * cut of the bytes changes anything, nothing throws and nothing hangs.
 *
 * A few seconds with fixed seeds in the ordinary suite; `FUZZ_SECONDS=3600` (task `fuzz`) goes on with new seeds.
 * `FUZZ_SEED=n` runs one.
 */
import { assert, assertEquals } from "@std/assert";
import type { DialectName } from "../../src/ask/draft.ts";
import { isRecord, type JsonObject, listAt, recordAt } from "../../src/wire/json.ts";
import {
  aggregated,
  contextOf,
  cutAt,
  inPieces,
  readDraft,
  streamed,
  type WaySettings,
  type Whole,
} from "../dialects/answer_ways.ts";
import { foldChat } from "../dialects/fold_chat.ts";
import { foldCompletions } from "../dialects/completions/fold_completions.ts";
import { foldMessages } from "../dialects/messages/fold_messages.ts";
import { foldResponses } from "../dialects/fold_responses.ts";
import { generate } from "./generate.ts";
import { createRandom, type Random } from "./random.ts";

const SECONDS = Number(Deno.env.get("FUZZ_SECONDS") ?? "0");
const SEED = Deno.env.get("FUZZ_SEED");
const DIALECT_NAMES: readonly DialectName[] = ["chat", "responses", "messages", "completions"];
/** Seeds of the ordinary run. */
const FIXED_SEEDS = 300;
/** One stream takes less than a millisecond; this long is a hang. */
const HANG_MS = 10_000;

Deno.test("translation survives generated streams, and streaming agrees with not streaming", () => {
  if (SEED !== undefined) return runSeed(Number(SEED));
  for (let seed = 0; seed < FIXED_SEEDS; seed++) runSeed(seed);
  const until = Date.now() + SECONDS * 1000;
  let seed = Date.now() >>> 0;
  let streams = 0;
  for (; Date.now() < until; seed++, streams++) runSeed(seed);
  if (SECONDS > 0) assert(streams > 0, "the fuzzer ran");
});

function runSeed(seed: number): void {
  try {
    const begunMs = Date.now();
    check(createRandom(seed));
    assert(Date.now() - begunMs < HANG_MS, "it ends");
  } catch (error) {
    throw new Error(`FUZZ_SEED=${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function check(random: Random): void {
  const { bytes, hasFaults, requests, reasoningOutput } = generate(random);
  for (const dialect of DIALECT_NAMES) {
    const request = requests[dialect];
    const context = () => contextOf(readDraft(dialect, request, settings));
    const settings: WaySettings = { reasoningOutput };
    const stream = streamed(dialect, context(), [bytes]);
    const whole = aggregated(dialect, context(), [bytes]);
    // Blocks of the Messages API are written when their items end: what never ends is only in the whole answer.
    if (dialect === "messages" && hasFaults) assertEquals("error" in foldMessages(stream), "body" in whole);
    else compare(dialect, stream, whole);
    for (const pieces of [inPieces(bytes, 1), randomPieces(random, bytes), randomPieces(random, bytes)]) {
      const cut = streamed(dialect, context(), pieces);
      if (cut !== stream) assertEquals(cut, stream, `cut into ${pieces.map((piece) => piece.length)}`);
    }
    assertEquals(aggregated(dialect, context(), randomPieces(random, bytes)), whole);
  }
}

function randomPieces(random: Random, bytes: Uint8Array): Uint8Array[] {
  const cuts = Array.from({ length: random.below(8) }, () => random.below(bytes.length + 1));
  return cutAt(bytes, cuts.sort((a, b) => a - b));
}

/** Calls in the order of their ids: a stream tells them as they come, an answer in the order of the output. */
function inOrder(completion: JsonObject): JsonObject {
  const copy = structuredClone(completion);
  const choice = listAt(copy, "choices")?.[0];
  const message = isRecord(choice) ? recordAt(choice, "message") : undefined;
  const idOf = (call: unknown) => isRecord(call) ? String(call["id"]) : "";
  if (message !== undefined) listAt(message, "tool_calls")?.sort((a, b) => idOf(a) < idOf(b) ? -1 : 1);
  return copy;
}

function compare(dialect: DialectName, stream: string, whole: Whole): void {
  if (dialect === "responses") return compareResponses(stream, whole);
  if (dialect === "messages") {
    const folded = foldMessages(stream);
    assertEquals(
      "error" in folded ? folded.error : unsigned(folded.message),
      "answer" in whole ? unsigned(whole.answer) : whole.body,
    );
    return;
  }
  const folded = dialect === "chat" ? foldChat(stream) : foldCompletions(stream);
  if ("error" in folded || !("answer" in whole)) {
    assertEquals(
      "error" in folded ? { error: folded.error } : folded,
      "answer" in whole ? whole : whole.body,
    );
    return;
  }
  const { usage: _, ...withoutUsage } = whole.answer;
  assertEquals(inOrder(folded.completion), inOrder(folded.hasUsage ? whole.answer : withoutUsage));
}

/** The signature of reasoning whose end is missing is known to the whole answer only. */
function unsigned(message: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(message, (key, value) => key === "signature" ? "" : value));
}

function compareResponses(stream: string, whole: Whole): void {
  const folded = foldResponses(stream);
  if ("error" in folded || !("answer" in whole)) {
    assertEquals("error" in folded, !("answer" in whole), "both end well, or neither");
    const expected = "answer" in whole ? undefined : recordAt(whole.body, "error");
    assertEquals("error" in folded ? folded.error["code"] : null, expected?.["code"]);
    return;
  }
  // Without an opening a stream has to make up the response's id.
  const { id: _, ...response } = folded.response;
  const { id: __, ...answer } = whole.answer;
  assertEquals(response, answer);
}
