import type { Ask } from "../wire/responses.ts";

/** Parameters whose absence does not change what an answer means: the only ones left out after a refusal. */
const DISPENSABLE = ["client_metadata", "prompt_cache_key", "service_tier"] as const;

/** True for a parameter of an ask that can be left out without changing what the answer means. */
export function isDispensable(name: string): name is (typeof DISPENSABLE)[number] {
  return DISPENSABLE.some((known) => known === name);
}

/** The ask without these parameters, as far as they can be left out without changing what the answer means. */
export function withoutParameters(ask: Ask, parameters: readonly string[]): Ask {
  const rest: Ask = { ...ask };
  for (const name of parameters) if (isDispensable(name)) delete rest[name];
  return rest;
}
