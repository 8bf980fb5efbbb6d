import { dayAfter, dayStart, readDay, type UtcOffset } from "../../local_days.ts";
import { Problem } from "../../problem.ts";
import { quoteJson } from "../../quote.ts";
import { QUARTER_MS } from "../../store/usage/usage_ranges.ts";

const HOUR_MS = 3_600_000;
/** Ten years: more than anybody keeps. */
const LONGEST_DAYS = 3653;

/**
 * The first moment that `--since` means. Days and weeks are those of the calendar, and today is the last of them: `1d`
 * is today alone, `7d` today and the six days before. Hours are counted back from now, to a quarter of an hour.
 *
 * @throws Problem usage for what cannot be read, and for a day to come
 */
export function readSince(text: string, nowMs: number, utcOffset: UtcOffset): number {
  const today = dayStart(nowMs, utcOffset);
  const word = text.trim().toLowerCase();
  if (word === "today") return today;
  if (word === "yesterday") return dayAfter(today, -1, utcOffset);
  const length = /^(\d{1,5})([hdw])$/.exec(word);
  if (length !== null) {
    const count = Number(length[1]);
    const days = length[2] === "w" ? count * 7 : count;
    if (length[2] === "h" && count >= 1 && count <= LONGEST_DAYS * 24) {
      return Math.floor((nowMs - count * HOUR_MS) / QUARTER_MS) * QUARTER_MS;
    }
    if (length[2] !== "h" && days >= 1 && days <= LONGEST_DAYS) return dayAfter(today, 1 - days, utcOffset);
  }
  const day = readDay(word, utcOffset);
  if (day !== undefined && day <= nowMs) return day;
  const why = day === undefined ? "cannot be read" : "has not begun yet";
  throw new Problem("usage", `the time ${quoteJson(text)} ${why}`, {
    param: "--since",
    hint: "Write 24h, 7d, 4w, a day such as 2026-11-28, today or yesterday",
  });
}
