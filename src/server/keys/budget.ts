import { quoteJson } from "../../quote.ts";
import { Problem } from "../../problem.ts";

/** How often a budget begins anew. */
export const PERIODS = ["hour", "day", "week", "month"] as const;

/** One of {@linkcode PERIODS}; all of them are those of UTC, so that every proxy means the same one. */
export type Period = typeof PERIODS[number];

/** How much a key may use. */
export interface Budget {
  /** input and output together, cached input too */
  readonly tokens: number;
  readonly period: Period;
}

const FACTORS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** 1970-01-01 was a Thursday, and weeks begin with Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** Reads `500k/hour`, `2M/day`, `20M/week`, `100M/month`. @throws Problem usage */
export function parseBudget(text: string): Budget {
  const found = /^(\d+(?:\.\d+)?)([kmg]?)(?:\/([a-z]+))$/i.exec(text.trim());
  const period = PERIODS.find((name) => name === found?.[3]?.toLowerCase());
  const tokens = Math.round(Number(found?.[1]) * (FACTORS[found?.[2]?.toLowerCase() ?? ""] ?? 1));
  if (period === undefined || !(tokens >= 1 && tokens <= Number.MAX_SAFE_INTEGER)) {
    throw new Problem("usage", `the budget ${quoteJson(text)} cannot be read`, {
      hint: `Write it as a number of tokens and one of ${PERIODS.join(", ")}, such as 500k/hour or 2M/day`,
    });
  }
  return { tokens, period };
}

/** A budget as {@linkcode parseBudget} reads it. */
export function budgetText({ tokens, period }: Budget): string {
  const unit = (["g", "m", "k"] as const).find((name) => {
    const factor = FACTORS[name] ?? 1;
    return tokens >= factor && tokens % (factor / 10) === 0;
  });
  const shown = unit === undefined ? String(tokens) : `${tokens / (FACTORS[unit] ?? 1)}${unit.toUpperCase()}`;
  return `${unit === "k" ? shown.toLowerCase() : shown}/${period}`;
}

/** The period that a moment lies in; the end is the first moment of the next one. */
export function periodAt(
  period: Period,
  nowMs: number,
): { readonly startMs: number; readonly endMs: number } {
  const even = (lengthMs: number, firstMs = 0) => {
    const startMs = Math.floor((nowMs - firstMs) / lengthMs) * lengthMs + firstMs;
    return { startMs, endMs: startMs + lengthMs };
  };
  switch (period) {
    case "hour":
      return even(HOUR_MS);
    case "day":
      return even(DAY_MS);
    case "week":
      return even(7 * DAY_MS, FIRST_MONDAY_MS);
    case "month": {
      const now = new Date(nowMs);
      const month = (ahead: number) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1);
      return { startMs: month(0), endMs: month(1) };
    }
    default:
      return period satisfies never;
  }
}
