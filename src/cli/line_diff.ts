/** Lines that were in the place of others. */
export interface LineHunk {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/**
 * What changes between two texts, line by line: `-` before a line that goes, `+` before one that comes; lines that stay
 * are left out. Pure.
 */
export function lineDiff(before: string, after: string): string[] {
  return lineHunks(before, after).flatMap(({ removed, added }) => [
    ...removed.map((line) => `- ${line}`),
    ...added.map((line) => `+ ${line}`),
  ]);
}

/**
 * What changes between two texts, in the order of the text. Pure. For files of a few hundred changed lines: it takes
 * memory for each pair of lines between the first change and the last.
 *
 * @param fromEnd where equal lines leave several places for a change, the one nearest to the beginning is told
 */
export function lineHunks(before: string, after: string, fromEnd = false): LineHunk[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const trimStart = () => {
    while (old.length > 0 && now.length > 0 && old[0] === now[0]) {
      old.shift();
      now.shift();
    }
  };
  const trimEnd = () => {
    while (old.length > 0 && now.length > 0 && old.at(-1) === now.at(-1)) {
      old.pop();
      now.pop();
    }
  };
  for (const trim of fromEnd ? [trimEnd, trimStart] : [trimStart, trimEnd]) trim();
  // common[a][b]: how many lines the rest of the old text from a and of the new one from b share in order.
  const common = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const at = (a: number, b: number) => common[a]?.[b] ?? 0;
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = now.length - 1; b >= 0; b--) {
      const row = common[a];
      if (row !== undefined) {
        row[b] = old[a] === now[b] ? at(a + 1, b + 1) + 1 : Math.max(at(a + 1, b), at(a, b + 1));
      }
    }
  }
  const hunks: LineHunk[] = [];
  for (let a = 0, b = 0; a < old.length || b < now.length;) {
    const [removed, added]: [string[], string[]] = [[], []];
    while ((a < old.length || b < now.length) && !(a < old.length && b < now.length && old[a] === now[b])) {
      if (a < old.length && (b === now.length || at(a + 1, b) >= at(a, b + 1))) removed.push(old[a++] ?? "");
      else added.push(now[b++] ?? "");
    }
    if (removed.length + added.length > 0) hunks.push({ removed, added });
    a++;
    b++;
  }
  return hunks;
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
