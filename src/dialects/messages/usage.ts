import type { MessageUsage } from "../../wire/anthropic.ts";
import type { Compacted } from "../dialect.ts";
import type { ResponsesUsage } from "../../wire/responses.ts";

/**
 * Maps Responses token counts to the `usage` of a message.
 *
 * Responses counts cached tokens inside the input; Anthropic counts them separately: the three input counts together
 * are the whole input. Missing counts become 0.
 *
 * @param searches how many web searches the answer made
 * @param compacted a compaction right before the answer: it has counts of its own, which the others do not hold
 * @returns counts in tokens
 */
export function toMessageUsage(
  usage: ResponsesUsage | null | undefined,
  searches: number,
  compacted?: Compacted,
): MessageUsage {
  const own = { ...toCounts(usage), output_tokens_details: { thinking_tokens: thinkingTokens(usage) } };
  const iterations = compacted === undefined ? {} : {
    iterations: [{ type: "compaction", ...toCounts(compacted.usage) }, {
      type: "message",
      ...toCounts(usage),
    }],
  };
  return {
    ...own,
    ...(searches === 0 ? {} : { server_tool_use: { web_search_requests: searches } }),
    ...iterations,
  };
}

function toCounts(usage: ResponsesUsage | null | undefined): MessageUsage {
  const cached = usage?.input_tokens_details?.cached_tokens ?? 0;
  const written = usage?.input_tokens_details?.cache_write_tokens ?? 0;
  return {
    input_tokens: Math.max(0, (usage?.input_tokens ?? 0) - cached - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cached,
    output_tokens: usage?.output_tokens ?? 0,
  };
}

function thinkingTokens(usage: ResponsesUsage | null | undefined): number {
  return usage?.output_tokens_details?.reasoning_tokens ?? 0;
}
