/** Days as the clock on the wall has them: 23 or 25 hours long where that clock is put forward or back. Pure. */

/** Minutes by which local time is ahead of UTC at a moment. */
export type UtcOffset = (atMs: number) => number;

const DAY_MS = 86_400_000;

/** The first moment of the local day that a moment lies in. */
export function dayStart(atMs: number, utcOffset: UtcOffset): number {
  const midnight = Math.floor(localMs(atMs, utcOffset) / DAY_MS) * DAY_MS;
  return fromLocal(midnight, utcOffset);
}

/** The first moment of the local day that is so many days later, or earlier. */
export function dayAfter(startMs: number, days: number, utcOffset: UtcOffset): number {
  // Noon is never skipped, and lies on the same day whatever the clock does at night.
  const noon = Math.floor(localMs(startMs, utcOffset) / DAY_MS) * DAY_MS + (days + 0.5) * DAY_MS;
  return dayStart(fromLocal(noon, utcOffset), utcOffset);
}

/** The local day that a moment lies in, as `2026-11-28`. */
export function dayName(atMs: number, utcOffset: UtcOffset): string {
  return new Date(localMs(atMs, utcOffset)).toISOString().slice(0, 10);
}

/** The first moment of a day written as `2026-11-28`; undefined for every other text, and for days that are none. */
export function readDay(text: string, utcOffset: UtcOffset): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const midnight = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text) return undefined;
  return fromLocal(midnight, utcOffset);
}

/** The first moments of the hours of a local day; an hour that the clock goes through twice is there twice. */
export function hoursOf(startMs: number, utcOffset: UtcOffset): number[] {
  const endMs = dayAfter(startMs, 1, utcOffset);
  const hours: number[] = [];
  for (let hourMs = startMs; hourMs < endMs; hourMs += 3_600_000) hours.push(hourMs);
  return hours;
}

/** The hour of the day on the local clock, 0 to 23. */
export function hourOf(atMs: number, utcOffset: UtcOffset): number {
  return new Date(localMs(atMs, utcOffset)).getUTCHours();
}

function localMs(atMs: number, utcOffset: UtcOffset): number {
  return atMs + utcOffset(atMs) * 60_000;
}

/** The moment at which the local clock shows a time; where it skips that time, the first moment behind the gap. */
function fromLocal(shownMs: number, utcOffset: UtcOffset): number {
  const first = shownMs - utcOffset(shownMs) * 60_000;
  const second = shownMs - utcOffset(first) * 60_000;
  if (localMs(second, utcOffset) === shownMs) return second;
  return localMs(first, utcOffset) === shownMs ? first : Math.max(first, second);
}
