import { isRecord, type JsonObject } from "../wire/json.ts";
import { agreed } from "./agreed.ts";
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
 * Reads the wish from whichever of its spellings the client used: `reasoning_effort` and `reasoning.effort`;
 * `reasoning.enabled: false`, `enable_thinking: false` and `thinking: {type: "disabled"}` (none); `reasoning.max_tokens`
 * and `thinking.budget_tokens` (a budget). `reasoning.exclude` hides it. Levels and switches that contradict each other
 * are refused; a budget next to a level has no effect and is reported.
 *
 * @throws Problem bad_request naming the parameter
 * @see https://openrouter.ai/docs/use-cases/reasoning-tokens
 */
export function readReasoning(body: JsonObject): ReasoningWish {
  const reasoning = optionalRecord(body, "reasoning") ?? {};
  const thinking = isRecord(body["thinking"]) ? body["thinking"] : {};
  const hidden = agreed([
    ["reasoning.exclude", optionalBoolean(reasoning, "exclude", "reasoning.exclude")],
    ["include_reasoning", negated(optionalBoolean(body, "include_reasoning"))],
  ]) ?? false;
  const summary = agreed([
    ["reasoning.summary", optionalText(reasoning, "summary", "reasoning.summary")],
    [
      "reasoning.generate_summary",
      optionalText(reasoning, "generate_summary", "reasoning.generate_summary"),
    ],
  ]);
  const level = readLevel(body, reasoning, thinking);
  const budgets = [
    ["reasoning.max_tokens", optionalInteger(reasoning, "max_tokens", 0, "reasoning.max_tokens")],
    ["thinking.budget_tokens", optionalInteger(thinking, "budget_tokens", 0, "thinking.budget_tokens")],
  ] as const;
  const budget = agreed(budgets);
  const unknown = Object.keys(reasoning).filter((key) => !MEMBERS.has(key)).map((key) => `reasoning.${key}`);
  const idle = level === undefined ? [] : budgets.flatMap(([name, said]) => said === undefined ? [] : [name]);
  return {
    effort: level ?? (budget === undefined ? undefined : effortOfBudget(budget)),
    summary: hidden ? "none" : summary,
    hidden,
    ignored: [...unknown, ...idle],
  };
}

/** The level that the client names; "none" where it switches reasoning off. */
function readLevel(body: JsonObject, reasoning: JsonObject, thinking: JsonObject): string | undefined {
  const off = (isOff: boolean) => isOff ? "none" : undefined;
  return agreed([
    ["reasoning_effort", optionalText(body, "reasoning_effort")],
    ["reasoning.effort", optionalText(reasoning, "effort", "reasoning.effort")],
    [
      "reasoning.enabled",
      off(optionalBoolean(reasoning, "enabled", "reasoning.enabled") === false),
    ],
    ["enable_thinking", off(body["enable_thinking"] === false)],
    ["thinking.type", off(thinking["type"] === "disabled")],
  ]);
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}
