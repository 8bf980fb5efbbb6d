import { nearNames } from "../near_names.ts";

/**
 * The candidate that a mistyped word most probably means, or undefined when none is near enough to be a help.
 *
 * Names of settings, commands and flags are compared without case, and `-` is the same as `_`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const byPlain = new Map<string, string>();
  for (const candidate of candidates) {
    const plain = plainName(candidate);
    if (!byPlain.has(plain)) byPlain.set(plain, candidate);
  }
  const [best] = nearNames(plainName(word), [...byPlain.keys()]);
  return best === undefined ? undefined : byPlain.get(best);
}

function plainName(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}
