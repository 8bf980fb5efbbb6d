/** The events of one entry of an answer's `output`. */
import type { EventStep } from "./script.ts";

/** One entry of an answer's `output`. */
export type OutputPart =
  | {
    readonly type: "text";
    readonly words: readonly string[];
    readonly annotations?: readonly Record<string, unknown>[];
    /** the answer was cut here: no done events follow the deltas */
    readonly unfinished?: boolean;
    readonly phase?: string;
  }
  | { readonly type: "refusal"; readonly words: readonly string[] }
  | {
    readonly type: "reasoning";
    readonly summary: readonly string[];
    readonly encrypted?: string;
    /** raw reasoning, in the item's `content` */
    readonly raw?: string;
  }
  | {
    readonly type: "call";
    readonly name: string;
    readonly arguments: string | readonly string[];
    readonly callId?: string;
    readonly namespace?: string;
  }
  | {
    readonly type: "custom_call";
    readonly name: string;
    readonly input: readonly string[];
    readonly callId?: string;
  }
  | { readonly type: "image"; readonly base64: string }
  | { readonly type: "web_search"; readonly query: string };

/** Begins every encrypted reasoning that the fake backend accepts back. */
export const ENCRYPTED_PREFIX = "gAAAAABfake";

/** Events of a part, in the three stages between which others may be interleaved. */
export interface PartEvents {
  readonly opening: EventStep[];
  readonly deltas: EventStep[];
  readonly closing: EventStep[];
}

/** The finished item of a part, as `response.output_item.done` carries it. */
export function outputItem(part: OutputPart, index: number, seed: string): Record<string, unknown> {
  const id = itemId(part, index, seed);
  switch (part.type) {
    case "text":
      return {
        id,
        type: "message",
        status: part.unfinished ? "incomplete" : "completed",
        role: "assistant",
        content: [textPart(part.words.join(""), part.annotations ?? [])],
        ...(part.phase === undefined ? {} : { phase: part.phase }),
      };
    case "refusal":
      return {
        id,
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "refusal", refusal: part.words.join("") }],
      };
    case "reasoning":
      return {
        id,
        type: "reasoning",
        summary: part.summary.map((text) => ({ type: "summary_text", text })),
        encrypted_content: part.encrypted ?? `${ENCRYPTED_PREFIX}${seed}x${index}`,
        ...(part.raw === undefined ? {} : { content: [{ type: "reasoning_text", text: part.raw }] }),
      };
    case "call":
      return {
        id,
        type: "function_call",
        status: "completed",
        arguments: argumentPieces(part.arguments).join(""),
        call_id: callId(part.callId, index, seed),
        name: part.name,
        ...(part.namespace === undefined ? {} : { namespace: part.namespace }),
      };
    case "custom_call":
      return {
        id,
        type: "custom_tool_call",
        status: "completed",
        call_id: callId(part.callId, index, seed),
        name: part.name,
        input: part.input.join(""),
      };
    case "image":
      return {
        id,
        type: "image_generation_call",
        status: "completed",
        action: "generate",
        background: "opaque",
        output_format: "png",
        quality: "low",
        size: "1024x1024",
        result: part.base64,
        revised_prompt: "A fake picture",
      };
    case "web_search":
      return {
        id,
        type: "web_search_call",
        status: "completed",
        action: { type: "search", query: part.query, queries: [part.query] },
      };
  }
}

