import { assertEquals } from "@std/assert";
import {
  failedAnswer,
  imageAnswer,
  incompleteAnswer,
  reasoningAnswer,
  refusalAnswer,
  textAnswer,
  toolCallAnswer,
  webSearchAnswer,
} from "../fake/answers.ts";
import type { EventStep } from "../fake/script.ts";
import { PUBLIC_EVENTS, TERMINAL_EVENTS } from "../../src/wire/responses_events.ts";

/** Types without the common beginning, `response.` left out. */
function types(events: EventStep[]): string[] {
  return events.map(({ type }) => type.replace("response.", ""));
}

Deno.test("answers end with one terminal event, count from 0 and hold only public events by default", () => {
  const answers = [
    textAnswer(["a"]),
    reasoningAnswer(["Think hard"], ["a"]),
    toolCallAnswer([{ name: "f", arguments: "{}" }]),
    refusalAnswer(["No"]),
    incompleteAnswer(["a"]),
    failedAnswer("server_error", "x", ["a"]),
    imageAnswer("AAAA"),
    webSearchAnswer("q", ["a"]),
  ];
  for (const events of answers) {
    assertEquals(events.map((event) => event["sequence_number"]), events.map((_, i) => i));
    assertEquals(events.filter(({ type }) => !PUBLIC_EVENTS.has(type)), []);
    const ends = events.filter(({ type }) => TERMINAL_EVENTS.has(type));
    assertEquals(ends, events.slice(-1));
  }
});

Deno.test("textAnswer() carries every field of a delta", () => {
  const delta = textAnswer(["Hello"]).find(({ type }) => type === "response.output_text.delta");
  assertEquals(delta, {
    type: "response.output_text.delta",
    item_id: `msg_fake${"1x0".padStart(32, "0")}`,
    output_index: 0,
    content_index: 0,
    delta: "Hello",
    logprobs: [],
    obfuscation: "fghijklmnop",
    sequence_number: 4,
  });
});

Deno.test("toolCallAnswer() interleaves the arguments of parallel calls when asked to", () => {
  const calls = [{ name: "f", arguments: ["1", "2"] }, { name: "g", arguments: ["3"] }];
  const deltas = (parallel: boolean) =>
    toolCallAnswer(calls, { parallel })
      .filter(({ type }) => type === "response.function_call_arguments.delta")
      .map((event) => event["delta"]);
  assertEquals([deltas(false), deltas(true)], [["1", "2", "3"], ["1", "3", "2"]]);
});

Deno.test("textAnswer() adds vendor frames, and fills output, only when asked to", () => {
  const events = textAnswer(["a"], { vendorFrames: true, output: "full" });
  assertEquals(types(events).filter((type) => !PUBLIC_EVENTS.has(`response.${type}`)), [
    "codex.rate_limits",
    "metadata",
    "keepalive",
    "codex.metadata",
  ]);
  const { response } = events.at(-1) as unknown as { response: { output: { type: string }[] } };
  assertEquals(response.output.map(({ type }) => type), ["message"]);
  const plain = textAnswer(["a"]).at(-1) as unknown as { response: { output: unknown[] } };
  assertEquals(plain.response.output, []);
});

Deno.test("incompleteAnswer() stops without done events", () => {
  assertEquals(types(incompleteAnswer(["a"])), [
    "created",
    "in_progress",
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "incomplete",
  ]);
});
