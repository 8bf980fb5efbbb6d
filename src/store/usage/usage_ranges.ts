/**
 * Sums are kept at three levels, so that a question about a long time looks at few of them: quarters of an hour, which
 * every time zone's midnight falls on, hours, and days of UTC (performance.md#usage-sums). Pure.
 */
export const LEVELS_MS = [15 * 60_000, 3_600_000, 86_400_000] as const;

/** Length of the shortest time that is summed. */
export const QUARTER_MS = LEVELS_MS[0];
const DAY_MS = LEVELS_MS[2];
/** The level of the days. */
export const DAYS = 2;

/** Sums of one level, by the first moment of what they sum. */
export interface UsageRange {
  readonly level: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The first moment of the quarter, hour or day that a moment lies in. */
export function bucketOf(atMs: number, level: number): number {
  const lengthMs = LEVELS_MS[level] ?? QUARTER_MS;
  return Math.floor(atMs / lengthMs) * lengthMs;
}

/**
 * The sums that make up a time, the longest that fit.
 *
 * @param sweptMs before it only days are left; one of them belongs to the time that its noon lies in
 */
export function rangesOf(fromMs: number, untilMs: number, sweptMs: number): UsageRange[] {
  const ranges = [...fitting(Math.max(fromMs, sweptMs), untilMs, DAYS)];
  if (fromMs >= sweptMs) return ranges;
  const endMs = Math.min(untilMs, sweptMs) - DAY_MS / 2;
  return [{ level: DAYS, fromMs: fromMs - DAY_MS / 2, untilMs: endMs }, ...ranges];
}

function* fitting(fromMs: number, untilMs: number, level: number): Generator<UsageRange> {
  if (fromMs >= untilMs) return;
  const lengthMs = LEVELS_MS[level] ?? QUARTER_MS;
  const innerMs = Math.ceil(fromMs / lengthMs) * lengthMs;
  const outerMs = Math.floor(untilMs / lengthMs) * lengthMs;
  if (level === 0) yield { level, fromMs, untilMs };
  else if (innerMs >= outerMs) yield* fitting(fromMs, untilMs, level - 1);
  else {
    yield* fitting(fromMs, innerMs, level - 1);
    yield { level, fromMs: innerMs, untilMs: outerMs };
    yield* fitting(outerMs, untilMs, level - 1);
  }
}
