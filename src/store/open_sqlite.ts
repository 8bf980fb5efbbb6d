import { DatabaseSync } from "node:sqlite";
import { Problem } from "../problem.ts";
import { storeProblem } from "./store_problem.ts";

/** How long opening waits for another process that writes the same file. */
const OPEN_TIMEOUT_MS = 5000;
/** From then on SQLite itself waits so long for a lock, and the whole program with it. */
const BLOCKING_MS = 20;

/** The path of a database that is in the process only. */
export const IN_MEMORY = ":memory:";

/**
 * Opens a file of SQLite, with a write-ahead log and made for its owner only, and brings it to the version of this
 * program.
 *
 * @param path {@linkcode IN_MEMORY} for none
 * @param migrations its history: one text of SQL for each version
 * @throws Problem of the store when the file cannot be used; it is left as it is
 */
export function openSqlite(path: string, migrations: readonly string[]): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== IN_MEMORY) createPrivately(path);
    database = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS, enableForeignKeyConstraints: true });
    const found = versionOf(database);
    if (found > migrations.length) {
      throw new Problem(
        "memory_unavailable",
        `${path} was written by a newer ccproxy (version ${found} of the database; known is ${migrations.length})`,
        { hint: "Install the newest ccproxy, or name another file in storage.path" },
      );
    }
    // Only counts for a file without tables.
    if (found === 0) database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON");
    migrate(database, migrations);
    database.exec(`PRAGMA busy_timeout = ${BLOCKING_MS}`);
    return database;
  } catch (error) {
    database?.close();
    const denied = error instanceof Deno.errors.NotCapable
      ? "Start ccproxy again: a database can only be used that the settings named at the start"
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
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}

/** Two processes may start at once: the version is read again under the lock. */
function migrate(database: DatabaseSync, migrations: readonly string[]): void {
  if (versionOf(database) === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    for (let version = versionOf(database); version < migrations.length; version++) {
      database.exec(migrations[version] ?? "");
    }
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
