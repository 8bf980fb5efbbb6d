import { isRecord, type JsonObject } from "../wire/json.ts";
import { effortOfBudget } from "./effort.ts";
import { optionalBoolean, optionalInteger, optionalRecord, optionalText } from "./fields.ts";

/** What a client of OpenAI's APIs wants of the model's reasoning. */
export interface ReasoningWish {
  readonly effort: string | undefined;
  readonly summary: string | undefined;
  /** the client wants to see nothing of it */
  readonly hidden: boolean;
  /** members of `reasoning` that have no effect, as `reasoning.NAME` */
  readonly ignored: readonly string[];
}

/** Members of `reasoning` that are read: OpenAI's, and then OpenRouter's. */
const MEMBERS: ReadonlySet<string> = new Set([
  ...["effort", "summary", "generate_summary"],
  ...["enabled", "exclude", "max_tokens"],
]);

/**
 * Reads the wish from whichever of its spellings the client used; the more exact one wins: `reasoning_effort`,
 * `reasoning.effort`, `reasoning.max_tokens` and `thinking.budget_tokens` (a budget), `reasoning.enabled: false`,
 * `enable_thinking: false` and `thinking: {type: "disabled"}` (none). `reasoning.exclude` hides it.
 *
 * @throws Problem bad_request naming the parameter
 * @see https://openrouter.ai/docs/use-cases/reasoning-tokens
 */
export function readReasoning(body: JsonObject): ReasoningWish {
  const reasoning = optionalRecord(body, "reasoning") ?? {};
  const hidden = optionalBoolean(reasoning, "exclude", "reasoning.exclude") === true ||
    optionalBoolean(body, "include_reasoning") === false;
  const summary = optionalText(reasoning, "summary", "reasoning.summary") ??
    optionalText(reasoning, "generate_summary", "reasoning.generate_summary");
  return {
    effort: readEffort(body, reasoning),
    summary: hidden ? "none" : summary,
    hidden,
    ignored: Object.keys(reasoning).filter((key) => !MEMBERS.has(key)).map((key) => `reasoning.${key}`),
  };
}

function readEffort(body: JsonObject, reasoning: JsonObject): string | undefined {
  const effort = optionalText(body, "reasoning_effort") ??
    optionalText(reasoning, "effort", "reasoning.effort");
  const enabled = optionalBoolean(reasoning, "enabled", "reasoning.enabled");
  const thinking = isRecord(body["thinking"]) ? body["thinking"] : {};
  const budget = optionalInteger(reasoning, "max_tokens", 0, "reasoning.max_tokens") ??
    optionalInteger(thinking, "budget_tokens", 0, "thinking.budget_tokens");
  if (effort !== undefined) return effort;
  if (enabled === false || body["enable_thinking"] === false || thinking["type"] === "disabled") {
    return "none";
  }
  return budget === undefined ? undefined : effortOfBudget(budget);
}
