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
  const limit = Math.max(2, Math.floor(asked.length / 3));
  return [...new Set(known)]
    .map((candidate) => ({ candidate, distance: distanceOf(asked, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= limit || beginsAlike(asked, candidate))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, LIMIT)
    .map(({ candidate }) => candidate);
}

function beginsAlike(asked: string, candidate: string): boolean {
  return asked.length >= 5 && (candidate.startsWith(asked) || asked.startsWith(candidate));
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
