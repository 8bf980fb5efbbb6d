import type { JsonObject } from "./json.ts";

/**
 * The legacy Completions API as this program writes it.
 *
 * @see https://platform.openai.com/docs/api-reference/completions/object
 */

/** Token counts of a completion, in tokens. */
export interface CompletionUsage extends JsonObject {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

/** The one choice of an answer or of a chunk. */
export interface CompletionChoice extends JsonObject {
  text: string;
  index: 0;
  logprobs: null;
  /** null while a stream runs */
  finish_reason: "stop" | "length" | "content_filter" | null;
}

/** An answer, or a chunk of a stream: both look the same. */
export interface TextCompletion extends JsonObject {
  /** `cmpl-…` */
  id: string;
  object: "text_completion";
  /** Unix time in seconds */
  created: number;
  model: string;
  choices: CompletionChoice[];
  usage?: CompletionUsage | null;
}
