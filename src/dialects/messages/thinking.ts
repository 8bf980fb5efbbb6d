import { isRecord, type JsonObject } from "../../wire/json.ts";
import { optionalInteger, optionalList, optionalRecord, optionalText } from "../../ask/fields.ts";

/** What a client wants of the model's reasoning. */
export interface ThinkingWish {
  /** thinking blocks are to be in the answer; a client that does not ask takes the first block for the text */
  readonly blocks: boolean;
  /** with a summary of what was thought */
  readonly text: boolean;
  readonly effort: string | undefined;
}

/** Budgets in tokens below which an effort is enough; larger ones mean "high". */
const EFFORTS: readonly (readonly [belowTokens: number, effort: string])[] = [[4096, "low"], [
  16384,
  "medium",
]];

/**
 * Reads `thinking` and `output_config.effort`.
 *
 * The backend knows levels, not budgets: below 4,096 tokens is low, below 16,384 medium, anything more high (Claude
 * Code's usual 31,999). `disabled` is the level none. `adaptive`, and kinds that are not known here, leave the level
 * to the model. An explicit effort wins; that of a system message among the messages holds from there on.
 *
 * @throws Problem bad_request
 */
export function readThinking(body: JsonObject): ThinkingWish {
  const config = optionalRecord(body, "output_config");
  const asked = effortOfMessages(body) ??
    (config === undefined ? undefined : optionalText(config, "effort", "output_config.effort"));
  const thinking = optionalRecord(body, "thinking");
  const type = thinking === undefined ? undefined : optionalText(thinking, "type", "thinking.type");
  if (thinking === undefined || type === undefined) return { blocks: false, text: false, effort: asked };
  if (type === "disabled") return { blocks: false, text: false, effort: asked ?? "none" };
  const budget = optionalInteger(thinking, "budget_tokens", 0, "thinking.budget_tokens");
  return {
    blocks: true,
    text: thinking["display"] !== "omitted",
    effort: asked ?? (budget === undefined ? undefined : toEffort(budget)),
  };
}

/** The effort that the last system message asks for. */
function effortOfMessages(body: JsonObject): string | undefined {
  const messages = optionalList(body, "messages") ?? [];
  return messages.reduce<string | undefined>((effort, message, index) => {
    if (!isRecord(message) || message["role"] !== "system") return effort;
    const param = `messages[${index}].output_config`;
    const config = optionalRecord(message, "output_config", param);
    return (config === undefined ? undefined : optionalText(config, "effort", `${param}.effort`)) ?? effort;
  }, undefined);
}

function toEffort(budgetTokens: number): string {
  return EFFORTS.find(([below]) => budgetTokens < below)?.[1] ?? "high";
}
