import { shortDurationText } from "../duration_text.ts";

const DAY = 86_400;

/** Lengths with a name, in seconds. */
const NAMED_LENGTHS: readonly (readonly [seconds: number, label: string])[] = [
  [5 * 3600, "5 h"],
  [DAY, "daily"],
  [7 * DAY, "weekly"],
  [30 * DAY, "monthly"],
  [31 * DAY, "monthly"],
  [28 * DAY, "monthly"],
  [365 * DAY, "yearly"],
];

/**
 * A window's name, by its length: `5 h`, `daily`, `weekly`, `monthly`, else the length itself.
 *
 * Lengths a hundredth off count as the named one: the backend also says 10,079 minutes for a week.
 *
 * @param seconds undefined or 0 when the backend gave no length: `limit`
 */
export function windowLabel(seconds: number | undefined): string {
  if (seconds === undefined || seconds <= 0) return "limit";
  const named = NAMED_LENGTHS.find(([length]) => Math.abs(seconds - length) <= length / 100);
  if (named !== undefined) return named[1];
  return shortDurationText(seconds * 1000);
}
