/** At most this many names are offered. */
const LIMIT = 4;
/** A longer name is compared by its beginning only: the work grows with the square of the length. */
const COMPARED_LENGTH = 64;

/**
 * The names a mistyped one may have meant, nearest first: at most a third of its letters differ, or one begins with
 * the other.
 *
 * @example
 * ```ts
 * nearNames("gpt5.5", ["gpt-5.5", "gpt-6-luna"]); // ["gpt-5.5"]
 * ```
 */
export function nearNames(name: string, known: readonly string[]): string[] {
  const asked = name.toLowerCase().slice(0, COMPARED_LENGTH);
  return [...new Set(known)]
    .map((candidate) => ({ candidate, distance: nearness(asked, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance !== undefined)
    .sort((a, b) => (a.distance ?? 0) - (b.distance ?? 0))
    .slice(0, LIMIT)
    .map(({ candidate }) => candidate);
}

/** How far two names are apart; undefined when neither could have been meant for the other. */
function nearness(asked: string, candidate: string): number | undefined {
  const limit = Math.max(1, Math.floor(Math.max(asked.length, candidate.length) / 3));
  const distance = distanceOf(asked, candidate);
  if (distance <= limit) return distance;
  const begins = (asked.length >= 3 && candidate.startsWith(asked)) ||
    (asked.length >= 5 && asked.startsWith(candidate));
  return begins ? limit : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours between two texts (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + cost,
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (before[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    before = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
