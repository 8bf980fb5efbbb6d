/**
 * Why an answer was not made from the prompt cache, compared with an earlier one: the cache holds the beginning of a
 * request, so whatever differs first is the reason. Pure.
 */
import type { JsonObject } from "../wire/json.ts";
import type { Ask, ResponsesUsage } from "../wire/responses.ts";

/** The reasons of the public API, `Response.CacheMiss` of openai 7.59. */
type Reason =
  | "model_changed"
  | "prompt_cache_key_changed"
  | "service_tier_changed"
  | "tools_changed"
  | "text_format_changed"
  | "reasoning_effort_changed"
  | "verbosity_changed"
  | "context_compacted"
  | "input_changed";

/** What is kept of a request to be compared with: no text of it. */
export interface AskedBefore {
  readonly inputTokens: number;
  /** what applies to the whole request, in the order in which it counts */
  readonly whole: readonly (readonly [reason: Reason, hash: number])[];
  /** instructions, then the items */
  readonly parts: readonly [instructions: CountedPart, ...items: CountedPart[]];
}

interface CountedPart {
  readonly hash: number;
  readonly length: number;
  readonly isCompaction: boolean;
}

/** What is kept of a request. @param usage of its answer */
export function askedBefore(ask: Ask, usage: ResponsesUsage | undefined): AskedBefore {
  const { text, reasoning } = ask;
  const facts: readonly (readonly [Reason, unknown])[] = [
    ["model_changed", ask.model],
    ["prompt_cache_key_changed", ask.prompt_cache_key],
    ["service_tier_changed", ask.service_tier],
    ["tools_changed", ask.tools],
    ["text_format_changed", text?.["format"]],
    ["reasoning_effort_changed", reasoning?.effort],
    ["verbosity_changed", text?.["verbosity"]],
  ];
  return {
    inputTokens: usage?.input_tokens ?? 0,
    whole: facts.map(([reason, value]) => [reason, hashText(JSON.stringify(value) ?? "")]),
    parts: [
      partOf(ask.instructions ?? "", false),
      ...ask.input.map((item) => partOf(JSON.stringify(item), item.type === "compaction")),
    ],
  };
}

/**
 * The member `prompt_cache_diagnostics` of a response, in the words of the public API. Tokens are estimated by the
 * lengths of the parts, since the backend tells only those of the whole.
 *
 * @param before the response that is compared with; undefined for one that is not known
 */
export function diagnoseCache(
  before: AskedBefore | undefined,
  ask: Ask,
  usage: ResponsesUsage | undefined,
): JsonObject {
  if (before === undefined) return { type: "comparison_response_not_found" };
  if (usage === undefined) return { type: "unavailable" };
  const after = askedBefore(ask, usage);
  const changed = before.whole.find(([, hash], index) => hash !== after.whole[index]?.[1]);
  if (changed !== undefined) {
    return { type: "cache_miss", reason: changed[0], cache_missed_tokens: after.inputTokens };
  }
  const at = before.parts.findIndex(({ hash }, index) => hash !== after.parts[index]?.hash);
  if (at < 0) {
    const cached = usage.input_tokens_details?.cached_tokens ?? 0;
    // Nothing differs: the cache had expired, was elsewhere, or the input is too short for it.
    return { type: cached > 0 ? "cache_hit" : "unavailable" };
  }
  const isCut = at >= after.parts.length || after.parts.slice(at).some(({ isCompaction }) => isCompaction);
  return {
    type: "cache_miss",
    reason: isCut ? "context_compacted" satisfies Reason : "input_changed" satisfies Reason,
    cache_missed_tokens: after.inputTokens - tokensUpTo(after, at),
    comparison_reusable_tokens: tokensUpTo(before, at),
  };
}

/** An estimate of the tokens in front of a part. */
function tokensUpTo({ inputTokens, parts }: AskedBefore, at: number): number {
  const lengthOf = (some: readonly CountedPart[]) => some.reduce((sum, { length }) => sum + length, 0);
  const all = lengthOf(parts);
  return all === 0 ? 0 : Math.round(inputTokens * lengthOf(parts.slice(0, at)) / all);
}

function partOf(text: string, isCompaction: boolean): CountedPart {
  return { hash: hashText(text), length: text.length, isCompaction };
}

/** FNV-1a: enough to tell a text from its next version, and nothing that could be read back. */
export function hashText(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value >>> 0;
}
