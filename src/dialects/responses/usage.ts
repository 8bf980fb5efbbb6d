import { type JsonObject, numberAt, recordAt } from "../../wire/json.ts";
import type { ResponsesUsage } from "../../wire/responses.ts";

/** The token counts of a response object, with only the numbers that are numbers; undefined when it has none. */
export function readUsage(response: JsonObject | undefined): ResponsesUsage | undefined {
  const usage = response === undefined ? undefined : recordAt(response, "usage");
  if (usage === undefined) return undefined;
  const input = recordAt(usage, "input_tokens_details");
  const output = recordAt(usage, "output_tokens_details");
  const cacheWrite = input === undefined ? undefined : numberAt(input, "cache_write_tokens");
  const inputTokens = numberAt(usage, "input_tokens") ?? 0;
  const outputTokens = numberAt(usage, "output_tokens") ?? 0;
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: (input === undefined ? undefined : numberAt(input, "cached_tokens")) ?? 0,
      ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }),
    },
    output_tokens: outputTokens,
    output_tokens_details: {
      reasoning_tokens: (output === undefined ? undefined : numberAt(output, "reasoning_tokens")) ?? 0,
    },
    total_tokens: numberAt(usage, "total_tokens") ?? inputTokens + outputTokens,
  };
}
