/** Percentages for people and for readers of whole numbers. The only place that rounds one. Pure. */

/**
 * A percentage as `42%`, with a decimal where the whole number would be untrue: 0.2 is `0.2%` and not nothing, 99.96 is
 * `99.9%` and not everything. Any use at all is at least `0.1%`.
 */
export function percentText(percent: number): string {
  if (percent > 0 && percent < 1) return `${Math.max(0.1, Math.floor(percent * 10) / 10)}%`;
  if (percent > 99 && percent < 100) return `${Math.floor(percent * 10) / 10}%`;
  return `${Math.round(percent)}%`;
}

/** A percentage as a whole number, for a reader that takes no other: 0 only for nothing, 100 only for everything. */
export function wholePercent(percent: number): number {
  if (percent > 0 && percent < 1) return 1;
  if (percent > 99 && percent < 100) return 99;
  return Math.round(percent);
}
