/**
 * The objects of OpenAI's own APIs that the program answers with: the keys that are required of each, and their types
 * (clients.md#required-keys). Clients that are generated from the schema throw on a missing one.
 */
import { OUTPUT_ITEM, RESPONSE_RESOURCE, USAGE } from "./response_resource.ts";
import {
  anything,
  flag,
  integer,
  isObject,
  listOf,
  nullOr,
  object,
  oneOf,
  type Shape,
  tagged,
  text,
} from "./shape.ts";

/** The body of every refusal, and the last event of a broken chat stream. */
export const ERROR: Shape = object({
  error: object({ message: text, type: text, param: nullOr(text), code: nullOr(text) }),
});

const CHAT_USAGE = object({ prompt_tokens: integer, completion_tokens: integer, total_tokens: integer }, {
  prompt_tokens_details: object({ cached_tokens: integer, cache_write_tokens: integer }),
  completion_tokens_details: object({ reasoning_tokens: integer }),
});

const CALLED = {
  function: object({ name: text, arguments: text }),
  custom: object({ name: text, input: text }),
};

const TOOL_CALL = tagged({
  function: object({ id: text, type: text, function: CALLED.function }),
  custom: object({ id: text, type: text, custom: CALLED.custom }),
});

const CITATION = object({
  type: oneOf("url_citation"),
  url_citation: object({ start_index: integer, end_index: integer, url: text, title: text }),
});

const PICTURE = object({ index: integer, type: oneOf("image_url"), image_url: object({ url: text }) });

const FINISH = oneOf("stop", "length", "tool_calls", "content_filter", "function_call");

/** A `chat.completion`. */
export const CHAT_COMPLETION: Shape = object({
  id: text,
  object: oneOf("chat.completion"),
  created: integer,
  model: text,
  choices: listOf(object({
    index: integer,
    message: object({ role: oneOf("assistant"), content: nullOr(text), refusal: nullOr(text) }, {
      reasoning_content: text,
      annotations: listOf(CITATION),
      images: listOf(PICTURE),
      tool_calls: listOf(TOOL_CALL),
      function_call: CALLED.function,
    }),
    logprobs: nullOr(anything),
    finish_reason: FINISH,
  })),
}, { usage: CHAT_USAGE });

/** A `chat.completion.chunk`. */
export const CHAT_CHUNK: Shape = object({
  id: text,
  object: oneOf("chat.completion.chunk"),
  created: integer,
  model: text,
  choices: listOf(object({
    index: integer,
    delta: object({}, {
      role: oneOf("assistant"),
      content: text,
      refusal: text,
      reasoning_content: text,
      annotations: listOf(CITATION),
      images: listOf(PICTURE),
      tool_calls: listOf(object({ index: integer }, { id: text, type: oneOf("function", "custom") })),
    }),
    finish_reason: nullOr(FINISH),
  })),
}, { usage: nullOr(CHAT_USAGE) });

const TEXT_CHOICE = { text, index: integer, logprobs: nullOr(anything) };
const TEXT_FINISH = oneOf("stop", "length", "content_filter");
const TEXT_KEYS = { id: text, object: oneOf("text_completion"), created: integer, model: text };

/** A `text_completion`. */
export const TEXT_COMPLETION: Shape = object({
  ...TEXT_KEYS,
  choices: listOf(object({ ...TEXT_CHOICE, finish_reason: TEXT_FINISH })),
}, { usage: CHAT_USAGE });

/** A chunk of one: before the last of its choice it has no reason to finish. */
export const TEXT_CHUNK: Shape = object({
  ...TEXT_KEYS,
  choices: listOf(object({ ...TEXT_CHOICE, finish_reason: nullOr(TEXT_FINISH) })),
}, { usage: nullOr(CHAT_USAGE) });

const OUTPUT_PART = tagged({
  output_text: object({ text, annotations: listOf(anything), logprobs: listOf(anything) }),
  refusal: object({ refusal: text }),
  reasoning_text: object({ text }),
});

const LIFECYCLE = { response: RESPONSE_RESOURCE };
const ITEM = { output_index: integer, item: OUTPUT_ITEM };
const IN_ITEM = { item_id: text, output_index: integer };
const IN_CONTENT = { ...IN_ITEM, content_index: integer };
const IN_SUMMARY = { ...IN_ITEM, summary_index: integer };
const SUMMARY_PART = { part: object({ type: oneOf("summary_text"), text }) };

