/** Lengths of time in words. The only place that rounds one for people. Pure. */

/** Units from the largest: the full name, the short one, the length. */
const UNITS = [
  { name: "day", short: "d", unitMs: 86_400_000 },
  { name: "hour", short: "h", unitMs: 3_600_000 },
  { name: "minute", short: "min", unitMs: 60_000 },
  { name: "second", short: "s", unitMs: 1000 },
] as const;

type Unit = typeof UNITS[number];
const SECOND = UNITS[3];
interface Part {
  readonly count: number;
  readonly unit: Unit;
}

/**
 * A length of time in its two largest units: `2 hours 5 minutes`, `1 day`, `45 seconds`, `now` for less than half a
 * second. Rounded to the smaller of the two, so that no unit is ever full: an hour and 59.8 minutes are `2 hours`.
 */
export function durationText(lengthMs: number): string {
  const parts = partsOf(lengthMs);
  if (parts.length === 0) return "now";
  return parts.map(({ count, unit: { name } }) => `${count} ${name}${count === 1 ? "" : "s"}`).join(" ");
}

/** The same where there is little room: `2 h 5 min`, `45 s`, `250 ms` for less than a second. */
export function shortDurationText(lengthMs: number): string {
  const wholeMs = Math.max(0, Math.round(lengthMs));
  if (wholeMs > 0 && wholeMs < 1000) return `${wholeMs} ms`;
  const parts = partsOf(wholeMs);
  return parts.length === 0 ? "0 s" : parts.map(({ count, unit }) => `${count} ${unit.short}`).join(" ");
}

/** The same with tenths of a second below a minute, for what is compared: `<1 ms`, `850 ms`, `1.2 s`, `2 min 5 s`. */
export function fineDurationText(lengthMs: number): string {
  if (lengthMs < 0.5) return "<1 ms";
  const tenths = Math.round(lengthMs / 100);
  return lengthMs < 1000 || tenths >= 600 ? shortDurationText(lengthMs) : `${tenths / 10} s`;
}

/** The same to the minute, and never less than one: for what is only roughly known, and where seconds say nothing. */
export function minutesText(lengthMs: number): string {
  return durationText(Math.max(1, Math.round(lengthMs / 60_000)) * 60_000);
}

/** One or two neighbouring units; "1 day 30 seconds" would say no more than "1 day". */
function partsOf(lengthMs: number): Part[] {
  // The smaller unit of a length is the one below the largest that is full before anything is rounded.
  const full = UNITS.findIndex(({ unitMs }) => lengthMs >= unitMs);
  const finest = UNITS.at(full < 0 ? -1 : full + 1) ?? SECOND;
  let rest = Math.max(0, Math.round(lengthMs / finest.unitMs) * finest.unitMs);
  return UNITS.flatMap((unit) => {
    const count = Math.floor(rest / unit.unitMs);
    rest -= count * unit.unitMs;
    return count === 0 ? [] : [{ count, unit }];
  });
}
