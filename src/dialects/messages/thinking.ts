import { isRecord, type JsonObject } from "../../wire/json.ts";
import { agreed } from "../../ask/agreed.ts";
import { effortOfBudget } from "../../ask/effort.ts";
import { optionalInteger, optionalList, optionalRecord, optionalText } from "../../ask/fields.ts";

/** What a client wants of the model's reasoning. */
export interface ThinkingWish {
  /** thinking blocks are to be in the answer; a client that does not ask takes the first block for the text */
  readonly blocks: boolean;
  /** with a summary of what was thought */
  readonly text: boolean;
  readonly effort: string | undefined;
  /** members of `thinking` that an explicit effort leaves without effect, by their paths */
  readonly ignored: readonly string[];
}

/**
 * Reads `thinking`, `output_config.effort` and `reasoning_effort`; the last two have to agree.
 *
 * A budget becomes a level ({@linkcode effortOfBudget}). `disabled` is the level none. `adaptive`, and kinds that are
 * not known here, leave the level to the model. An explicit effort wins, as Anthropic has it with or without thinking,
 * and what it leaves without effect is reported; that of a system message among the messages holds from there on.
 *
 * @throws Problem bad_request
 */
export function readThinking(body: JsonObject): ThinkingWish {
  const asked = effortOfMessages(body) ?? effortOfRequest(body);
  const thinking = optionalRecord(body, "thinking");
  const type = thinking === undefined ? undefined : optionalText(thinking, "type", "thinking.type");
  if (thinking === undefined || type === undefined) {
    return { blocks: false, text: false, effort: asked, ignored: [] };
  }
  const budget = optionalInteger(thinking, "budget_tokens", 0, "thinking.budget_tokens");
  const isOff = type === "disabled";
  const idle = [
    ...(isOff && asked !== undefined && asked !== "none" ? ["thinking.type"] : []),
    ...(budget !== undefined && (isOff || asked !== undefined) ? ["thinking.budget_tokens"] : []),
  ];
  if (isOff) return { blocks: false, text: false, effort: asked ?? "none", ignored: idle };
  return {
    blocks: true,
    text: thinking["display"] !== "omitted",
    effort: asked ?? (budget === undefined ? undefined : effortOfBudget(budget)),
    ignored: idle,
  };
}

function effortOfRequest(body: JsonObject): string | undefined {
  const config = optionalRecord(body, "output_config") ?? {};
  return agreed([
    ["output_config.effort", optionalText(config, "effort", "output_config.effort")],
    ["reasoning_effort", optionalText(body, "reasoning_effort")],
  ]);
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
