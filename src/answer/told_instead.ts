/**
 * What to say in an answer that would otherwise be empty although the model did something that the API has no place
 * for.
 *
 * @param types of the items of the answer
 * @param api as its documentation calls it
 * @param carried types that have a place in it, or that nobody misses
 * @returns undefined when there is nothing to tell of
 */
export function toldInstead(
  types: Iterable<string>,
  api: string,
  carried: ReadonlySet<string>,
): string | undefined {
  const untold = [...new Set(types)].filter((type) => !carried.has(type));
  if (untold.length === 0) return undefined;
  return `[The answer held ${untold.join(", ")} and no text, which ${api} cannot carry. ` +
    "POST /responses gives it whole.]";
}
