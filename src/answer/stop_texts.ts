/**
 * Where an answer ends by `stop`: at the stop text that is complete first. Not the one that begins first: that would
 * depend on how the text was cut into deltas.
 *
 * @returns the index at which it begins; undefined when none is in the text
 */
export function firstStop(text: string, stops: readonly string[]): number | undefined {
  let first: number | undefined;
  let firstEnd = Infinity;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    const end = at + stop.length;
    // Of two that end together the longer one: it began first.
    if (at === -1 || end > firstEnd || (end === firstEnd && at > (first ?? 0))) continue;
    first = at;
    firstEnd = end;
  }
  return first;
}

/** How many characters at the end of the text may be the beginning of a stop text. */
export function heldLength(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map((stop) => stop.length));
  for (let length = Math.min(longest - 1, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}

/** The stop text that a text begins with: of several the shortest, which is complete first. */
export function shortestStart(text: string, stops: readonly string[]): string | undefined {
  return stops.filter((stop) => text.startsWith(stop)).sort((a, b) => a.length - b.length)[0];
}
