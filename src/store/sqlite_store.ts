import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import type { JsonObject } from "../wire/json.ts";
import { Problem } from "../problem.ts";
import { DATABASE_VERSION, MIGRATIONS } from "./migrations.ts";
import { prepareStatements } from "./sqlite_statements.ts";
import type { Change, RecordHead, RecordKey, Store, StoreLock, StoreRecord } from "./store.ts";
import { encodeValue, storeProblem } from "./store_problem.ts";

/** How long a call waits for another process that writes the same file. */
const BUSY_TIMEOUT_MS = 5000;
/** SQLite itself waits so long for a lock, and the whole program with it: the rest of the time is waited aside. */
const BLOCKING_MS = 20;
const RETRY_MS = 50;

/** What {@linkcode openSqliteStore} needs. */
export interface SqliteOptions {
  /** the database file; `-wal` and `-shm` lie beside it */
  readonly path: string;
  readonly nowMs: () => number;
}

/**
 * Records in an SQLite file that survives the process (product.md 7).
 *
 * WAL with synchronous NORMAL: a killed process loses nothing that was written, a power cut at most the last moments,
 * and never half of a change (13 950 small writes a second against 1 085 with the defaults, design/deno.md 7). What
 * is deleted is overwritten (`secure_delete`), in the log beside the file too.
 *
 * @throws Problem memory_unavailable when the file cannot be used: no right to it, no database, or one that a newer
 * ccproxy wrote. The file is left as it is
 */
