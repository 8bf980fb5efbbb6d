import { pause } from "../pause.ts";
import { Problem } from "../problem.ts";
import { fileMark } from "./file_mark.ts";
import { createPresence } from "./presence.ts";
import { createQuietCheckpoint } from "./quiet_checkpoint.ts";
import { createReserve } from "./reserve.ts";
import { type OpenDatabase, openDatabase } from "./sqlite_database.ts";
import { headOf, recordOf, sweepAll, textOf, toHead, writeAll } from "./sqlite_records.ts";
import { deleteOnFullDisk, sweepOnFullDisk } from "./sqlite_room.ts";
import type { Store, StoreLock } from "./store.ts";
import { storeCause, storeProblem } from "./store_problem.ts";

/** How long a call waits for another process that writes the same file. */
const BUSY_TIMEOUT_MS = 5000;
/** As long as the last call waited in vain: nobody waits seconds for each call while the file stays locked. */
const STILL_BUSY_TIMEOUT_MS = 250;
const RETRY_MS = 50;

/** What {@linkcode openSqliteStore} needs. */
export interface SqliteOptions {
  /** the database file; `-wal`, `-shm` and `-reserve` lie next to it */
  readonly path: string;
  readonly nowMs: () => number;
  /** told when the file was removed or replaced while it was open, with what is lost by that */
  readonly onLoss?: (text: string) => void;
}

/**
 * Records in an SQLite file that survives the process (behaviour.md#memory-file), for all proxies of a user that use
 * it.
 *
 * WAL with synchronous NORMAL: a killed process loses nothing that was written, a power cut at most the last moments,
 * and never half of a change (13 950 small writes a second against 1 085 with the defaults, deno.md#sqlite-writes).
 * What is deleted is overwritten (`secure_delete`), in the log next to the file too. The log goes into the file in quiet
 * moments (quiet_checkpoint.ts).
 *
 * Before each call it is looked whether the file is still the one that was opened: what is written into a removed
 * file is gone with the process. A new one is begun then.
 *
 * @throws Problem of the store when the file cannot be used: no right to it, no database, or one that a newer
 * ccproxy wrote. The file is left as it is
 */
