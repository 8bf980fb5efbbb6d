import type { Change } from "./store.ts";
import type { Reserve } from "./reserve.ts";
import type { OpenDatabase } from "./sqlite_database.ts";

/** Items that go in one transaction, and pages that move in one, so that the log fits into the reserve. */
const AT_ONCE = 64;

/**
 * Deletes on a full disk. A deletion writes to the log first, which finds no room there: the reserve is given up for
 * it, and the deletion goes in small steps with an empty log between them. Freed pages are not overwritten meanwhile
 * (that needs as much room as what is deleted); the file is cut by them at the end, so nothing of them stays in it.
 *
 * The record is out of sight with the first step. What a failure in the middle leaves is expired, for the next sweep.
 */
export function deleteOnFullDisk(open: OpenDatabase, reserve: Reserve, changes: readonly Change[]): void {
  withReserve(open, reserve, () => {
    for (const { key } of changes) open.statements.expire.run(key.kind, key.owner, key.id);
    removeExpiredInSteps(open, 0);
  });
}

/** {@linkcode deleteOnFullDisk} for everything that has expired; gives the number of records. */
export function sweepOnFullDisk(open: OpenDatabase, reserve: Reserve, nowMs: number): number {
  return withReserve(open, reserve, () => removeExpiredInSteps(open, nowMs));
}

function withReserve<T>({ database }: OpenDatabase, reserve: Reserve, work: () => T): T {
  reserve.release();
  database.exec("PRAGMA secure_delete = FAST");
  try {
    const result = work();
    giveBack(database);
    return result;
  } finally {
    database.exec("PRAGMA secure_delete = ON");
    reserve.hold();
  }
}

function removeExpiredInSteps({ database, statements }: OpenDatabase, untilMs: number): number {
  let removed = 0;
  for (;;) {
    const number = statements.anyExpired.get(untilMs)?.["number"];
    if (number === undefined) return removed;
    while (Number(statements.removeItems.run(number, AT_ONCE).changes) > 0) emptyLog(database);
    statements.removeNumber.run(number);
    emptyLog(database);
    removed++;
  }
}

/** Cuts the free pages off the file. */
function giveBack(database: OpenDatabase["database"]): void {
  const free = () => Number(database.prepare("PRAGMA freelist_count").get()?.["freelist_count"] ?? 0);
  for (let before = free(); before > 0;) {
    // Every row is a page that was freed: all of them have to be asked for.
    database.prepare(`PRAGMA incremental_vacuum(${AT_ONCE})`).all();
    emptyLog(database);
    const now = free();
    if (now >= before) return;
    before = now;
  }
}

/** Writes the log into the file and empties it. Another process that reads keeps its part; the next time gets it. */
export function emptyLog(database: OpenDatabase["database"]): void {
  database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
}
