import { errorText } from "../../error_text.ts";
import type { Log } from "../../log.ts";
import { pause } from "../../pause.ts";
import type { UsageBook } from "../../store/usage/usage_book.ts";
import type { UsageRecord } from "../../store/usage/usage_record.ts";

/** Writes down what requests have used, behind their backs. */
export interface UsageWriter {
  /** Takes a request; it is written within {@linkcode DELAY_MS}. Costs nothing but a place in a list. */
  add(record: UsageRecord): void;
  /** Writes what is there. What cannot be written stays, and is tried again with the next one. */
  flush(): Promise<void>;
  /** Removes what is older than `storage.usage_days`, but for the sums of its days. */
  sweep(): Promise<void>;
}

/** What {@linkcode createUsageWriter} needs. */
export interface UsageWriterParts {
  readonly book: UsageBook;
  /** `storage.usage_days` */
  readonly keptDays: () => number;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** How long a request may wait to be written; what a killed process loses. */
const DELAY_MS = 1000;
/** Written at once: a few milliseconds in which nothing else is done. */
const AT_ONCE = 250;
const DAY_MS = 86_400_000;
/** Kept while nothing can be written; some megabytes. */
const WAITING = 20_000;

/** Nothing waits to be written. */
export function createUsageWriter(parts: UsageWriterParts): UsageWriter {
  const { book, log } = parts;
  let waiting: UsageRecord[] = [];
  let dropped = 0;
  let isFailing = false;
  let flushing: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** @returns false when it could not be written */
  function write(records: readonly UsageRecord[]): boolean {
    try {
      book.write(records);
    } catch (error) {
      if (!isFailing) log("warn", "usage is not written", { error: errorText(error) });
      isFailing = true;
      return false;
    }
    if (isFailing) log("info", "usage is written again", { lost_requests: dropped });
    isFailing = false;
    dropped = 0;
    return true;
  }

  async function writeWaiting(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, AT_ONCE);
      if (!write(batch)) return;
      waiting = waiting.slice(batch.length);
      if (waiting.length > 0) await pause(0);
    }
  }

  const flush = () => flushing ??= writeWaiting().finally(() => flushing = undefined);

  return {
    add(record) {
      if (waiting.length >= WAITING) {
        dropped++;
        return;
      }
      waiting.push(record);
      timer ??= setTimeout(flush, DELAY_MS);
    },
    async flush() {
      await flushing;
      await flush();
    },
    async sweep() {
      const beforeMs = parts.nowMs() - parts.keptDays() * DAY_MS;
      try {
        while (book.sweep(beforeMs)) await pause(0);
      } catch (error) {
        log("warn", "usage not swept", { error: errorText(error) });
      }
    },
  };
}
