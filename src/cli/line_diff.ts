/**
 * What changes between two texts, line by line: `-` before a line that goes, `+` before one that comes; lines that stay
 * are left out. Pure. For files of a few hundred lines: it takes memory for each pair of lines.
 */
export function lineDiff(before: string, after: string): string[] {
  const [old, now] = [before, after].map((text) => text === "" ? [] : text.replace(/\n$/, "").split("\n"));
  if (old === undefined || now === undefined) return [];
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
  const lines: string[] = [];
  for (let a = 0, b = 0; a < old.length || b < now.length;) {
    if (a < old.length && b < now.length && old[a] === now[b]) a++, b++;
    else if (a < old.length && (b === now.length || at(a + 1, b) >= at(a, b + 1))) {
      lines.push(`- ${old[a++]}`);
    } else lines.push(`+ ${now[b++]}`);
  }
  return lines;
}
