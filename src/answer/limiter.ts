import { type JsonObject, numberAt, recordAt } from "../wire/json.ts";
import { eventType, numberIn, readDelta, readEvent, type ResponsesEvent } from "../wire/responses_events.ts";
import type { EventWriter } from "./event_writer.ts";
import { closingEvents, deltaEvent, type OpenItem, type OpenPart, wholeTexts } from "./open_item.ts";
import { firstStop, heldLength, shortestStart } from "./stop_texts.ts";

/**
 * Emulates `stop` and the output limits, which the backend does not know (product.md 5), in the hub's own words: an
 * answer's events go in, and come out cut. Every lane and dialect gets both from here.
 */
export interface Limiter {
  /** The events to go on with in place of this one, as JSON text; none while text is held back. */
  apply(data: string): string[];
}

/** Where an answer is cut. */
export interface AnswerLimits {
  /** texts at which the answer is cut; at most 4 */
  readonly stop: readonly string[];
  readonly maxOutputTokens: number | undefined;
}

/** True when a request asks for any of the two. */
export function isLimited(want: AnswerLimits): boolean {
  return want.stop.length > 0 || want.maxOutputTokens !== undefined;
}

/**
 * - `stop`: text is cut in front of the first stop text, also when that is spread over deltas; what may be the
 *   beginning of one is held back until it is certain. A tool call in between ends the comparison. The answer is
 *   then complete, as if the model had ended there.
 * - `maxOutputTokens`: a delta carries at least one token, so when one more delta arrives after that many, the
 *   limit is certainly reached: never early. The answer is then incomplete with reason `max_output_tokens`.
 *
 * @param inputTokens an estimate of the input, for the usage of an answer whose own the backend never sent
 */
