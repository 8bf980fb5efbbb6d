import type { UsageTokens } from "../../store/usage/usage_record.ts";
import type { ResponsesUsage } from "../../wire/responses.ts";
import type { Call } from "../call.ts";
import type { KeyRing } from "../keys/key_ring.ts";

/**
 * Counts what an answer has used: against the budget of the key, and for `ccproxy usage`. The only place that does, so
 * that both tell the same. Used is used, also when the answer cannot be remembered.
 *
 * @param asked an estimate of the request: the backend does not say what a cut answer has used, and has read it all the
 * same
 */
export function countUse(
  { spend }: { readonly spend: KeyRing["spend"] },
  { caller: { key }, note }: Pick<Call, "caller" | "note">,
  usage: ResponsesUsage | undefined,
  asked: () => number,
): void {
  const now = usage === undefined
    ? { input: asked(), cached: 0, output: 0, reasoning: 0, isEstimate: true }
    : tokensOf(usage);
  const before = note.used ?? { input: 0, cached: 0, output: 0, reasoning: 0, isEstimate: false };
  note.used = {
    input: before.input + now.input,
    cached: before.cached + now.cached,
    output: before.output + now.output,
    reasoning: before.reasoning + now.reasoning,
    isEstimate: before.isEstimate || now.isEstimate,
  };
  if (key !== undefined) spend(key, now.input + now.output);
}

/** The tokens that the backend told. */
export function tokensOf(usage: ResponsesUsage): UsageTokens {
  return {
    input: usage.input_tokens ?? 0,
    cached: usage.input_tokens_details?.cached_tokens ?? 0,
    output: usage.output_tokens ?? 0,
    reasoning: usage.output_tokens_details?.reasoning_tokens ?? 0,
    isEstimate: false,
  };
}
