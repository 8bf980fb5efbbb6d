import { dayStart, hourOf, hoursOf, type UtcOffset } from "../../local_days.ts";
import type { UsageBook } from "../../store/usage/usage_book.ts";
import { addSums, NO_USE, type UsageSums } from "../../store/usage/usage_record.ts";

/** What one model was used in one hour. */
export interface HourUsage extends UsageSums {
  /** of the local day, 0 to 23 */
  readonly hour: number;
  readonly model: string;
}

/**
 * The use of one local day by hour and model, the early hours first; hours without a request are left out.
 *
 * @param atMs any moment of the day
 */
export function dayUsage(book: Pick<UsageBook, "sums">, atMs: number, utcOffset: UtcOffset): HourUsage[] {
  const found = new Map<string, HourUsage>();
  for (const hourMs of hoursOf(dayStart(atMs, utcOffset), utcOffset)) {
    const hour = hourOf(hourMs, utcOffset);
    for (const sums of book.sums(hourMs, hourMs + 3_600_000)) {
      const { model } = sums.label;
      const name = `${hour} ${model}`;
      found.set(name, { ...addSums(found.get(name) ?? NO_USE, sums), hour, model });
    }
  }
  return [...found.values()];
}
