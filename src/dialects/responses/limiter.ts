import { type JsonObject, numberAt, recordAt, textAt } from "../../wire/json.ts";
import { eventType, readEvent, type ResponsesEvent } from "../../wire/responses_events.ts";
import type { Want } from "../draft.ts";
import type { EventWriter } from "../event_writer.ts";

/**
 * Emulates `stop` and the output limits, which the backend does not know (product.md 5), in the hub's own words: an
 * answer's events go in, and come out cut. Every lane and dialect gets both from here.
 */
export interface Limiter {
  /** The events to go on with in place of this one, as JSON text; none while text is held back. */
  apply(data: string): string[];
}

/** True when a request asks for any of the two. */
export function isLimited(want: Want): boolean {
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
export function createLimiter(want: Want, inputTokens: () => number): Limiter {
  const longest = Math.max(0, ...want.stop.map((text) => text.length));
  let response: JsonObject = {};
  /** the item whose deltas are arriving, as its `added` event had it, with what was let through */
  let open: OpenItem | undefined;
  let tokens = 0;
  let cut = false;

  function textDelta(event: ResponsesEvent): string[] {
    const part = partOf(event);
    part.held += textAt(event, "delta") ?? "";
    const at = firstStop(part.held, want.stop);
    if (at !== undefined) {
      const last = release(event, part, part.held.slice(0, at));
      return [...last, ...end("completed", undefined)];
    }
    return release(
      event,
      part,
      part.held.slice(0, part.held.length - heldLength(part.held, want.stop, longest)),
    );
  }

  /** Lets text through; what stays held is the rest. */
  function release(event: ResponsesEvent, part: OpenPart, text: string): string[] {
    part.held = part.held.slice(text.length);
    if (text === "") return [];
    part.text += text;
    return [JSON.stringify({ ...event, delta: text })];
  }

  /** The text that was held back turned out to be no stop text. */
  function flush(): string[] {
    if (open === undefined) return [];
    const { itemId, outputIndex } = open;
    return [...open.parts].flatMap(([contentIndex, part]) =>
      release(
        {
          type: part.kind === "refusal" ? "response.refusal.delta" : "response.output_text.delta",
          item_id: itemId,
          output_index: outputIndex,
          content_index: contentIndex,
        },
        part,
        part.held,
      )
    );
  }

  function itemOf(event: ResponsesEvent): OpenItem {
    const outputIndex = numberAt(event, "output_index") ?? 0;
    if (open?.outputIndex !== outputIndex) {
      open = {
        outputIndex,
        itemId: textAt(event, "item_id") ?? "",
        item: undefined,
        parts: new Map(),
        piece: "",
      };
    }
    return open;
  }

  function partOf(event: ResponsesEvent): OpenPart {
    const { parts } = itemOf(event);
    const index = numberAt(event, "content_index") ?? 0;
    let part = parts.get(index);
    if (part === undefined) {
      part = { kind: event.type === "response.refusal.delta" ? "refusal" : "text", text: "", held: "" };
      parts.set(index, part);
    }
    return part;
  }

  /** Ends the answer here: the open item as far as it came, then the terminal event. */
  function end(status: "completed" | "incomplete", reason: string | undefined): string[] {
    cut = true;
    const events: string[] = [];
    if (open !== undefined) events.push(JSON.stringify(doneEvent(open, status)));
    const usage = {
      input_tokens: inputTokens(),
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens() + tokens,
    };
    const type = `response.${status}`;
    const details = reason === undefined ? null : { reason };
    events.push(
      JSON.stringify({
        type,
        response: { ...response, status, output: [], incomplete_details: details, usage },
      }),
    );
    return events;
  }

  function delta(event: ResponsesEvent): string[] {
    if ((textAt(event, "delta") ?? "") === "") return [];
    if (want.maxOutputTokens !== undefined && tokens >= want.maxOutputTokens) {
      return [...flush(), ...end("incomplete", "max_output_tokens")];
    }
    tokens++;
    if (event.type === "response.output_text.delta" && want.stop.length > 0) return textDelta(event);
    if (event.type === "response.output_text.delta" || event.type === "response.refusal.delta") {
      partOf(event).text += textAt(event, "delta") ?? "";
    } else itemOf(event).piece += textAt(event, "delta") ?? "";
    return [JSON.stringify(event)];
  }

  function apply(data: string): string[] {
    if (cut) return [];
    const type = eventType(data);
    if (!COUNTED.has(type) && !BOUNDARIES.has(type)) return [data];
    const event = readEvent(data);
    if (event === undefined) return [];
    if (COUNTED.has(type)) return delta(event);
    if (type === "response.created") response = recordAt(event, "response") ?? {};
    const held = flush();
    if (type === "response.output_item.added") {
      itemOf(event).item = recordAt(event, "item");
    } else if (type === "response.output_item.done") open = undefined;
    return [...held, data];
  }

  return { apply };
}

/** An {@linkcode EventWriter} behind a limiter. */
export function limitEvents(writer: EventWriter, limiter: Limiter): EventWriter {
  return {
    event: (data) => limiter.apply(data).map((event) => writer.event(event)).join(""),
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

interface OpenPart {
  readonly kind: "text" | "refusal";
  /** what was let through */
  text: string;
  /** what may be the beginning of a stop text */
  held: string;
}

interface OpenItem {
  readonly outputIndex: number;
  readonly itemId: string;
  item: JsonObject | undefined;
  readonly parts: Map<number, OpenPart>;
  /** arguments or input of a call, as far as they came */
  piece: string;
}

/** Deltas that are the model's output. Summaries of reasoning are not: they are written beside it. */
const COUNTED: ReadonlySet<string> = new Set([
  "response.output_text.delta",
  "response.refusal.delta",
  "response.function_call_arguments.delta",
  "response.custom_tool_call_input.delta",
]);

/** Events before which held text has to go out. */
const BOUNDARIES: ReadonlySet<string> = new Set([
  "response.created",
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

/** Where the first stop text begins; undefined when none is in the text. */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  let first: number | undefined;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    if (at !== -1 && (first === undefined || at < first)) first = at;
  }
  return first;
}

/** How many characters at the end may be the beginning of a stop text. */
function heldLength(text: string, stops: readonly string[], longest: number): number {
  for (let length = Math.min(longest - 1, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}

/** `response.output_item.done` for an item that was cut. */
function doneEvent(open: OpenItem, status: string): JsonObject {
  const item = open.item ?? { type: "message", id: open.itemId, role: "assistant" };
  const type = textAt(item, "type");
  const content = [...open.parts.entries()].sort(([a], [b]) => a - b).map(([, part]) =>
    part.kind === "text"
      ? { type: "output_text", text: part.text, annotations: [], logprobs: [] }
      : { type: "refusal", refusal: part.text }
  );
  const body = type === "message"
    ? { content }
    : type === "custom_tool_call"
    ? { input: open.piece }
    : type === "function_call"
    ? { arguments: open.piece }
    : {};
  return {
    type: "response.output_item.done",
    output_index: open.outputIndex,
    item: { ...item, ...body, status },
  };
}
