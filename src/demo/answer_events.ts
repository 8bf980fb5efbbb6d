import type { JsonObject } from "../wire/json.ts";
import type { ResponsesEvent } from "../wire/responses_events.ts";
import { encryptedText } from "./encrypted_text.ts";
import type { DemoOutput } from "./plan_answer.ts";

/** What the events of an answer need besides its output. */
export interface AnswerFacts {
  readonly model: string;
  /** Unix time in seconds */
  readonly createdAt: number;
  readonly usage: JsonObject;
  /** 32 hex digits, the same for the same name within an answer */
  readonly idOf: (name: string) => string;
}

/**
 * The events of an answer, as the backend sends them (backend.md#stream-events): each numbered, the `output` of the last one
 * empty.
 */
export function answerEvents(output: readonly DemoOutput[], facts: AnswerFacts): ResponsesEvent[] {
  const response = (status: string, more: JsonObject): JsonObject => ({
    id: `resp_${facts.idOf("response")}`,
    object: "response",
    created_at: facts.createdAt,
    status,
    model: facts.model,
    error: null,
    incomplete_details: null,
    output: [],
    store: false,
    ...more,
  });
  const events: ResponsesEvent[] = [
    { type: "response.created", response: response("in_progress", { usage: null }) },
    { type: "response.in_progress", response: response("in_progress", { usage: null }) },
    ...output.flatMap((part, index) => outputEvents(part, index, facts)),
    { type: "response.completed", response: response("completed", { usage: facts.usage, end_turn: true }) },
  ];
  return events.map((event, number) => ({ ...event, sequence_number: number }));
}

/** An item from its beginning to its end; `begun` are the keys that are empty at first. */
function outputEvents(part: DemoOutput, index: number, facts: AnswerFacts): ResponsesEvent[] {
  const id = facts.idOf(`item ${index}`);
  const callId = `call_${facts.idOf(`call ${index}`).slice(0, 24)}`;
  const whole = (
    item: JsonObject,
    begun: JsonObject,
    middle: (at: JsonObject) => ResponsesEvent[] = () => [],
  ) => [
    { type: "response.output_item.added", output_index: index, item: { ...item, ...begun } },
    ...middle({ item_id: item["id"], output_index: index }),
    { type: "response.output_item.done", output_index: index, item },
  ];
  switch (part.type) {
    case "text": {
      const content = [{ type: "output_text", annotations: [], logprobs: [], text: part.text }];
      const item = { id: `msg_${id}`, type: "message", status: "completed", role: "assistant", content };
      return whole(item, { status: "in_progress", content: [] }, (at) => textEvents(part.text, at));
    }
    case "reasoning": {
      const summary = part.summary.map((text) => ({ type: "summary_text", text }));
      const item = { id: `rs_${id}`, type: "reasoning", summary, encrypted_content: encryptedText(id) };
      return whole(
        item,
        { summary: [] },
        (at) => part.summary.flatMap((text, i) => summaryEvents(text, i, at)),
      );
    }
    case "call": {
      const { name, namespace } = part;
      const item = {
        id: `fc_${id}`,
        type: "function_call",
        status: "completed",
        call_id: callId,
        name,
        arguments: part.arguments,
        ...(namespace === undefined ? {} : { namespace }),
      };
      return whole(item, { status: "in_progress", arguments: "" }, (at) => [
        ...deltas("response.function_call_arguments.delta", part.arguments.match(/[\s\S]{1,8}/g) ?? [], at),
        { type: "response.function_call_arguments.done", ...at, arguments: part.arguments },
      ]);
    }
    case "custom_call": {
      const { name, input } = part;
      const item = {
        id: `ctc_${id}`,
        type: "custom_tool_call",
        status: "completed",
        call_id: callId,
        name,
        input,
      };
      return whole(item, { status: "in_progress", input: "" }, (at) => [
        ...deltas("response.custom_tool_call_input.delta", input.match(/[\s\S]{1,8}/g) ?? [], at),
        { type: "response.custom_tool_call_input.done", ...at, input },
      ]);
    }
    case "web_search": {
      const action = { type: "search", query: part.query, queries: [part.query] };
      const item = { id: `ws_${id}`, type: "web_search_call", status: "completed", action };
      return whole(
        item,
        { status: "in_progress" },
        (at) => steps("response.web_search_call", at, "searching"),
      );
    }
    case "image": {
      const item = {
        id: `ig_${id}`,
        type: "image_generation_call",
        status: "completed",
        output_format: "png",
        result: PIXEL,
        revised_prompt: "One grey pixel",
      };
      return whole(
        item,
        { status: "in_progress", result: null },
        (at) => steps("response.image_generation_call", at, "generating"),
      );
    }
    case "compaction":
      return whole({ id: `cmp_${id}`, type: "compaction", encrypted_content: encryptedText(id) }, {});
    default:
      part satisfies never;
      return [];
  }
}

/** A PNG of one grey pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

function textEvents(text: string, at: JsonObject): ResponsesEvent[] {
  const spot = { ...at, content_index: 0 };
  const part = (shown: string) => ({ type: "output_text", annotations: [], logprobs: [], text: shown });
  return [
    { type: "response.content_part.added", ...spot, part: part("") },
    ...deltas("response.output_text.delta", wordsOf(text), { ...spot, logprobs: [] }),
    { type: "response.output_text.done", ...spot, text, logprobs: [] },
    { type: "response.content_part.done", ...spot, part: part(text) },
  ];
}

function summaryEvents(text: string, index: number, at: JsonObject): ResponsesEvent[] {
  const spot = { ...at, summary_index: index };
  return [
    { type: "response.reasoning_summary_part.added", ...spot, part: { type: "summary_text", text: "" } },
    ...deltas("response.reasoning_summary_text.delta", wordsOf(text), spot),
    { type: "response.reasoning_summary_text.done", ...spot, text },
    { type: "response.reasoning_summary_part.done", ...spot, part: { type: "summary_text", text } },
  ];
}

function deltas(type: string, pieces: readonly string[], at: JsonObject): ResponsesEvent[] {
  return pieces.map((delta) => ({ type, ...at, delta }));
}

function steps(type: string, at: JsonObject, middle: string): ResponsesEvent[] {
  return ["in_progress", middle, "completed"].map((step) => ({ type: `${type}.${step}`, ...at }));
}

/** Words with the space before them; joined they are the text. */
function wordsOf(text: string): readonly string[] {
  return text.match(/\s*\S{1,40}(?:\s+$)?|\s+/g) ?? [];
}
