import type { ReasoningOutput } from "../../ask/draft.ts";

/** Where reasoning goes in one answer. */
export interface ReasoningPlan {
  /** `<thinking>…</thinking>` in front of the content */
  readonly inTags: boolean;
  /** the field `reasoning_content` beside the content */
  readonly inField: boolean;
}

/** Opens the reasoning in the content (the guide's form). */
export const OPEN_TAG = "<thinking>";
/** Closes it; the blank line keeps the answer apart in a terminal and in Markdown. */
export const CLOSE_TAG = "</thinking>\n\n";

/**
 * The plan for a setting. Structured output stays bare JSON: tags never stand in front of it (clients.md#bare-json).
 */
export function planReasoning(setting: ReasoningOutput, jsonFormat: boolean): ReasoningPlan {
  return {
    inTags: !jsonFormat && (setting === "tags" || setting === "both"),
    inField: setting === "field" || setting === "both",
  };
}
