import type { RequestNote } from "../note.ts";

/** Tokens that a request counts with against a budget: the same that `ccproxy usage` shows of it. */
export function spentTokens(
  { usage, estimatedInput }: Pick<RequestNote, "usage" | "estimatedInput">,
): number {
  if (usage === undefined) return estimatedInput ?? 0;
  return (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0);
}
