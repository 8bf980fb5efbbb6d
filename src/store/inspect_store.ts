import { DatabaseSync } from "node:sqlite";
import { Problem } from "../problem.ts";
import { DATABASE_VERSION } from "./migrations.ts";
import { openRedisStore } from "./redis_store.ts";
import { storeProblem } from "./store_problem.ts";

/** A store that the settings name. */
export interface FoundStore {
  /** the database file; "" where there is a `url` */
  readonly path: string;
  /** `storage.url`; "" for none */
  readonly url: string;
}

/**
 * Looks whether a store can be used, and changes nothing: for `ccproxy doctor`.
 *
 * @returns what it holds, in a few words
 * @throws Problem memory_unavailable saying what is wrong
 */
export async function inspectStore({ path, url }: FoundStore, nowMs: () => number): Promise<string> {
  return url === "" ? inspectDatabase(path) : await inspectServer(url, nowMs);
}

function inspectDatabase(path: string): string {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
    if (version > DATABASE_VERSION) {
      throw new Problem(
        "memory_unavailable",
        `${path} was written by a newer ccproxy (version ${version} of the database; known is ${DATABASE_VERSION})`,
      );
    }
    if (version === 0) return "empty";
    const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
    if (found !== "ok") throw new Problem("memory_unavailable", `${path} is damaged: ${found}`);
    const count = database.prepare("SELECT count(*) AS count FROM record WHERE kind = 'session'").get();
    return `${count?.["count"] ?? 0} sessions`;
  } catch (error) {
    throw storeProblem(path, error);
  } finally {
    database?.close();
  }
}

async function inspectServer(url: string, nowMs: () => number): Promise<string> {
  const store = openRedisStore(url, nowMs);
  try {
    await store.getHead({ kind: "session", owner: "", id: "" });
    return "the server of storage.url answers";
  } finally {
    await store.close();
  }
}
