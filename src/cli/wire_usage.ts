import { usageFile } from "../config/paths.ts";
import { Problem } from "../problem.ts";
import type { RequestNote } from "../server/note.ts";
import { usageRecordOf } from "../server/usage/usage_record_of.ts";
import { createUsageWriter } from "../server/usage/usage_writer.ts";
import { IN_MEMORY } from "../store/open_sqlite.ts";
import { openUsageBook, type UsageBook } from "../store/usage/usage_book.ts";
import type { WireParts } from "./wire_backend.ts";

/** Usage over time: what is written of each request, and read again. */
export interface WiredUsage {
  readonly book: UsageBook;
  /** Takes a request that is over. */
  record(note: RequestNote): void;
  /** Begins the sweeping; what is returned ends it. */
  startSweeping(): () => void;
  /** Writes what waits, and closes the file. */
  close(): Promise<void>;
}

/** How often what is too old is looked for. */
const PERIOD_MS = 60 * 60_000;
/** The start of the server is not the moment for it. */
const FIRST_MS = 10_000;

/** Opens the file of the settings, or keeps the sums in the process where there is none, or it cannot be used. */
export function wireUsage({ settings, place, world, log }: WireParts): WiredUsage {
  const book = openBook();
  const writer = createUsageWriter({
    book,
    keptDays: () => settings()["storage.usage_days"],
    nowMs: () => world.now(),
    log,
  });

  function openBook(): UsageBook {
    try {
      return openUsageBook(usageFile(place, settings()) ?? IN_MEMORY);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      log("warn", "usage is kept until the end of the process only", { error: error.message });
      return openUsageBook(IN_MEMORY);
    }
  }

  function add(note: RequestNote, doneMs: number): void {
    const record = usageRecordOf(note, doneMs, world.now());
    if (record !== undefined) writer.add(record);
  }

  return {
    book,
    record(note) {
      const doneMs = world.monotonicMs();
      if (note.answered === undefined) return add(note, doneMs);
      // What runs in the background ends when its client has long been answered.
      void note.answered.finally(() =>
        add(note, Math.max(doneMs, note.startedMs + (note.backendDoneMs ?? 0)))
      );
    },
    startSweeping() {
      const first = setTimeout(writer.sweep, FIRST_MS);
      const timer = setInterval(writer.sweep, PERIOD_MS);
      return () => {
        clearTimeout(first);
        clearInterval(timer);
      };
    },
    async close() {
      await writer.flush();
      book.close();
    },
  };
}
