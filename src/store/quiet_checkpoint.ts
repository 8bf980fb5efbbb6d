import type { OpenDatabase } from "./sqlite_database.ts";

/** Brings the log of a database into its file in a quiet moment, and not within the write that an answer waits for. */
export interface QuietCheckpoint {
  /** Called before each write: makes the checkpoint that is due, so that the log never grows for want of a quiet moment. */
  beforeWrite(): void;
  /** Called after each write. */
  afterWrite(): void;
  /** No checkpoint follows. */
  stop(): void;
}

/** Pages that wait in the log until a checkpoint is due: as many as with SQLite's own. */
const DUE_PAGES = 1000;
/** The last bytes of the answer are on their way by then. */
const QUIET_MS = 50;

/** Pages of the log at which SQLite makes a checkpoint by itself, within a write: a bound for turns beyond 16 MB. */
export const LOG_PAGES = 4000;

/**
 * A checkpoint that waits for a moment after the write that makes it due.
 *
 * The write of a turn with 10 MB takes 37 ms in place of 65, with one picture of 4 MB 10 in place of 21
 * (performance.md#quiet-checkpoint): the rest is done when nobody waits for it. One that did not get through (a full disk, a reader) is tried again
 * with each write, as SQLite's own are.
 */
export function createQuietCheckpoint(open: () => OpenDatabase | undefined): QuietCheckpoint {
  let timer: ReturnType<typeof setTimeout> | undefined;

  function make(): void {
    timer = undefined;
    try {
      open()?.statements.checkpoint.get();
    } catch {
      // Nothing is lost by it, and the next write says what is wrong with the file.
    }
  }

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    beforeWrite() {
      if (timer === undefined) return;
      stop();
      make();
    },
    afterWrite() {
      const log = open()?.statements.logPages.get();
      if (Number(log?.["log"]) - Number(log?.["checkpointed"]) < DUE_PAGES) return;
      timer = setTimeout(make, QUIET_MS);
      Deno.unrefTimer(timer);
    },
    stop,
  };
}
