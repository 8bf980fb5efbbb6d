import { type JsonObject, textAt } from "../../wire/json.ts";
import type { ReasoningOutput } from "../../ask/draft.ts";

/** Where reasoning goes in one answer. */
export interface ReasoningPlan {
  /** `<thinking>…</thinking>` in front of the content */
  readonly inTags: boolean;
  /** the field `reasoning_content` next to the content */
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

/** Our block, whole, at the start of a text; its end may have lost the blank line where nothing followed. */
const OWN_BLOCK = /^<thinking>[\s\S]+?<\/thinking>(?:\n\n|\s*$)/;

/**
 * The content of an assistant's message without the block that an answer had in front: the model gets its reasoning in
 * a form of its own, and would read these words as what it said (translation.md#t121). What does not have our exact
 * form is the client's text, and stays.
 *
 * @param content parts as they are sent; a text that was nothing but the block makes no part
 */
export function withoutOwnThinking(content: JsonObject[]): JsonObject[] {
  const [first, ...rest] = content;
  const text = first === undefined || first["type"] !== "output_text" ? undefined : textAt(first, "text");
  if (first === undefined || text === undefined || !OWN_BLOCK.test(text)) return content;
  const said = text.replace(OWN_BLOCK, "");
  return said === "" ? rest : [{ ...first, text: said }, ...rest];
}
