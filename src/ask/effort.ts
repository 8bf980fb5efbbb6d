import { Problem } from "../problem.ts";

/** Every level of effort the vendor has used, weakest first (backend.md#effort-levels). */
export const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"] as const;

/** True for a word that names a level of effort; case does not matter. */
export function isEffort(word: string): boolean {
  return EFFORTS.some((level) => level === word.toLowerCase());
}

/** What of a model decides about effort. */
export interface Reasoner {
  /** the levels it has, as the catalogue names them */
  readonly efforts: readonly string[];
}

/**
 * The level that is sent for the one that was asked for: the nearest the model has, of two equally near ones the
 * weaker, which costs less. A level that only the model's own entry knows passes as it is.
 *
 * `ultra` is a mode of the Codex CLI, not of the backend, so it counts as `max`. For a model nothing is known of,
 * `minimal` becomes `low` (current models refuse it, backend.md#effort-levels) and the others stay.
 *
 * @returns undefined when none was asked for, or the model does not reason
 * @throws Problem bad_request for a word that is no level
 */
export function mapEffort(effort: string | undefined, model: Reasoner | undefined): string | undefined {
  if (effort === undefined) return undefined;
  const word = effort.trim().toLowerCase();
  const levels = model?.efforts.filter((level) => level !== "ultra");
  if (levels?.includes(word)) return word;
  const asked = rank(word);
  if (asked === -1) {
    const known = model === undefined || model.efforts.length === 0 ? EFFORTS : model.efforts;
    throw new Problem(
      "bad_request",
      `"reasoning_effort" must be one of ${known.map((level) => `"${level}"`).join(", ")}: found ${
        JSON.stringify(effort.slice(0, 64))
      }`,
      { param: "reasoning_effort" },
    );
  }
  if (levels === undefined) return word === "minimal" ? "low" : word === "ultra" ? "max" : word;
  let nearest: string | undefined;
  for (const level of levels.filter((level) => rank(level) !== -1).sort((a, b) => rank(a) - rank(b))) {
    if (nearest === undefined || Math.abs(rank(level) - asked) < Math.abs(rank(nearest) - asked)) {
      nearest = level;
    }
  }
  return nearest;
}

function rank(word: string): number {
  const at = EFFORTS.findIndex((level) => level === word);
  return word === "ultra" ? at - 1 : at;
}

/** Budgets in tokens below which an effort is enough; larger ones mean "high". */
const BUDGETS: readonly (readonly [belowTokens: number, effort: string])[] = [[4096, "low"], [
  16384,
  "medium",
]];

/**
 * The level for a budget of thinking, as Anthropic and OpenRouter express it: the backend knows levels, not budgets.
 * Below 4,096 tokens is low, below 16,384 medium, anything more high (Claude Code's usual 31,999).
 */
export function effortOfBudget(budgetTokens: number): string {
  return BUDGETS.find(([below]) => budgetTokens < below)?.[1] ?? "high";
}
