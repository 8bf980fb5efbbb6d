import type { CompletionUsage } from "../../wire/completions.ts";
import type { ResponsesUsage } from "../../wire/responses.ts";

/** Maps Responses token counts to the `usage` of a completion. Missing counts become 0. */
export function toCompletionUsage(usage: ResponsesUsage | null | undefined): CompletionUsage {
  const promptTokens = usage?.input_tokens ?? 0;
  const completionTokens = usage?.output_tokens ?? 0;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}
