import type { JsonObject } from "./json.ts";

/**
 * The Anthropic Messages API as this program writes it. What it reads is narrowed field by field where it is read.
 *
 * @see https://platform.claude.com/docs/en/api/messages
 */

/** Token counts of a message, in tokens. Cached ones are counted apart from `input_tokens`, not part of them. */
export interface MessageUsage extends JsonObject {
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  output_tokens: number;
}

/** Why a message ended, as far as this program can tell. */
export type StopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "refusal"
  | "compaction";

/** One block of a message's content. */
export interface ContentBlock extends JsonObject {
  type:
    | "text"
    | "image"
    | "thinking"
    | "redacted_thinking"
    | "tool_use"
    | "server_tool_use"
    | "web_search_tool_result"
    | "compaction";
}

/** The answer: one message of the assistant. */
export interface MessageObject extends JsonObject {
  /** `msg_…` */
  id: string;
  type: "message";
  role: "assistant";
  model: string;
  content: ContentBlock[];
  /** null while a stream runs */
  stop_reason: StopReason | null;
  /** the one of `stop_sequences` that ended it */
  stop_sequence: string | null;
  usage: MessageUsage;
}

/** One event of a message stream; its `type` is also the name of the SSE event. `content_block_delta` is written from text. */
export type MessageEvent =
  | { type: "message_start"; message: MessageObject }
  | { type: "ping" }
  | { type: "content_block_start"; index: number; content_block: ContentBlock }
  | { type: "content_block_stop"; index: number }
  | {
    type: "message_delta";
    delta: { stop_reason: StopReason; stop_sequence: string | null };
    usage: MessageUsage;
    /** what was left out of the conversation, where the client asked for it */
    context_management?: JsonObject;
  }
  | { type: "message_stop" };

/** The types of errors that the SDKs know. */
export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "permission_error"
  | "not_found_error"
  | "request_too_large"
  | "rate_limit_error"
  | "timeout_error"
  | "overloaded_error"
  | "api_error";
