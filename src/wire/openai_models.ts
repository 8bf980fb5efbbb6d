import type { JsonObject } from "./json.ts";

/**
 * The list of models as its three kinds of readers want it: OpenAI clients read `object` and `data`, the Codex CLI
 * reads `models`, Anthropic clients read `data`, `has_more`, `first_id` and `last_id`.
 *
 * @see https://platform.openai.com/docs/api-reference/models/object
 */

/** One model of `GET /models`. */
export interface ModelEntry {
  id: string;
  object: "model";
  /** Unix time in seconds */
  created: number;
  owned_by: "openai";
  /** `model`, as Anthropic's list has it */
  type: "model";
  display_name: string;
  /** RFC 3339, as Anthropic's list has it */
  created_at: string;
  description?: string;
  /** in tokens */
  context_window?: number;
  /** in tokens */
  max_context_window?: number;
  /** in tokens; a figure to show, never a limit that is sent. Models that write no text have none */
  max_output_tokens?: number;
  /** the context window, as Anthropic's list has it; in tokens, null when it is not known */
  max_input_tokens: number | null;
  /** the same as `max_output_tokens`, as Anthropic's list has it; null for none */
  max_tokens: number | null;
  /** as Anthropic's list has it */
  lifecycle: "active";
  input_modalities?: readonly string[];
  output_modalities?: readonly string[];
  reasoning_efforts?: readonly string[];
  default_reasoning_effort?: string;
}

/** The answer of `GET /models`. */
export interface ModelList {
  object: "list";
  data: ModelEntry[];
  has_more: boolean;
  first_id: string | null;
  last_id: string | null;
  /** the entries as the Codex CLI needs them, hidden ones too; empty: it uses the catalogue it brings along */
  models: JsonObject[];
}