export function createLimiter(want: AnswerLimits, inputTokens: () => number): Limiter {
  let response: JsonObject = {};
  /** items that are not done, by output index, with what was let through of them */
  const open = new Map<number, OpenItem>();
  let tokens = 0;
  let cut = false;

  function itemAt(outputIndex: number, data: string): OpenItem {
    let item = open.get(outputIndex);
    if (item === undefined) {
      item = { outputIndex, itemId: ITEM_ID.exec(data)?.[1], item: undefined, parts: new Map(), piece: "" };
      open.set(outputIndex, item);
    }
    return item;
  }

  function partAt(item: OpenItem, contentIndex: number, kind: OpenPart["kind"]): OpenPart {
    let part = item.parts.get(contentIndex);
    if (part === undefined) {
      part = { kind, text: "", held: "", annotations: [] };
      item.parts.set(contentIndex, part);
    }
    return part;
  }

  /**
   * Text as far as it is certain to hold no stop text; the end of the answer where it does.
   *
   * @param data the event that brought the piece: it goes on as it came when nothing of it is held
   */
  function write(
    item: OpenItem,
    contentIndex: number,
    part: OpenPart,
    piece: string,
    data?: string,
  ): string[] {
    const isFirst = part.held === "";
    part.held += piece;
    const at = firstStop(part.held, want.stop);
    const certain = part.held.slice(0, at ?? part.held.length - heldLength(part.held, want.stop));
    if (at === undefined && isFirst && data !== undefined && certain === piece) {
      part.text += piece;
      part.held = "";
      return [data];
    }
    const found = at === undefined ? undefined : shortestStart(part.held.slice(at), want.stop);
    const released = release(item, contentIndex, part, certain);
    return at === undefined ? released : [...released, ...end("completed", { stop_sequence: found })];
  }

  /** Lets text through; what stays held is the rest. */
  function release(item: OpenItem, contentIndex: number, part: OpenPart, text: string): string[] {
    part.held = part.held.slice(text.length);
    if (text === "") return [];
    part.text += text;
    return [JSON.stringify({ ...deltaEvent(item, contentIndex, part.kind), delta: text })];
  }

  /** The text that was held back turned out to be no stop text. */
  function flush(): string[] {
    return [...open.values()].flatMap((item) =>
      [...item.parts].flatMap(([contentIndex, part]) =>
        part.held === "" ? [] : release(item, contentIndex, part, part.held)
      )
    );
  }

  /** Text that came in no delta counts as well: it stands in the `done` of its part or item. */
  function writeRest(event: ResponsesEvent, data: string): string[] {
    const rest: string[] = [];
    for (const { contentIndex, kind, whole } of wholeTexts(event)) {
      const item = itemAt(numberAt(event, "output_index") ?? 0, data);
      item.item ??= recordAt(event, "item");
      const part = partAt(item, contentIndex, kind);
      const missing = whole.slice(part.text.length + part.held.length);
      // The event itself brings it, where nothing is looked for in it.
      if (want.stop.length === 0 || kind === "refusal") part.text += missing;
      else if (missing !== "" && !cut) rest.push(...write(item, contentIndex, part, missing));
    }
    return rest;
  }

  /**
   * Ends the answer here: the open items as far as they came, then the terminal event.
   *
   * @param why keys of the response object that tell why; `stop_sequence` is ours: Messages answers repeat it
   */
  function end(status: "completed" | "incomplete", why: JsonObject): string[] {
    cut = true;
    const usage = cutUsage(inputTokens(), tokens);
    const items = [...open.values()].sort((a, b) => a.outputIndex - b.outputIndex);
    return [
      ...items.flatMap((item) => closingEvents(item, status)),
      {
        type: `response.${status}`,
        response: { ...response, status, output: [], incomplete_details: null, ...why, usage },
      },
    ].map((event) => JSON.stringify(event));
  }

  /** A delta of the model's output. What needs no change goes on as it came, and stays cheap for who reads it next. */
  function delta(type: string, data: string): string[] {
    const piece = readDelta(data);
    // Who reads it next judges it.
    if (piece === undefined) return [data];
    if (piece === "") return [];
    if (want.maxOutputTokens !== undefined && tokens >= want.maxOutputTokens) {
      return [...flush(), ...end("incomplete", { incomplete_details: { reason: "max_output_tokens" } })];
    }
    tokens++;
    const item = itemAt(numberIn(data, '"output_index":') ?? 0, data);
    const isText = type === "response.output_text.delta";
    if (!isText && type !== "response.refusal.delta") {
      item.piece += piece;
      return [data];
    }
    const contentIndex = numberIn(data, '"content_index":') ?? 0;
    const part = partAt(item, contentIndex, isText ? "text" : "refusal");
    if (isText && want.stop.length > 0) return write(item, contentIndex, part, piece, data);
    part.text += piece;
    return [data];
  }

  function apply(data: string): string[] {
    if (cut) return [];
    const type = eventType(data);
    if (COUNTED_DELTAS.has(type)) return delta(type, data);
    if (!BOUNDARIES.has(type)) return [data];
    const event = readEvent(data);
    if (event === undefined) return [data];
    const outputIndex = numberAt(event, "output_index") ?? 0;
    if (type === "response.output_text.annotation.added") {
      const part = partAt(itemAt(outputIndex, data), numberAt(event, "content_index") ?? 0, "text");
      part.annotations.push(event["annotation"]);
      return [data];
    }
    if (type === "response.created" || type === "response.in_progress") {
      response = recordAt(event, "response") ?? {};
    }
    const rest = writeRest(event, data);
    if (cut) return rest;
    const held = flush();
    if (type === "response.output_item.added") itemAt(outputIndex, data).item = recordAt(event, "item");
    else if (type === "response.output_item.done") open.delete(outputIndex);
    return [...rest, ...held, data];
  }

  return { apply };
}

/** An {@linkcode EventWriter} behind a limiter. */
export function limitEvents(writer: EventWriter, limiter: Limiter): EventWriter {
  return {
    event(data, name) {
      const events = limiter.apply(data);
      // Nearly every event goes on as it came.
      return events.length === 1
        ? writer.event(events[0] ?? "", name)
        : events.map((event) => writer.event(event)).join("");
    },
    fail: (problem) => writer.fail(problem),
    get hasBegun() {
      return writer.hasBegun;
    },
    get isOver() {
      return writer.isOver;
    },
    facts: writer.facts,
  };
}

/**
 * Usage of an answer that was cut: what is certain, before the backend sent a count.
 *
 * @param input an estimate, in tokens
 */
export function cutUsage(input: number, output: number): JsonObject {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}

/** Deltas that are the model's output. Summaries of reasoning are not: they are written beside it. */
export const COUNTED_DELTAS: ReadonlySet<string> = new Set([
  "response.output_text.delta",
  "response.refusal.delta",
  "response.function_call_arguments.delta",
  "response.custom_tool_call_input.delta",
]);

/** Other events that matter here; before most of them held text has to go out. */
const BOUNDARIES: ReadonlySet<string> = new Set([
  "response.output_text.annotation.added",
  "response.created",
  "response.in_progress",
  "response.output_text.done",
  "response.refusal.done",
  "response.content_part.done",
  "response.output_item.added",
  "response.output_item.done",
  "response.completed",
  "response.incomplete",
  "response.failed",
  "error",
]);

const ITEM_ID = /"item_id":"([^"\\]*)"/;
