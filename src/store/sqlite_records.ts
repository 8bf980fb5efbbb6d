import type { SQLOutputValue } from "node:sqlite";
import type { JsonObject } from "../wire/json.ts";
import type { OpenDatabase } from "./sqlite_database.ts";
import { emptyLog } from "./sqlite_room.ts";
import type { Change, RecordHead, RecordKey, StoreRecord, SweepResult } from "./store.ts";
import { encodeValue } from "./store_problem.ts";

/** Records removed in one transaction when the store is too large. */
const EVICT_AT_ONCE = 16;

/** A record and the number of its row. */
export interface FoundRow {
  readonly number: number;
  readonly head: RecordHead;
}

/** A record without its items; undefined when there is none, or it has expired. */
export function headOf({ statements }: OpenDatabase, key: RecordKey, nowMs: number): FoundRow | undefined {
  const row = statements.find.get(key.kind, key.owner, key.id, nowMs);
  return row === undefined ? undefined : { number: numberOf(row["number"]), head: toHead(key, row) };
}

/** A record with its items, as {@linkcode headOf}. */
export function recordOf(open: OpenDatabase, key: RecordKey, nowMs: number): StoreRecord | undefined {
  const found = headOf(open, key, nowMs);
  if (found === undefined) return undefined;
  const list = textOf(open.statements.items.get(found.number)?.["list"]);
  const items: JsonObject[] = JSON.parse(`[${list}]`);
  return { ...found.head, items };
}

/** Makes all of the changes, or none. */
export function writeAll(open: OpenDatabase, changes: readonly Change[], nowMs: number): void {
  let erase = false;
  transaction(open, () => {
    for (const change of changes) erase = apply(open, change, nowMs) || erase;
  });
  // The log would keep the old pages until it is written over.
  if (erase) emptyLog(open.database);
}

/** True when what was deleted has to be erased from the log too. */
function apply(open: OpenDatabase, change: Change, nowMs: number): boolean {
  const { statements } = open;
  const { kind, owner, id } = change.key;
  if (change.op === "delete") {
    return Number(statements.remove.run(kind, owner, id).changes) > 0 && change.erase === true;
  }
  if (change.op === "touch") {
    statements.touch.run(change.expiresAtMs, kind, owner, id, nowMs);
    return false;
  }
  // One that has expired must not come back with its old items.
  const stays = change.op === "append" && headOf(open, change.key, nowMs) !== undefined;
  if (!stays) statements.remove.run(kind, owner, id);
  const row = statements.save.get(kind, owner, id, encodeValue(change.head), nowMs, change.expiresAtMs);
  const number = numberOf(row?.["number"]);
  for (const item of change.items) statements.add.run(number, encodeValue(item));
  return false;
}

/** Removes what has expired, and the oldest above the limit. */
export function sweepAll(open: OpenDatabase, limitBytes: number, nowMs: number): SweepResult {
  const { database, statements } = open;
  let expired = 0;
  let evicted = 0;
  transaction(open, () => {
    expired = Number(statements.removeExpired.run(nowMs).changes);
    statements.removeOldLocks.run(nowMs);
  });
  while (usedBytes(open) > limitBytes) {
    let removed = 0;
    transaction(open, () => {
      removed = Number(statements.removeOldest.run(EVICT_AT_ONCE).changes);
    });
    if (removed === 0) break;
    evicted += removed;
  }
  if (expired + evicted > 0) {
    database.exec("PRAGMA incremental_vacuum");
    emptyLog(database);
  }
  return { expired, evicted };
}

function transaction({ database }: OpenDatabase, work: () => void): void {
  // The write lock is taken at the start: a transaction that turns from reading to writing can fail at once.
  database.exec("BEGIN IMMEDIATE");
  try {
    work();
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Bytes in use: what a deletion freed does not count, though the file may keep it for later. */
function usedBytes({ database }: OpenDatabase): number {
  const pragma = (name: string) => numberOf(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
}

/** The head in a row. */
export function toHead(key: RecordKey, row: Record<string, SQLOutputValue>): RecordHead {
  return {
    key,
    head: JSON.parse(textOf(row["head"])),
    itemCount: numberOf(row["items"]),
    updatedAtMs: numberOf(row["updated_ms"]),
    expiresAtMs: numberOf(row["expires_ms"]),
  };
}

/** A text column; "" for everything else. */
export function textOf(value: SQLOutputValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: SQLOutputValue | undefined): number {
  return Number(value ?? 0);
}
