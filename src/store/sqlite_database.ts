import type { DatabaseSync, StatementSync } from "node:sqlite";
import { fileMark } from "./file_mark.ts";
import { MIGRATIONS } from "./migrations.ts";
import { openSqlite } from "./open_sqlite.ts";
import { LOG_PAGES } from "./quiet_checkpoint.ts";
import { prepareStatements, type StatementName } from "./sqlite_statements.ts";

/** A database that is open, and which files on the disk it is. */
export interface OpenDatabase {
  readonly database: DatabaseSync;
  readonly statements: Readonly<Record<StatementName, StatementSync>>;
  /** of the file, its log and the log's index; undefined where the system has no such marks */
  readonly marks: Readonly<Record<"" | "-wal" | "-shm", string | undefined>>;
}

/**
 * Opens a database for this program: the file is made for its owner only, and brought to this program's version.
 *
 * @throws Problem of the store when the file cannot be used; it is left as it is
 */
export function openDatabase(path: string): OpenDatabase {
  const database = openSqlite(path, MIGRATIONS);
  database.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
  const marks = { "": fileMark(path), "-wal": fileMark(`${path}-wal`), "-shm": fileMark(`${path}-shm`) };
  return { database, statements: prepareStatements(database), marks };
}