export function openSqliteStore({ path, nowMs }: SqliteOptions): Store {
  const database = openDatabase(path);
  const use = <T>(work: () => T): Promise<T> => {
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(storeProblem(path, error));
    }
  };
  const patient = async <T>(work: () => T): Promise<T> => {
    for (const untilMs = performance.now() + BUSY_TIMEOUT_MS;;) {
      try {
        return work();
      } catch (error) {
        const isLocked = error instanceof Error && /database (?:table )?is locked/.test(error.message);
        if (!isLocked || performance.now() > untilMs) throw storeProblem(path, error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
  const statements = prepareStatements(database);

  function headOf(key: RecordKey): FoundRow | undefined {
    const row = statements.find.get(key.kind, key.owner, key.id, nowMs());
    return row === undefined ? undefined : { number: numberOf(row["number"]), head: toHead(key, row) };
  }

  function recordOf(key: RecordKey): StoreRecord | undefined {
    const found = headOf(key);
    if (found === undefined) return undefined;
    const list = textOf(statements.items.get(found.number)?.["list"]);
    const items: JsonObject[] = JSON.parse(`[${list}]`);
    return { ...found.head, items };
  }

  /** True when what was deleted has to be erased from the log too. */
  function apply(change: Change): boolean {
    const { kind, owner, id } = change.key;
    if (change.op === "delete") {
      return Number(statements.remove.run(kind, owner, id).changes) > 0 && change.erase === true;
    }
    if (change.op === "touch") {
      statements.touch.run(change.expiresAtMs, kind, owner, id, nowMs());
      return false;
    }
    // One that has expired must not come back with its old items.
    const stays = change.op === "append" && headOf(change.key) !== undefined;
    if (!stays) statements.remove.run(kind, owner, id);
    const row = statements.save.get(
      kind,
      owner,
      id,
      encodeValue(change.head),
      nowMs(),
      change.expiresAtMs,
    );
    const number = numberOf(row?.["number"]);
    for (const item of change.items) statements.add.run(number, encodeValue(item));
    return false;
  }

  function transaction(work: () => void): void {
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
  function usedBytes(): number {
    const pragma = (name: string) => numberOf(database.prepare(`PRAGMA ${name}`).get()?.[name]);
    return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
  }

  return {
    engine: "sqlite",
    shared: false,
    get: (key) => use(() => recordOf(key)),
    getHead: (key) => use(() => headOf(key)?.head),
    getMany: (keys) => use(() => keys.map(recordOf)),
    write: (changes) =>
      patient(() => {
        let erase = false;
        transaction(() => {
          for (const change of changes) erase = apply(change) || erase;
        });
        // The log would keep the old pages until it is written over.
        if (erase) emptyLog(database);
      }),
    list: (kind, { owner, limit }) =>
      use(() => {
        const rows = owner === undefined
          ? statements.list.all(kind, nowMs(), limit)
          : statements.listOfOwner.all(kind, owner, nowMs(), limit);
        return rows.map((row) => toHead({ kind, owner: textOf(row["owner"]), id: textOf(row["id"]) }, row));
      }),
    sweep: (limitBytes) =>
      patient(() => {
        let expired = 0;
        let evicted = 0;
        transaction(() => {
          expired = Number(statements.removeExpired.run(nowMs()).changes);
        });
        while (usedBytes() > limitBytes) {
          let removed = 0;
          transaction(() => {
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
      }),
    tryLock: (name, ttlMs) =>
      patient(() => {
        const token = crypto.randomUUID();
        const taken = statements.lock.run(name, token, nowMs() + ttlMs, nowMs());
        if (Number(taken.changes) === 0) return undefined;
        const lock: StoreLock = {
          renew: (renewedMs) =>
            use(() => Number(statements.renewLock.run(nowMs() + renewedMs, name, token).changes) > 0),
          release: () => use(() => void statements.unlock.run(name, token)),
        };
        return lock;
      }),
    close: () => use(() => database.close()),
  };
}

/** Records removed in one transaction when the store is too large. */
const EVICT_AT_ONCE = 16;

interface FoundRow {
  readonly number: number;
  readonly head: RecordHead;
}

/** Creates the file for its owner only, opens it and brings it to this program's version. */
function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    createPrivately(path);
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    const found = versionOf(database);
    if (found > DATABASE_VERSION) {
      throw new Problem(
        "memory_unavailable",
        `${path} was written by a newer ccproxy (version ${found} of the database; known is ${DATABASE_VERSION})`,
        { hint: "Install the newest ccproxy, or name another file in storage.path" },
      );
    }
    // Only counts for a file without tables.
    if (found === 0) database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON");
    migrate(database);
    database.exec(`PRAGMA busy_timeout = ${BLOCKING_MS}`);
    return database;
  } catch (error) {
    database?.close();
    const denied = error instanceof Deno.errors.NotCapable
      ? "Choose a path below your home directory, /var/lib, /data or /tmp for storage.path"
      : 'Name another file in storage.path, or set storage.enabled = false; "ccproxy doctor" looks at it';
    throw storeProblem(path, error, denied);
  }
}

/** SQLite would create the file with the process' usual mode; `-wal` and `-shm` take over the file's own. */
function createPrivately(path: string): void {
  const folder = path.replace(/[/\\][^/\\]*$/, "");
  if (folder !== path && folder !== "") Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 }).close();
  if (Deno.build.os === "windows") return;
  const { mode } = Deno.statSync(path);
  if (mode !== null && (mode & 0o077) !== 0) Deno.chmodSync(path, 0o600);
}

function versionOf(database: DatabaseSync): number {
  return numberOf(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

/** Two processes may start at once: the version is read again under the lock. */
function migrate(database: DatabaseSync): void {
  if (versionOf(database) === DATABASE_VERSION) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    for (let version = versionOf(database); version < DATABASE_VERSION; version++) {
      database.exec(MIGRATIONS[version] ?? "");
    }
    database.exec(`PRAGMA user_version = ${DATABASE_VERSION}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Another process that reads keeps its part of the log; the next deletion or sweep gets it. */
function emptyLog(database: DatabaseSync): void {
  database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
}

function toHead(key: RecordKey, row: Record<string, SQLOutputValue>): RecordHead {
  return {
    key,
    head: JSON.parse(textOf(row["head"])),
    itemCount: numberOf(row["items"]),
    updatedAtMs: numberOf(row["updated_ms"]),
    expiresAtMs: numberOf(row["expires_ms"]),
  };
}

function textOf(value: SQLOutputValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: SQLOutputValue | undefined): number {
  return Number(value ?? 0);
}
