import type { JsonObject } from "./json.ts";

/**
 * The Responses API as this program sends and receives it. The upstream's own format is the canonical one here, so
 * objects are kept open: a field or item type that appears tomorrow passes through on that day.
 *
 * @see https://platform.openai.com/docs/api-reference/responses
 */

/** One entry of `input`: a message, a tool call, a tool's output, reasoning, or a type not known here. */
export interface InputItem extends JsonObject {
  type: string;
}

/** `reasoning` of a request. */
export interface Reasoning {
  effort?: string;
  summary?: string;
  /** lite lane only: `all_turns` */
  context?: string;
}

/** The request body that is sent upstream: only keys that the backend accepts (backend.md#accepted-keys). */
export interface Ask {
  model: string;
  /** absent in the lite lane, where it is a developer message */
  instructions?: string;
  input: InputItem[];
  tools?: JsonObject[];
  tool_choice?: unknown;
  parallel_tool_calls?: boolean;
  reasoning?: Reasoning;
  store: false;
  stream: true;
  include: string[];
  /** at most 64 characters */
  prompt_cache_key?: string;
  text?: JsonObject;
  service_tier?: string;
  client_metadata?: JsonObject;
}

/** Token counts of an answer, in tokens. */
export interface ResponsesUsage extends JsonObject {
  input_tokens?: number;
  input_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number };
  output_tokens?: number;
  output_tokens_details?: { reasoning_tokens?: number };
  total_tokens?: number;
}

/** One entry of an answer's `output`. */
export interface OutputItem extends JsonObject {
  type: string;
}

/** A response object, as complete or incomplete as it came. */
export interface ResponsesObject extends JsonObject {
  id: string;
  status: string;
  output: OutputItem[];
  usage?: ResponsesUsage | null;
}
