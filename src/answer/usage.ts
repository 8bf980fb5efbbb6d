import { type JsonObject, numberAt, recordAt } from "../wire/json.ts";
import type { ResponsesUsage } from "../wire/responses.ts";

/**
 * The token counts of a response object, with only the numbers that can be counts, and every key that generated clients
 * require (clients.md#required-keys); undefined when it has none.
 */
export function readUsage(response: JsonObject | undefined): ResponsesUsage | undefined {
  const usage = response === undefined ? undefined : recordAt(response, "usage");
  if (usage === undefined) return undefined;
  const input = recordAt(usage, "input_tokens_details");
  const output = recordAt(usage, "output_tokens_details");
  const inputTokens = countAt(usage, "input_tokens") ?? 0;
  const outputTokens = countAt(usage, "output_tokens") ?? 0;
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: (input === undefined ? undefined : countAt(input, "cached_tokens")) ?? 0,
      cache_write_tokens: (input === undefined ? undefined : countAt(input, "cache_write_tokens")) ?? 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: {
      reasoning_tokens: (output === undefined ? undefined : countAt(output, "reasoning_tokens")) ?? 0,
    },
    total_tokens: countAt(usage, "total_tokens") ?? inputTokens + outputTokens,
  };
}

/** The whole number from 0 at `key`; undefined for any other value. */
function countAt(record: JsonObject, key: string): number | undefined {
  const count = numberAt(record, key);
  return count !== undefined && Number.isSafeInteger(count) && count >= 0 ? count : undefined;
}
