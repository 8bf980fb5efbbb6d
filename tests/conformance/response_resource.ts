/** The objects of the Open Responses specification that the program answers with (clients.md#response-resource). */
import {
  anything,
  either,
  flag,
  integer,
  listOf,
  nullOr,
  number,
  object,
  oneOf,
  type Shape,
  tagged,
  text,
} from "./shape.ts";

const STATUS = oneOf("completed", "in_progress", "incomplete");

const OUTPUT_TEXT = object({
  type: text,
  text,
  annotations: listOf(object({ type: text })),
  logprobs: listOf(anything),
});

const REFUSAL = object({ type: text, refusal: text });

const SUMMARY = object({ type: oneOf("summary_text"), text });

/** An entry of `output`. `web_search_call` and the like are not in the schema: clients should take them. */
export const OUTPUT_ITEM: Shape = tagged({
  message: object({
    id: text,
    status: STATUS,
    role: oneOf("assistant"),
    content: listOf(tagged({ output_text: OUTPUT_TEXT, refusal: REFUSAL })),
  }, { phase: text }),
  function_call: object({ id: text, call_id: text, name: text, arguments: text, status: STATUS }),
  reasoning: object({ id: text, summary: listOf(SUMMARY) }, {
    content: listOf(object({ type: text, text })),
    encrypted_content: text,
    status: STATUS,
  }),
  compaction: object({ id: text, encrypted_content: text }),
  custom_tool_call: object({ id: text, call_id: text, name: text, input: text }),
  web_search_call: object({ id: text, status: text, action: object({ type: text }) }),
  image_generation_call: object({ id: text, status: text, result: nullOr(text) }),
});

const TOOL = tagged({
  function: object({
    name: text,
    description: nullOr(text),
    parameters: nullOr(object({})),
    strict: nullOr(flag),
  }),
  custom: object({ name: text }),
  web_search: object({}),
  web_search_preview: object({}),
  image_generation: object({}),
});

const CHOICE = tagged({
  function: object({ name: text }),
  custom: object({ name: text }),
  allowed_tools: object({
    mode: oneOf("auto", "required"),
    tools: listOf(object({ type: text, name: text })),
  }),
  web_search: object({}),
  image_generation: object({}),
});

const FORMAT = tagged({
  text: object({}),
  json_object: object({}),
  json_schema: object({ name: text, schema: nullOr(object({})), strict: flag }, {
    description: nullOr(text),
  }),
});

/** The token counts. */
export const USAGE: Shape = object({
  input_tokens: integer,
  input_tokens_details: object({ cached_tokens: integer, cache_write_tokens: integer }),
  output_tokens: integer,
  output_tokens_details: object({ reasoning_tokens: integer }),
  total_tokens: integer,
});

/** The response object: all 31 keys are required, and the numbers are never null. */
export const RESPONSE_RESOURCE: Shape = object({
  id: text,
  object: oneOf("response"),
  created_at: integer,
  completed_at: nullOr(integer),
  status: oneOf("completed", "failed", "in_progress", "cancelled", "queued", "incomplete"),
  incomplete_details: nullOr(object({ reason: text })),
  model: text,
  previous_response_id: nullOr(text),
  instructions: nullOr(either(listOf(anything), text)),
  output: listOf(OUTPUT_ITEM),
  error: nullOr(object({ code: text, message: text })),
  tools: listOf(TOOL),
  tool_choice: either(CHOICE, oneOf("none", "auto", "required")),
  truncation: oneOf("auto", "disabled"),
  parallel_tool_calls: flag,
  text: object({ format: FORMAT }, { verbosity: nullOr(oneOf("low", "medium", "high")) }),
  top_p: number,
  presence_penalty: number,
  frequency_penalty: number,
  top_logprobs: integer,
  temperature: number,
  reasoning: nullOr(object({ effort: nullOr(text), summary: nullOr(text) })),
  usage: nullOr(USAGE),
  max_output_tokens: nullOr(integer),
  max_tool_calls: nullOr(integer),
  store: flag,
  background: flag,
  service_tier: text,
  metadata: object({}),
  safety_identifier: nullOr(text),
  prompt_cache_key: nullOr(text),
});
