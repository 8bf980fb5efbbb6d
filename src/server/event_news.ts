import type { UnreadableEvent } from "../answer/unreadable.ts";
import type { Log } from "../log.ts";
import { VENDOR_EVENTS } from "../wire/responses_events.ts";
import type { Metrics } from "./metrics.ts";
import type { RequestNote } from "./note.ts";

/** Hears of events of the backend that nobody expected. */
export interface EventNews {
  onUnknownEvent(type: string): void;
  onUnreadableEvent(event: UnreadableEvent, note: RequestNote): void;
}

/** Counts them, and says each thing once. */
export function createEventNews(metrics: Metrics, log: Log): EventNews {
  return {
    onUnknownEvent(type) {
      // Known vendor frames are no news.
      if (VENDOR_EVENTS.has(type) || !metrics.countUnknownEvent(shown(type))) return;
      log("info", "the backend sent an event that is not known here; left out", { event: shown(type) });
    },
    onUnreadableEvent({ type, length, problem }, note) {
      // Once for each request: a gateway that adds words of its own adds many.
      if (++note.unreadableEvents > 1) return;
      log("warn", "the backend sent an event that cannot be read", {
        id: note.id,
        event: type === "" ? undefined : shown(type),
        characters: length,
        ends_answer: problem !== undefined,
      });
    },
  };
}

function shown(type: string): string {
  return type.replaceAll(/[^\w.-]/g, "?").slice(0, 80);
}
