import { isRecord, type JsonObject, listAt, numberAt, recordAt, textAt } from "../../wire/json.ts";
import {
  deltaLiteral,
  eventType,
  numberIn,
  PUBLIC_EVENTS,
  readEvent,
  type ResponsesEvent,
  TOLD_EVENTS,
} from "../../wire/responses_events.ts";
import type { Problem } from "../../problem.ts";
import type { OutputItem } from "../../wire/responses.ts";
import { DONE, encodeData } from "../../sse/encode.ts";
import type { Want } from "../../ask/draft.ts";
import type { AnswerFacts, EventWriter } from "../../answer/event_writer.ts";
import { toOpenAiError } from "../openai_error.ts";
import { createReasoningCleaner } from "../../answer/reasoning_text.ts";
import { type ClientCall, readCallText, readClientCall } from "../../answer/client_call.ts";
import { isFailed, toStreamProblem } from "../../answer/failure.ts";
import { type EventHooks, judgeUnreadable, seemsWhole } from "../../answer/unreadable.ts";
import { readUsage } from "../../answer/usage.ts";
import { toChatAnnotation } from "./annotations.ts";
import { type ChatIdentity, createChunkWriter } from "./chunks.ts";
import { toFinishReason } from "./finish_reason.ts";
import { CLOSE_TAG, OPEN_TAG, planReasoning } from "./thinking.ts";
import { createToolCallStream } from "./tool_calls.ts";
import { toChatUsage } from "./usage.ts";

const TEXT_DELTA = '{"type":"response.output_text.delta"';

/**
 * Translates the events of an answer into Chat Completions chunks.
 *
 * Order and contents follow what the SDKs and agents rely on (translation.md 54 to 77, clients.md traps 3 to 5, 9):
 * the role once and first; reasoning before the answer; calls one after the other; exactly one chunk with a
 * finish_reason; usage only on request; a failure as one error object; `[DONE]` once, at the end.
 *
 * One file of more than 300 lines: the order of what is written is one state, and each event has to be seen against it.
 *
 * @param nowMs the time, for limits that say when they reset
 */
