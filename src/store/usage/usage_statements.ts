import type { DatabaseSync, StatementSync } from "node:sqlite";
import { SUM_COLUMNS } from "./usage_migrations.ts";

/** Name of a statement of the file with the usage. */
export type UsageStatement =
  | "label"
  | "addRequest"
  | "addSum"
  | "labelOf"
  | "sums"
  | "requests"
  | "swept"
  | "setSwept"
  | "removeSums"
  | "removeRequests";

/** The statements, prepared once. */
export function prepareUsage(database: DatabaseSync): Readonly<Record<UsageStatement, StatementSync>> {
  const prepare = (sql: string) => database.prepare(sql);
  const summed = SUM_COLUMNS.map((name) => `SUM(s.${name}) AS ${name}`).join(", ");
  const marks = (count: number) => Array(count).fill("?").join(", ");
  const label = "label.key, label.client, label.model, label.dialect, label.transport";
  return {
    label: prepare(
      `INSERT INTO label (key, client, model, dialect, transport) VALUES (${marks(5)})
       ON CONFLICT DO UPDATE SET key = excluded.key RETURNING number`,
    ),
    addRequest: prepare(
      `INSERT INTO request (at_ms, label, status, problem, input, cached, output, reasoning, is_estimate, first_ms,
         own_first_ms, total_ms, own_ms) VALUES (${marks(13)})`,
    ),
    addSum: prepare(
      `INSERT INTO sum (level, bucket_ms, label, ${SUM_COLUMNS.join(", ")})
       VALUES (${marks(3 + SUM_COLUMNS.length)})
       ON CONFLICT DO UPDATE SET ${
        SUM_COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")
      }`,
    ),
    labelOf: prepare(`SELECT ${label} FROM label WHERE number = ?`),
    sums: prepare(
      `SELECT s.label AS number, ${summed} FROM sum s
       WHERE s.level = ? AND s.bucket_ms >= ? AND s.bucket_ms < ? GROUP BY s.label`,
    ),
    requests: prepare(
      `SELECT ${label}, request.* FROM request JOIN label ON label.number = request.label
       WHERE at_ms >= ? AND at_ms < ? ORDER BY at_ms DESC LIMIT ?`,
    ),
    swept: prepare("SELECT until_ms FROM swept"),
    setSwept: prepare(
      `INSERT INTO swept (name, until_ms) VALUES ('sums', ?)
       ON CONFLICT DO UPDATE SET until_ms = MAX(until_ms, excluded.until_ms)`,
    ),
    removeSums: prepare(
      `DELETE FROM sum WHERE (level, bucket_ms, label) IN
         (SELECT level, bucket_ms, label FROM sum WHERE level = ? AND bucket_ms < ? LIMIT ?)`,
    ),
    removeRequests: prepare(
      "DELETE FROM request WHERE number IN (SELECT number FROM request WHERE at_ms < ? ORDER BY at_ms LIMIT ?)",
    ),
  };
}
