import type { JsonObject } from "../../wire/json.ts";
import type { ResponsesUsage } from "../../wire/responses.ts";

/**
 * Maps Responses token counts to the Chat Completions `usage` object.
 *
 * Cached and reasoning tokens are parts of the totals, not additions. Missing counts become 0.
 *
 * @returns counts in tokens; `total_tokens` is always `prompt_tokens + completion_tokens`
 * @see https://platform.openai.com/docs/api-reference/chat/object#usage
 */
export function toChatUsage(usage: ResponsesUsage | null | undefined): JsonObject {
  const promptTokens = usage?.input_tokens ?? 0;
  const completionTokens = usage?.output_tokens ?? 0;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: {
      cached_tokens: usage?.input_tokens_details?.cached_tokens ?? 0,
      cache_write_tokens: usage?.input_tokens_details?.cache_write_tokens ?? 0,
    },
    completion_tokens_details: { reasoning_tokens: usage?.output_tokens_details?.reasoning_tokens ?? 0 },
  };
}
