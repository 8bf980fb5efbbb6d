/**
 * The candidate that a mistyped word most probably means, or undefined when none is near enough to be a help.
 *
 * Distance: insertions, deletions, replacements and swaps of neighbours (optimal string alignment), letters compared
 * without case, `-` the same as `_`. Near enough: at most a third of the longer word, at least one. A candidate that
 * begins with the word (three letters or more) is near too.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word).slice(0, 200);
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const known = plain(candidate);
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, known.length) / 3));
    let distance = editDistance(wanted, known);
    if (distance > limit && wanted.length >= 3 && known.startsWith(wanted)) distance = limit;
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function plain(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
