/**
 * The database's history: one text of SQL for each version, applied in order. A text that was released is never
 * changed; a new version is a new entry at the end.
 */
export const MIGRATIONS: readonly string[] = [
  // 1: records with their items, one row each
  `CREATE TABLE record (
     number INTEGER PRIMARY KEY,
     kind TEXT NOT NULL,
     owner TEXT NOT NULL,
     id TEXT NOT NULL,
     head TEXT NOT NULL,
     updated_ms INTEGER NOT NULL,
     expires_ms INTEGER NOT NULL,
     UNIQUE (kind, owner, id)
   );
   CREATE INDEX record_by_expiry ON record (expires_ms);
   CREATE INDEX record_by_age ON record (kind, updated_ms);
   CREATE INDEX record_oldest ON record (updated_ms);
   CREATE TABLE item (
     number INTEGER PRIMARY KEY,
     record INTEGER NOT NULL REFERENCES record (number) ON DELETE CASCADE,
     value TEXT NOT NULL
   );
   CREATE INDEX item_of_record ON item (record, number);
   CREATE TABLE lock (name TEXT PRIMARY KEY, token TEXT NOT NULL, until_ms INTEGER NOT NULL) WITHOUT ROWID;`,
];

/** The version this program writes. */
export const DATABASE_VERSION = MIGRATIONS.length;