/** The events of a part at this place of `output`. */
export function partEvents(part: OutputPart, index: number, seed: string): PartEvents {
  const item = outputItem(part, index, seed);
  const at = { item_id: itemId(part, index, seed), output_index: index };
  const added = (started: Record<string, unknown>): EventStep => ({
    type: "response.output_item.added",
    output_index: index,
    item: { ...item, ...started },
  });
  const done: EventStep = { type: "response.output_item.done", output_index: index, item };
  switch (part.type) {
    case "text":
    case "refusal":
      return messageEvents(part, at, added({ status: "in_progress", content: [] }), done);
    case "reasoning":
      return {
        opening: [added({ summary: [] })],
        deltas: part.summary.flatMap((text, i) => summaryEvents(at, i, text)),
        closing: [done],
      };
    case "call":
      return {
        opening: [added({ status: "in_progress", arguments: "" })],
        deltas: argumentPieces(part.arguments).map((delta) => ({
          type: "response.function_call_arguments.delta",
          ...at,
          delta,
          obfuscation: filler(delta),
        })),
        closing: [
          { type: "response.function_call_arguments.done", ...at, arguments: item["arguments"] },
          done,
        ],
      };
    case "custom_call":
      return {
        opening: [added({ status: "in_progress", input: "" })],
        deltas: part.input.map((delta) => ({
          type: "response.custom_tool_call_input.delta",
          ...at,
          delta,
          obfuscation: filler(delta),
        })),
        closing: [{ type: "response.custom_tool_call_input.done", ...at, input: item["input"] }, done],
      };
    case "image":
      return {
        opening: [added({ status: "in_progress", result: null })],
        deltas: ["in_progress", "generating"].map((state) => ({
          type: `response.image_generation_call.${state}`,
          ...at,
        })),
        closing: [{ type: "response.image_generation_call.completed", ...at }, done],
      };
    case "web_search":
      return {
        opening: [added({ status: "in_progress", action: undefined })],
        deltas: ["in_progress", "searching"].map((state) => ({
          type: `response.web_search_call.${state}`,
          ...at,
        })),
        closing: [{ type: "response.web_search_call.completed", ...at }, done],
      };
  }
}

function messageEvents(
  part: Extract<OutputPart, { type: "text" | "refusal" }>,
  at: { item_id: string; output_index: number },
  added: EventStep,
  done: EventStep,
): PartEvents {
  const spot = { ...at, content_index: 0 };
  const whole = part.words.join("");
  const isText = part.type === "text";
  const annotations = isText ? part.annotations ?? [] : [];
  const name = isText ? "output_text" : "refusal";
  const emptyPart = isText ? textPart("", []) : { type: "refusal", refusal: "" };
  const fullPart = isText ? textPart(whole, annotations) : { type: "refusal", refusal: whole };
  const logprobs = isText ? { logprobs: [] } : {};
  const annotationEvents = annotations.map((annotation, i): EventStep => ({
    type: "response.output_text.annotation.added",
    ...spot,
    annotation_index: i,
    annotation,
  }));
  return {
    opening: [added, { type: "response.content_part.added", ...spot, part: emptyPart }],
    deltas: [
      ...part.words.map((delta) => ({
        type: `response.${name}.delta`,
        ...spot,
        delta,
        ...logprobs,
        obfuscation: filler(delta),
      })),
      ...annotationEvents,
    ],
    closing: isText && part.unfinished ? [] : [
      { type: `response.${name}.done`, ...spot, [isText ? "text" : "refusal"]: whole, ...logprobs },
      { type: "response.content_part.done", ...spot, part: fullPart },
      done,
    ],
  };
}

function summaryEvents(
  at: { item_id: string; output_index: number },
  summaryIndex: number,
  text: string,
): EventStep[] {
  const spot = { ...at, summary_index: summaryIndex };
  return [
    { type: "response.reasoning_summary_part.added", ...spot, part: { type: "summary_text", text: "" } },
    ...(text.match(/\s*\S+\s*$|\s*\S+/g) ?? []).map((delta) => ({
      type: "response.reasoning_summary_text.delta",
      ...spot,
      delta,
      obfuscation: filler(delta),
    })),
    { type: "response.reasoning_summary_text.done", ...spot, text },
    { type: "response.reasoning_summary_part.done", ...spot, part: { type: "summary_text", text } },
  ];
}

const ID_PREFIXES: Record<OutputPart["type"], string> = {
  text: "msg",
  refusal: "msg",
  reasoning: "rs",
  call: "fc",
  custom_call: "ctc",
  image: "ig",
  web_search: "ws",
};

function itemId(part: OutputPart, index: number, seed: string): string {
  return `${ID_PREFIXES[part.type]}_fake${`${seed}x${index}`.padStart(32, "0")}`;
}

function callId(given: string | undefined, index: number, seed: string): string {
  return given ?? `call_fake${`${seed}x${index}`.padStart(16, "0")}`;
}

function argumentPieces(given: string | readonly string[]): readonly string[] {
  return typeof given === "string" ? given.match(/[\s\S]{1,8}/g) ?? [] : given;
}

function textPart(text: string, annotations: readonly Record<string, unknown>[]): Record<string, unknown> {
  return { type: "output_text", annotations, logprobs: [], text };
}

/** Text that hides the length of a delta, as the backend sends it. */
function filler(delta: string): string {
  return "abcdefghijklmnop".slice(Math.min(delta.length, 15));
}
