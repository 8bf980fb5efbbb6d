import type { UsageRecord } from "../../store/usage/usage_record.ts";
import type { JsonObject } from "../../wire/json.ts";
import type { Grouping, UsageGroup } from "./group_usage.ts";

/** A group for `--json` and `--csv`: exact counts, averages in milliseconds; null for what is not known. */
export function groupJson(by: Grouping, { name, sums, cost, unpriced }: UsageGroup): JsonObject {
  const average = (sumMs: number, count: number) => count === 0 ? null : Math.round(sumMs / count);
  return {
    [by]: name === "" ? null : name,
    requests: sums.requests,
    failed_requests: sums.failed,
    unknown_requests: sums.unknown,
    estimated_requests: sums.estimated,
    input_tokens: sums.input,
    cached_tokens: sums.cached,
    output_tokens: sums.output,
    reasoning_tokens: sums.reasoning,
    cost: cost === undefined ? null : Number(cost.toFixed(6)),
    unpriced_models: unpriced,
    first_byte_ms: average(sums.firstMs, sums.firsts),
    first_byte_own_ms: average(sums.ownFirstMs, sums.firsts),
    total_ms: average(sums.totalMs, sums.requests),
    total_own_ms: average(sums.ownMs, sums.requests),
  };
}

/** What is said about a request, in order. */
export const REQUEST_COLUMNS = [
  "ended_at",
  "key",
  "client",
  "model",
  "dialect",
  "transport",
  "status",
  "problem",
  "input_tokens",
  "cached_tokens",
  "output_tokens",
  "reasoning_tokens",
  "is_estimate",
  "first_byte_ms",
  "first_byte_own_ms",
  "total_ms",
  "total_own_ms",
] as const;

/** A request for `--json` and `--csv`. */
export function requestJson(
  { label, tokens, ...record }: UsageRecord,
): Record<typeof REQUEST_COLUMNS[number], string | number | boolean | null> {
  return {
    ended_at: new Date(record.atMs).toISOString(),
    key: label.key === "" ? null : label.key,
    client: label.client === "" ? null : label.client,
    model: label.model,
    dialect: label.dialect,
    transport: label.transport,
    status: record.status,
    problem: record.problem ?? null,
    input_tokens: tokens?.input ?? null,
    cached_tokens: tokens?.cached ?? null,
    output_tokens: tokens?.output ?? null,
    reasoning_tokens: tokens?.reasoning ?? null,
    is_estimate: tokens?.isEstimate ?? false,
    first_byte_ms: record.firstMs ?? null,
    first_byte_own_ms: record.ownFirstMs,
    total_ms: record.totalMs,
    total_own_ms: record.ownMs,
  };
}

/**
 * Records of one shape as comma-separated values with a heading line. A text that a spreadsheet would run as a formula
 * gets an apostrophe in front.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function csvText(records: readonly JsonObject[], head: readonly string[]): string {
  const lines = records.map((record) => head.map((name) => csvCell(record[name])).join(","));
  return [head.join(","), ...lines].map((line) => `${line}\n`).join("");
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = Array.isArray(value) ? value.join(" ") : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