/** The events of the Responses API, without their `type` and number, which all have. */
const EVENTS: Readonly<Record<string, Record<string, Shape>>> = {
  "response.created": LIFECYCLE,
  "response.queued": LIFECYCLE,
  "response.in_progress": LIFECYCLE,
  "response.completed": LIFECYCLE,
  "response.incomplete": LIFECYCLE,
  "response.failed": LIFECYCLE,
  "error": { code: nullOr(text), message: text, param: nullOr(text) },
  "response.output_item.added": ITEM,
  "response.output_item.done": ITEM,
  "response.content_part.added": { ...IN_CONTENT, part: OUTPUT_PART },
  "response.content_part.done": { ...IN_CONTENT, part: OUTPUT_PART },
  "response.output_text.delta": { ...IN_CONTENT, delta: text, logprobs: listOf(anything) },
  "response.output_text.done": { ...IN_CONTENT, text, logprobs: listOf(anything) },
  "response.output_text.annotation.added": {
    ...IN_CONTENT,
    annotation_index: integer,
    annotation: object({ type: text }),
  },
  "response.refusal.delta": { ...IN_CONTENT, delta: text },
  "response.refusal.done": { ...IN_CONTENT, refusal: text },
  "response.reasoning_text.delta": { ...IN_CONTENT, delta: text },
  "response.reasoning_text.done": { ...IN_CONTENT, text },
  "response.reasoning_summary_part.added": { ...IN_SUMMARY, ...SUMMARY_PART },
  "response.reasoning_summary_part.done": { ...IN_SUMMARY, ...SUMMARY_PART },
  "response.reasoning_summary_text.delta": { ...IN_SUMMARY, delta: text },
  "response.reasoning_summary_text.done": { ...IN_SUMMARY, text },
  "response.function_call_arguments.delta": { ...IN_ITEM, delta: text },
  "response.function_call_arguments.done": { ...IN_ITEM, name: text, arguments: text },
  "response.custom_tool_call_input.delta": { ...IN_ITEM, delta: text },
  "response.custom_tool_call_input.done": { ...IN_ITEM, input: text },
  "response.web_search_call.in_progress": IN_ITEM,
  "response.web_search_call.searching": IN_ITEM,
  "response.web_search_call.completed": IN_ITEM,
  "response.image_generation_call.in_progress": IN_ITEM,
  "response.image_generation_call.generating": IN_ITEM,
  "response.image_generation_call.completed": IN_ITEM,
  "response.image_generation_call.partial_image": {
    ...IN_ITEM,
    partial_image_index: integer,
    partial_image_b64: text,
  },
};

const EVENT_SHAPES = Object.fromEntries(
  Object.entries(EVENTS).map((
    [type, keys],
  ) => [type, object({ type: text, sequence_number: integer, ...keys })]),
);

/** An event of a Responses stream, of a WebSocket, or of a stored response. */
export const RESPONSE_EVENT: Shape = tagged(EVENT_SHAPES);

const INPUT_PART = tagged({
  input_text: object({ text }),
  input_image: object({ detail: text }, { image_url: nullOr(text) }),
  input_file: object({}, { filename: text, file_data: text }),
  output_text: object({ text, annotations: listOf(anything), logprobs: listOf(anything) }),
  refusal: object({ refusal: text }),
});

const TOOL_OUTPUT: Shape = (value, at) => typeof value === "string" ? [] : listOf(INPUT_PART)(value, at);
const OUTPUT_OF_TOOL = object({ id: text, call_id: text, output: TOOL_OUTPUT, status: text });

/** An item as lists and conversations have it: what was said to the model, or an item of its output. */
export const ITEM_RESOURCE: Shape = (value, at) => {
  const type = isObject(value) ? value["type"] : undefined;
  if (type === "message") {
    return object({
      id: text,
      status: text,
      role: oneOf("user", "assistant", "system", "developer"),
      content: listOf(INPUT_PART),
    })(value, at);
  }
  return `${type}`.endsWith("_output") ? OUTPUT_OF_TOOL(value, at) : OUTPUT_ITEM(value, at);
};

/** A page of items. */
export const ITEM_LIST: Shape = object({
  object: oneOf("list"),
  data: listOf(ITEM_RESOURCE),
  first_id: text,
  last_id: text,
  has_more: flag,
});

/** A conversation. */
export const CONVERSATION: Shape = object({
  id: text,
  object: oneOf("conversation"),
  created_at: integer,
  metadata: object({}),
});

/** What deleting gives; the `object` is named by the route. */
export function deletedObject(name: string): Shape {
  return object({ id: text, object: oneOf(name), deleted: flag });
}

/** A compacted conversation. */
export const COMPACTION: Shape = object({
  id: text,
  object: oneOf("response.compaction"),
  created_at: integer,
  output: listOf(ITEM_RESOURCE),
  usage: USAGE,
});

/** A count of tokens. */
export const INPUT_TOKENS: Shape = object({ object: oneOf("response.input_tokens"), input_tokens: integer });

/** A model. */
export const MODEL: Shape = object({ id: text, object: oneOf("model"), created: integer, owned_by: text });

/** The list of models. */
export const MODEL_LIST: Shape = object({ object: oneOf("list"), data: listOf(MODEL) });

const PICTURE_USAGE = object({
  input_tokens: integer,
  output_tokens: integer,
  total_tokens: integer,
  input_tokens_details: object({ text_tokens: integer, image_tokens: integer }),
});

/** Pictures of the images routes. */
export const PICTURES: Shape = object({ created: integer }, {
  data: listOf(object({}, { b64_json: text, url: text, revised_prompt: text })),
  usage: PICTURE_USAGE,
  background: text,
  output_format: text,
  quality: text,
  size: text,
});

/** A finished picture in a stream. */
export const PICTURE_EVENT: Shape = object({
  type: oneOf("image_generation.completed", "image_edit.completed"),
  b64_json: text,
  created_at: integer,
  background: text,
  output_format: text,
  quality: text,
  size: text,
  usage: PICTURE_USAGE,
});

/** An uploaded file. */
export const FILE: Shape = object({
  id: text,
  object: oneOf("file"),
  bytes: integer,
  created_at: integer,
  filename: text,
  purpose: text,
  status: text,
}, { expires_at: integer });

/** The list of them. */
export const FILE_LIST: Shape = object({
  object: oneOf("list"),
  data: listOf(FILE),
  first_id: text,
  last_id: text,
  has_more: flag,
});