export function createChatEvents(
  identity: ChatIdentity,
  want: Want,
  nowMs: () => number,
  hooks: EventHooks = {},
): EventWriter {
  const chunk = createChunkWriter(identity, want.includeUsage);
  const calls = createToolCallStream(chunk.delta, want.names, want.legacyFunctions);
  const plan = planReasoning(want.reasoningOutput, want.jsonFormat);
  const facts: AnswerFacts = { usage: undefined, problem: undefined };
  /** characters written of each text, refusal and reasoning part, by {@linkcode partKey} */
  const written = new Map<string, number>();
  const annotated = new Map<string, number>();
  /** code points of content written by parts that are behind us, and by tags */
  let pointsBefore = 0;
  /** where each text part starts in the content: offsets of citations count from the start of the whole */
  const startsAt = new Map<string, number>();
  /** the text part being written, which is not in `pointsBefore` yet */
  let textPart = "";
  let roleSent = false;
  let begun = false;
  let over = false;
  /** tags: not yet opened, open, or behind us */
  let tag: "before" | "open" | "after" = "before";
  let cleaner = createReasoningCleaner();
  let reasoningPart = "";
  let reasoningSeen = false;
  /** reasoning parts that have text in the stream, so that each is set apart once */
  const separators = new Set<string>();
  /** output indexes and ids of items that are complete */
  const finished = new Set<number | string>();
  /** the complete items with their output indexes */
  const output: [outputIndex: number, item: OutputItem][] = [];

  function start(): string {
    if (roleSent) return "";
    roleSent = true;
    return chunk.delta('{"role":"assistant","content":""}');
  }

  /** Ends the reasoning: from now on content may stand, and in tag mode no reasoning any more. */
  function closeReasoning(): string {
    let text = endReasoningPart();
    if (tag === "open") {
      text += chunk.content(JSON.stringify(CLOSE_TAG));
      pointsBefore += CLOSE_TAG.length;
    }
    tag = "after";
    return text;
  }

  function endReasoningPart(): string {
    const rest = cleaner.end();
    return rest === "" ? "" : writeReasoning(separated(reasoningPart, rest));
  }

  function writeReasoning(text: string): string {
    if (text === "") return "";
    let out = "";
    if (plan.inField) out += chunk.delta(`{"reasoning_content":${JSON.stringify(text)}}`);
    if (plan.inTags && tag !== "after") {
      const shown = tag === "before" ? OPEN_TAG + text : text;
      tag = "open";
      pointsBefore += pointsOf(shown);
      out += chunk.content(JSON.stringify(shown));
    }
    reasoningSeen = true;
    return out;
  }

  /** One piece of a reasoning part; parts are kept apart by a blank line. */
  function reasoning(key: string, piece: string): string {
    let text = start();
    written.set(key, (written.get(key) ?? 0) + piece.length);
    if (key !== reasoningPart) {
      text += endReasoningPart();
      cleaner = createReasoningCleaner();
      reasoningPart = key;
    }
    const clean = cleaner.take(piece);
    if (clean === "") return text;
    return text + writeReasoning(separated(key, clean));
  }

  function separated(key: string, text: string): string {
    if (separators.has(key)) return text;
    separators.add(key);
    return reasoningSeen ? `\n\n${text}` : text;
  }

  function content(key: string, text: string, literal: string): string {
    const before = start() + closeReasoning();
    if (key !== textPart) beginPart(key);
    written.set(key, (written.get(key) ?? 0) + text.length);
    return before + chunk.content(literal);
  }

  function refusal(key: string, text: string): string {
    const before = start() + closeReasoning();
    written.set(key, (written.get(key) ?? 0) + text.length);
    return `${before}${chunk.delta(`{"refusal":${JSON.stringify(text)}}`)}`;
  }

  /** The frequent case, without parsing: the text goes on as the literal it arrived as. */
  function textDelta(data: string): string | undefined {
    const literal = deltaLiteral(data);
    if (literal === undefined) return undefined;
    if (literal === '""') return "";
    const key = `t${numberIn(data, '"output_index":') ?? 0}.${numberIn(data, '"content_index":') ?? 0}`;
    const length = literal.length - 2;
    if (key === textPart && tag === "after") {
      written.set(key, (written.get(key) ?? 0) + length);
      return chunk.content(literal);
    }
    begun = true;
    const before = start() + closeReasoning();
    beginPart(key);
    written.set(key, (written.get(key) ?? 0) + length);
    return before + chunk.content(literal);
  }

  function annotation(key: string, index: number, value: unknown): string {
    annotated.set(key, Math.max(annotated.get(key) ?? 0, index + 1));
    if (toChatAnnotation(value, 0) === undefined) return "";
    // A citation may come before any text of its part does.
    const before = start() + closeReasoning();
    if (!startsAt.has(key)) beginPart(key);
    const chat = toChatAnnotation(value, startsAt.get(key) ?? 0);
    return `${before}${chunk.delta(`{"annotations":[${JSON.stringify(chat)}]}`)}`;
  }

  /** Text that came in no delta, or not whole, is still delivered, once (translation.md 58, 90). */
  function messageDone(outputIndex: number, item: JsonObject): string {
    let text = "";
    for (const [index, part] of (listAt(item, "content") ?? []).entries()) {
      if (!isRecord(part)) continue;
      const whole = textAt(part, "text");
      if (part["type"] === "output_text" && whole !== undefined) {
        const key = partKey("t", outputIndex, index);
        const rest = whole.slice(written.get(key) ?? 0);
        if (rest !== "") text += content(key, rest, JSON.stringify(rest));
        for (const [at, entry] of (listAt(part, "annotations") ?? []).entries()) {
          if (at >= (annotated.get(key) ?? 0)) text += annotation(key, at, entry);
        }
        endPart(key, whole);
      }
      const said = textAt(part, "refusal");
      if (part["type"] === "refusal" && said !== undefined) {
        const key = partKey("r", outputIndex, index);
        const rest = said.slice(written.get(key) ?? 0);
        if (rest !== "") text += refusal(key, rest);
      }
    }
    return text;
  }

  /** A text part starts where the content ends; one that never said how long it is counts as it was written. */
  function beginPart(key: string): void {
    if (textPart !== "") pointsBefore += written.get(textPart) ?? 0;
    textPart = key;
    startsAt.set(key, startsAt.get(key) ?? pointsBefore);
  }

  function endPart(key: string, whole: string): void {
    if (textPart !== key) return;
    pointsBefore += pointsOf(whole);
    textPart = "";
  }

  function reasoningDone(outputIndex: number, item: JsonObject): string {
    const summary = listAt(item, "summary") ?? [];
    // Raw reasoning is shown only where there is no summary of it.
    const parts = summary.length > 0 ? summary : listAt(item, "content") ?? [];
    let text = "";
    for (const [index, part] of parts.entries()) {
      const whole = isRecord(part) ? textAt(part, "text") : undefined;
      if (whole === undefined) continue;
      const key = partKey("s", outputIndex, index);
      const rest = whole.slice(written.get(key) ?? 0);
      if (rest !== "") text += reasoning(key, rest);
    }
    return text + endReasoningPart();
  }

  function itemDone(event: ResponsesEvent): string {
    const item = recordAt(event, "item");
    const outputIndex = numberAt(event, "output_index") ?? 0;
    if (item === undefined) return "";
    const isNew = !finished.has(outputIndex);
    finished.add(outputIndex);
    const id = textAt(item, "id");
    if (id !== undefined) finished.add(id);
    if (isNew) output.push([outputIndex, { ...item, type: textAt(item, "type") ?? "" }]);
    if (item["type"] === "message") return messageDone(outputIndex, item);
    if (item["type"] === "reasoning") return reasoningDone(outputIndex, item);
    const call = readClientCall(item);
    return call === undefined
      ? ""
      : startCall(outputIndex, call) + calls.done(outputIndex, readCallText(item));
  }

  function startCall(outputIndex: number, call: ClientCall): string {
    return start() + closeReasoning() + calls.start(outputIndex, call);
  }

  function finish(response: JsonObject | undefined): string {
    const before = start() + closeReasoning() + calls.end();
    const called = calls.count === 0 ? "nothing" : want.legacyFunctions ? "function" : "tool";
    facts.usage = readUsage(response);
    facts.response = {
      ...response,
      id: textAt(response ?? {}, "id") ?? "",
      status: textAt(response ?? {}, "status") ?? "completed",
      output: output.sort(([a], [b]) => a - b).map(([, item]) => item),
    };
    over = true;
    return before + chunk.finish(toFinishReason(response?.["incomplete_details"], called)) +
      (want.includeUsage ? chunk.usage(toChatUsage(facts.usage)) : "") + DONE;
  }

  function fail(problem: Problem): string {
    if (over) return "";
    over = true;
    facts.problem = problem;
    const closing = tag === "open" ? closeReasoning() : "";
    return closing + encodeData(JSON.stringify(toOpenAiError(problem))) + DONE;
  }

  function unreadable(data: string, name: string): string {
    const event = judgeUnreadable(data, name);
    hooks.onUnreadableEvent?.(event);
    return event.problem === undefined ? "" : fail(event.problem);
  }

  function event(data: string, name = ""): string {
    if (over) return "";
    if (data.startsWith(TEXT_DELTA)) {
      const text = textDelta(data);
      if (text !== undefined) return text;
    }
    const type = eventType(data);
    if (type === "" || !seemsWhole(data)) return unreadable(data, name);
    if (!TOLD_EVENTS.has(type)) {
      if (!PUBLIC_EVENTS.has(type)) hooks.onUnknownEvent?.(type);
      return "";
    }
    const value = readEvent(data);
    return value === undefined ? unreadable(data, name) : handle(value);
  }

  function handle(value: ResponsesEvent): string {
    const outputIndex = numberAt(value, "output_index") ?? 0;
    const partIndex = numberAt(value, "content_index") ?? numberAt(value, "summary_index") ?? 0;
    const delta = textAt(value, "delta") ?? "";
    begun ||= !NOT_CONTENT.has(value.type);
    switch (value.type) {
      case "response.created":
        return start();
      case "response.output_text.delta":
        return delta === ""
          ? ""
          : content(partKey("t", outputIndex, partIndex), delta, JSON.stringify(delta));
      case "response.output_text.done": {
        const whole = textAt(value, "text") ?? "";
        const key = partKey("t", outputIndex, partIndex);
        const rest = whole.slice(written.get(key) ?? 0);
        const text = rest === "" ? "" : content(key, rest, JSON.stringify(rest));
        endPart(key, whole);
        return text;
      }
      case "response.refusal.done": {
        const key = partKey("r", outputIndex, partIndex);
        const rest = (textAt(value, "refusal") ?? "").slice(written.get(key) ?? 0);
        return rest === "" ? "" : refusal(key, rest);
      }
      case "response.refusal.delta":
        return delta === "" ? "" : refusal(partKey("r", outputIndex, partIndex), delta);
      case "response.reasoning_summary_text.delta":
        return delta === "" ? "" : reasoning(partKey("s", outputIndex, partIndex), delta);
      case "response.reasoning_summary_text.done": {
        const key = partKey("s", outputIndex, partIndex);
        const rest = (textAt(value, "text") ?? "").slice(written.get(key) ?? 0);
        return (rest === "" ? "" : reasoning(key, rest)) + endReasoningPart();
      }
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        return start() + closeReasoning() + calls.delta(outputIndex, delta);
      case "response.function_call_arguments.done":
        return calls.done(outputIndex, textAt(value, "arguments"));
      case "response.custom_tool_call_input.done":
        return calls.done(outputIndex, textAt(value, "input"));
      case "response.output_text.annotation.added":
        return annotation(
          partKey("t", outputIndex, partIndex),
          numberAt(value, "annotation_index") ?? 0,
          value["annotation"],
        );
      case "response.output_item.added": {
        const item = recordAt(value, "item");
        // Without its call id a call waits for its end: an item id must not go out in its place.
        const call = item?.["call_id"] === undefined ? undefined : readClientCall(item);
        return call === undefined ? "" : startCall(outputIndex, call);
      }
      case "response.output_item.done":
        return itemDone(value);
      case "response.completed":
      case "response.incomplete": {
        const response = recordAt(value, "response");
        if (isFailed(response)) return fail(toStreamProblem(value, nowMs()));
        return missingItems(response) + finish(response);
      }
      default:
        return fail(toStreamProblem(value, nowMs()));
    }
  }

  /** Items that only the final object has. Those that came before add nothing. */
  function missingItems(response: JsonObject | undefined): string {
    let text = "";
    for (const [index, item] of (response === undefined ? [] : listAt(response, "output") ?? []).entries()) {
      const known = finished.has(index) || (isRecord(item) && finished.has(textAt(item, "id") ?? -1));
      if (!known) text += itemDone({ type: "response.output_item.done", output_index: index, item });
    }
    return text;
  }

  return {
    event,
    fail,
    get hasBegun() {
      return begun;
    },
    get isOver() {
      return over;
    },
    facts,
  };
}

/** Events that neither begin nor end the content of an answer well. */
const NOT_CONTENT: ReadonlySet<string> = new Set(["response.created", "response.failed", "error"]);

function partKey(kind: "t" | "r" | "s", outputIndex: number, partIndex: number): string {
  return `${kind}${outputIndex}.${partIndex}`;
}

function pointsOf(text: string): number {
  let points = 0;
  for (const _ of text) points++;
  return points;
}
