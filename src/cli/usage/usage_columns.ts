import { fineDurationText } from "../../duration_text.ts";
import { percentText } from "../../percent_text.ts";
import type { UsageRecord } from "../../store/usage/usage_record.ts";
import { timeText } from "../output.ts";
import type { UtcOffset } from "../../local_days.ts";
import type { Grouping, UsageGroup } from "./group_usage.ts";

/** Cells for tables of usage. Pure. */

/** What the owner's key is called; no named key can be called so. */
const OWNER = "(owner)";
const UNKNOWN = "(unknown)";

/** A count in at most four figures: `950`, `12.3k`, `4.56M`. */
export function countText(count: number): string {
  if (count < 10_000) return String(count);
  const [factor, unit] = count < 999_500 ? [1e3, "k"] : count < 999_500_000 ? [1e6, "M"] : [1e9, "G"];
  return `${Number((count / factor).toPrecision(3))}${unit}`;
}

/** A sum of money in the unit of the prices: cents, and more figures where it is less. */
export function costText(cost: number): string {
  return cost === 0 || cost >= 0.1 ? cost.toFixed(2) : cost.toPrecision(2);
}

/** The headings of a table of groups. */
export function groupHead(by: Grouping, hasCost: boolean): string[] {
  return [
    by.toUpperCase(),
    "REQUESTS",
    "FAILED",
    "INPUT",
    "CACHED",
    "OUTPUT",
    ...(hasCost ? ["COST"] : []),
    "FIRST BYTE",
    "OURS",
    "TOTAL",
    "OURS",
  ];
}

/** The row of a group; times are averages. */
export function groupCells(
  title: string,
  { sums, cost }: UsageGroup,
  hasCost: boolean,
): string[] {
  const average = (sumMs: number, count: number) => count === 0 ? "-" : fineDurationText(sumMs / count);
  return [
    title,
    countText(sums.requests),
    countText(sums.failed),
    countText(sums.input),
    sums.input === 0 ? "-" : percentText(sums.cached / sums.input * 100),
    countText(sums.output),
    ...(hasCost ? [cost === undefined ? "-" : costText(cost)] : []),
    average(sums.firstMs, sums.firsts),
    average(sums.ownFirstMs, sums.firsts),
    average(sums.totalMs, sums.requests),
    average(sums.ownMs, sums.requests),
  ];
}

/** What a group is called in a table. */
export function groupTitle(by: Grouping, { name, atMs }: UsageGroup, utcOffset: UtcOffset): string {
  if (atMs !== undefined) return timeText(atMs, utcOffset);
  if (name !== "") return name;
  return by === "key" ? OWNER : UNKNOWN;
}

/** The headings of a table of requests. */
export const REQUEST_HEAD = [
  "ENDED",
  "KEY",
  "CLIENT",
  "MODEL",
  "STATUS",
  "INPUT",
  "CACHED",
  "OUTPUT",
  "FIRST BYTE",
  "OURS",
  "TOTAL",
  "OURS",
] as const;

/** The row of a request. */
export function requestCells(record: UsageRecord, utcOffset: UtcOffset): string[] {
  const { label, tokens, firstMs } = record;
  return [
    timeText(record.atMs, utcOffset),
    label.key === "" ? OWNER : label.key,
    label.client === "" ? UNKNOWN : label.client,
    label.model,
    record.problem === undefined ? String(record.status) : `${record.status} ${record.problem}`,
    tokens === undefined ? "?" : `${tokens.isEstimate ? "~" : ""}${countText(tokens.input)}`,
    tokens === undefined || tokens.input === 0 ? "-" : percentText(tokens.cached / tokens.input * 100),
    tokens === undefined ? "?" : countText(tokens.output),
    firstMs === undefined ? "-" : fineDurationText(firstMs),
    fineDurationText(record.ownFirstMs),
    fineDurationText(record.totalMs),
    fineDurationText(record.ownMs),
  ];
}
