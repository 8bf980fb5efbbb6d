import { SUM_NAMES } from "./usage_record.ts";

/** Columns of the sums, as SQL names them. */
export const SUM_COLUMNS: readonly string[] = SUM_NAMES.map((name) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
);

/**
 * The history of the file with the usage: one text of SQL for each version, applied in order. A text that was released
 * is never changed; a new version is a new entry at the end.
 */
export const USAGE_MIGRATIONS: readonly string[] = [
  // 1: requests, and their sums by label for each quarter of an hour, each hour and each day (usage_ranges.ts)
  `CREATE TABLE label (
     number INTEGER PRIMARY KEY,
     key TEXT NOT NULL,
     client TEXT NOT NULL,
     model TEXT NOT NULL,
     dialect TEXT NOT NULL,
     transport TEXT NOT NULL,
     UNIQUE (key, client, model, dialect, transport)
   );
   CREATE TABLE request (
     number INTEGER PRIMARY KEY,
     at_ms INTEGER NOT NULL,
     label INTEGER NOT NULL,
     status INTEGER NOT NULL,
     problem TEXT,
     input INTEGER,
     cached INTEGER,
     output INTEGER,
     reasoning INTEGER,
     is_estimate INTEGER NOT NULL,
     first_ms INTEGER,
     own_first_ms INTEGER NOT NULL,
     total_ms INTEGER NOT NULL,
     own_ms INTEGER NOT NULL
   );
   CREATE INDEX request_by_time ON request (at_ms);
   CREATE TABLE sum (
     level INTEGER NOT NULL,
     bucket_ms INTEGER NOT NULL,
     label INTEGER NOT NULL,
     requests INTEGER NOT NULL,
     failed INTEGER NOT NULL,
     unknown INTEGER NOT NULL,
     estimated INTEGER NOT NULL,
     input INTEGER NOT NULL,
     cached INTEGER NOT NULL,
     output INTEGER NOT NULL,
     reasoning INTEGER NOT NULL,
     firsts INTEGER NOT NULL,
     first_ms INTEGER NOT NULL,
     own_first_ms INTEGER NOT NULL,
     total_ms INTEGER NOT NULL,
     own_ms INTEGER NOT NULL,
     PRIMARY KEY (level, bucket_ms, label)
   ) WITHOUT ROWID;
   CREATE TABLE swept (name TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID;`,
];
