import type { Settings } from "../../config/settings.ts";
import { dayAfter, dayName, dayStart, hoursOf, type UtcOffset } from "../../local_days.ts";
import { costOf, type UsageCost } from "../../server/usage/usage_cost.ts";
import type { UsageBook } from "../../store/usage/usage_book.ts";
import { addSums, type LabelSums, NO_USE, type UsageSums } from "../../store/usage/usage_record.ts";

/** What usage is summed by. */
export const GROUPINGS = ["day", "hour", "model", "key", "client"] as const;

/** One of {@linkcode GROUPINGS}. */
export type Grouping = typeof GROUPINGS[number];

/** The use of one day, one hour, one model, … */
export interface UsageGroup extends UsageCost {
  /** `2026-11-28`, a name, or of an hour its first moment in ISO 8601; "" for the owner's key and an unknown client */
  readonly name: string;
  /** of an hour */
  readonly atMs: number | undefined;
  readonly sums: UsageSums;
}

/** Which use is asked for. */
export interface UsageQuestion {
  readonly by: Grouping;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly utcOffset: UtcOffset;
  /** `usage.prices` */
  readonly prices: Settings["usage.prices"];
}

/** The use of a time, and all of it together. Times in order, names by what they used, the most first. */
export function groupUsage(
  book: Pick<UsageBook, "sums">,
  question: UsageQuestion,
): { readonly groups: readonly UsageGroup[]; readonly total: UsageGroup } {
  const { by, prices } = question;
  const all: LabelSums[] = [];
  const groups: UsageGroup[] = [];
  const add = (name: string, sums: readonly LabelSums[], atMs?: number) => {
    if (sums.length === 0) return;
    all.push(...sums);
    groups.push(groupOf(name, sums, prices, atMs));
  };
  if (by === "day" || by === "hour") {
    for (const { name, atMs, fromMs, untilMs } of stretches(question, by)) {
      add(name, book.sums(fromMs, untilMs), atMs);
    }
  } else {
    const sums = book.sums(question.fromMs, question.untilMs);
    for (const [name, some] of Map.groupBy(sums, ({ label }) => label[by])) add(name, some);
    groups.sort((a, b) => weight(b.sums) - weight(a.sums) || (a.name < b.name ? -1 : 1));
  }
  return { groups, total: groupOf("", all, prices) };
}

function groupOf(
  name: string,
  some: readonly LabelSums[],
  prices: UsageQuestion["prices"],
  atMs?: number,
): UsageGroup {
  const sums = some.reduce<UsageSums>(addSums, NO_USE);
  return { name, atMs, sums, ...costOf(some, prices) };
}

/** By tokens, and where none are known by requests. */
function weight({ input, output, requests }: UsageSums): number {
  return input + output + requests / 1e9;
}

interface Stretch {
  readonly name: string;
  readonly atMs: number | undefined;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The local days or hours that a time reaches into, cut to it. */
function* stretches({ fromMs, untilMs, utcOffset }: UsageQuestion, by: "day" | "hour"): Generator<Stretch> {
  for (let startMs = dayStart(fromMs, utcOffset); startMs < untilMs;) {
    const endMs = dayAfter(startMs, 1, utcOffset);
    const starts = by === "day" ? [startMs] : hoursOf(startMs, utcOffset);
    for (const [at, start] of starts.entries()) {
      const end = starts[at + 1] ?? endMs;
      if (end <= fromMs || start >= untilMs) continue;
      yield {
        name: by === "day" ? dayName(start, utcOffset) : new Date(start).toISOString(),
        atMs: by === "day" ? undefined : start,
        fromMs: Math.max(start, fromMs),
        untilMs: Math.min(end, untilMs),
      };
    }
    startMs = endMs;
  }
}
