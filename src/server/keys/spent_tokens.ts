import type { ResponsesUsage } from "../../wire/responses.ts";

/**
 * Tokens that an answer counts with against a budget.
 *
 * @param asked an estimate of the request: the backend does not say what a cut answer has used, and has read it all the
 * same
 */
export function spentTokens(usage: ResponsesUsage | undefined, asked: () => number): number {
  return usage === undefined ? asked() : (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
}
