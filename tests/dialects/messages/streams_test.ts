import { assertEquals } from "@std/assert";
import type { DialectName } from "../../../src/ask/draft.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { readCases } from "../../golden_case.ts";
import { aggregated, contextOf, inPieces, readDraft, streamed } from "../answer_ways.ts";
import { foldCompletions } from "../completions/fold_completions.ts";
import { foldMessages } from "./fold_messages.ts";

/**
 * The backend's bytes of every golden case, whatever front end it was written for, through these two as well: the
 * stream folds to what the whole answer holds, and the way the bytes are cut makes no difference.
 */
const STREAMS = readCases().filter(({ dialect }) => dialect === "chat" || dialect === "responses")
  .flatMap(({ name, upstream }) => (upstream === undefined ? [] : [{ name, upstream }]));

const MESSAGE = { model: "gpt-5.5", stream: true, messages: [{ role: "user", content: "Hi" }] };
const REQUESTS: readonly (readonly [DialectName, string, JsonObject])[] = [
  ["messages", "with thinking", { ...MESSAGE, thinking: { type: "adaptive" } }],
  ["messages", "without thinking", MESSAGE],
  ["messages", "with limits", { ...MESSAGE, max_tokens: 3, stop_sequences: ["e", "two"] }],
  ["completions", "as text", { model: "gpt-5.5", stream: true, prompt: "Hi" }],
];

for (const [dialect, how, request] of REQUESTS) {
  Deno.test(`${dialect} ${how}: every golden stream folds to its whole answer, however it is cut`, () => {
    for (const { name, upstream } of STREAMS) {
      const context = () => contextOf(readDraft(dialect, request, {}));
      const stream = streamed(dialect, context(), [upstream]);
      const whole = aggregated(dialect, context(), [upstream]);
      assertEquals(foldedAs(dialect, stream), "answer" in whole ? withoutUsage(whole.answer) : "error", name);
      for (const size of [1, 5]) {
        assertEquals(streamed(dialect, context(), inPieces(upstream, size)), stream, name);
      }
    }
  });
}

function foldedAs(dialect: DialectName, stream: string): unknown {
  const folded = dialect === "messages" ? foldMessages(stream) : foldCompletions(stream);
  if ("error" in folded) return "error";
  return withoutUsage("message" in folded ? folded.message : folded.completion);
}

function withoutUsage({ usage: _, ...rest }: JsonObject): JsonObject {
  return rest;
}