export function openSqliteStore({ path, nowMs, onLoss }: SqliteOptions): Store {
  const reserve = createReserve(path);
  const presence = createPresence(path);
  let open: OpenDatabase | undefined = openDatabase(path);
  let isClosed = false;
  let patienceMs = BUSY_TIMEOUT_MS;
  const checkpoint = createQuietCheckpoint(() => open);
  reserve.hold();

  function current(): OpenDatabase {
    if (isClosed) throw new Problem("memory_unavailable", "the store is closed");
    if (open !== undefined && fileMark(path) !== open.marks[""]) {
      const lost = open;
      open = undefined;
      onLoss?.(leave(path, lost));
    }
    if (open === undefined) {
      open = openDatabase(path);
      reserve.hold();
    }
    return open;
  }

  const use = <T>(work: (open: OpenDatabase) => T): Promise<T> => {
    try {
      return Promise.resolve(work(current()));
    } catch (error) {
      return Promise.reject(storeProblem(path, error));
    }
  };
  const patient = async <T>(work: (open: OpenDatabase) => T): Promise<T> => {
    for (const untilMs = performance.now() + patienceMs;;) {
      try {
        const result = work(current());
        patienceMs = BUSY_TIMEOUT_MS;
        return result;
      } catch (error) {
        const problem = storeProblem(path, error);
        if (problem.code !== "memory_busy") throw problem;
        if (performance.now() > untilMs) {
          patienceMs = STILL_BUSY_TIMEOUT_MS;
          throw problem;
        }
        await pause(RETRY_MS);
      }
    }
  };
  /** A call that frees room, with another way for a disk that has none. */
  const freeing = <T>(work: (open: OpenDatabase) => T, onFullDisk: (open: OpenDatabase) => T): Promise<T> =>
    patient((open) => {
      try {
        return work(open);
      } catch (error) {
        if (storeCause(storeProblem(path, error)) !== "memory_full") throw error;
        return onFullDisk(open);
      }
    });

  /** Frees what dead processes held; true when there was one. */
  function freeLocks({ statements }: OpenDatabase, dead: readonly string[]): boolean {
    for (const id of dead) {
      statements.removeLocksOf.run(id);
      presence.bury(id);
    }
    return dead.length > 0;
  }

  return {
    engine: "sqlite",
    shared: true,
    get: (key) => use((open) => recordOf(open, key, nowMs())),
    getHead: (key) => use((open) => headOf(open, key, nowMs())?.head),
    getMany: (keys) => use((open) => keys.map((key) => recordOf(open, key, nowMs()))),
    write(changes) {
      checkpoint.beforeWrite();
      const work = (open: OpenDatabase) => {
        writeAll(open, changes, nowMs());
        checkpoint.afterWrite();
      };
      return changes.every(({ op }) => op === "delete")
        ? freeing(work, (open) => deleteOnFullDisk(open, reserve, changes))
        : patient(work);
    },
    list: (kind, { owner, limit, skip = 0 }) =>
      use(({ statements }) => {
        const rows = owner === undefined
          ? statements.list.all(kind, nowMs(), limit, skip)
          : statements.listOfOwner.all(kind, owner, nowMs(), limit);
        return rows.map((row) => toHead({ kind, owner: textOf(row["owner"]), id: textOf(row["id"]) }, row));
      }),
    async sweep(limitBytes) {
      const swept = await freeing(
        (open) => sweepAll(open, limitBytes, nowMs()),
        (open) => ({ expired: sweepOnFullDisk(open, reserve, nowMs()), evicted: 0 }),
      );
      await patient((open) => freeLocks(open, presence.dead()));
      reserve.hold();
      return swept;
    },
    tryLock: (name, ttlMs, behind = name) =>
      patient((open) => {
        const { statements } = open;
        const holders = statements.isLocked.all(name, behind, nowMs()).map(({ token }) =>
          textOf(token).slice(0, textOf(token).indexOf(":"))
        );
        if (holders.length > 0) {
          const dead = presence.dead(holders);
          if (!freeLocks(open, dead) || dead.length < holders.length) return undefined;
        }
        const token = `${presence.id()}:${crypto.randomUUID()}`;
        const taken = statements.lock.run(name, token, nowMs() + ttlMs, nowMs());
        if (Number(taken.changes) === 0) return undefined;
        const lock: StoreLock = {
          renew: (renewedMs) =>
            patient(({ statements }) =>
              Number(statements.renewLock.run(nowMs() + renewedMs, name, token).changes) > 0
            ),
          release: () => patient(({ statements }) => void statements.unlock.run(name, token)),
        };
        return lock;
      }),
    close() {
      isClosed = true;
      checkpoint.stop();
      presence.end();
      open?.database.close();
      open = undefined;
      return Promise.resolve();
    },
  };
}

/**
 * Leaves a database whose file was removed or replaced; gives what is lost by that.
 *
 * Its log and index must not be taken for those of the next file of this name. Another process may have begun that
 * one already: only what is still ours is removed, and before it is closed, since marks are used again afterwards.
 */
function leave(path: string, { database, statements, marks }: OpenDatabase): string {
  const isReplaced = fileMark(path) !== undefined;
  let counts = "";
  try {
    const rows = statements.countKinds.all();
    counts = COUNTED.map(([kind, name]) =>
      `${Number(rows.find((row) => row["kind"] === kind)?.["count"] ?? 0)} ${name}`
    ).join(", ");
  } catch {
    counts = "everything in it";
  }
  if (!isReplaced) {
    for (const end of ["-wal", "-shm"] as const) {
      if (marks[end] !== undefined && fileMark(path + end) === marks[end]) Deno.removeSync(path + end);
    }
  }
  database.close();
  return `${path} was ${
    isReplaced ? "replaced by another file" : "removed"
  } while ccproxy ran; gone: ${counts}`;
}

/** Kinds of records that people know, and what they call them. */
const COUNTED = [["session", "sessions"], ["response", "responses"], [
  "conversation",
  "conversations",
]] as const;
