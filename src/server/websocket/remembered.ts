import type { RecentResponse } from "../../conversations/recent_responses.ts";
import type { JsonObject } from "../../wire/json.ts";

/** What a socket remembers of a response. */
export interface Remembered {
  /** a Codex client's conversation as it was sent and answered, its last answer included */
  readonly items?: readonly unknown[];
  /** anybody else's */
  readonly recent?: RecentResponse;
  /** instructions and tools of a beginning without an answer: what continues it has them unless it says otherwise */
  readonly defaults?: JsonObject;
}

/** The memory of one socket; gone with it. */
export interface SocketMemory {
  get(id: string): Remembered | undefined;
  /** Adds to what is remembered of a response. @param bytes about what it takes */
  put(id: string, more: Remembered, bytes: number): void;
  forget(id: string): void;
  clear(): void;
}

/** Responses of one socket that are remembered: a client continues its last one, or tries one again. */
const RESPONSES_EACH = 8;

interface Entry {
  readonly value: Remembered;
  readonly bytes: number;
  readonly owner: object;
}

/**
 * The memory of all sockets, within one bound: what was used longest ago goes first. A client whose response is gone
 * is told so and sends everything again (websocket.md#cli-as-client).
 */
export function createSocketMemories(limitBytes: number): () => SocketMemory {
  /** in the order of use, over all sockets */
  const entries = new Map<string, Entry>();
  let bytes = 0;
  let sockets = 0;

  function drop(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    bytes -= entry.bytes;
  }

  return () => {
    const prefix = `${++sockets} `;
    const own = {};
    const keysOf = () => [...entries].filter(([, { owner }]) => owner === own).map(([key]) => key);
    return {
      get(id) {
        const entry = entries.get(prefix + id);
        if (entry === undefined) return undefined;
        entries.delete(prefix + id);
        entries.set(prefix + id, entry);
        return entry.value;
      },
      put(id, more, size) {
        const before = entries.get(prefix + id);
        const entry = {
          value: { ...before?.value, ...more },
          bytes: size + (before?.bytes ?? 0),
          owner: own,
        };
        drop(prefix + id);
        entries.set(prefix + id, entry);
        bytes += entry.bytes;
        for (const key of keysOf().slice(0, -RESPONSES_EACH)) drop(key);
        // The newest stays, whatever its size: it is the one that is continued.
        for (const key of entries.keys()) {
          if (bytes <= limitBytes || entries.size === 1) break;
          drop(key);
        }
      },
      forget: (id) => drop(prefix + id),
      clear: () => keysOf().forEach(drop),
    };
  };
}
