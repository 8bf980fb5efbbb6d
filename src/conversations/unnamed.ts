import type { Settings } from "../config/settings.ts";
import { errorText } from "../error_text.ts";
import type { Log } from "../log.ts";
import type { RecordHead, Store } from "../store/store.ts";
import { numberAt, textAt } from "../wire/json.ts";
import { deleteSession } from "./sessions.ts";

/**
 * What is remembered without being asked for: sessions that no client named, and reasoning for the next turn of a client
 * that cannot send it. An agent whose calls repeat their ids makes a session in every turn, each with the whole
 * conversation (observed 2026-11: 884 sessions with 356,000 items in one run): so there is a bound, and the oldest go.
 */

/** So many notes of reasoning are kept for each session that may be kept. */
const NOTES_PER_SESSION = 20;
/** Records that go in one batch. */
const AT_ONCE = 64;
/** Turns after which the bounds are looked at, in addition to every sweep. */
const TURNS = 50;

/** True for a session that no client named: it is found by its content. */
export function isUnnamed({ head }: RecordHead): boolean {
  return textAt(head, "tip") !== undefined;
}

/**
 * Removes unnamed sessions above `storage.max_unnamed_sessions` and `storage.max_unnamed_mb`, and the oldest reasoning.
 * The session used last stays, whatever its size.
 *
 * @returns how many records were removed
 */
export async function boundUnnamed(
  store: Store,
  settings: Pick<Settings, "storage.max_unnamed_sessions" | "storage.max_unnamed_mb">,
): Promise<number> {
  const most = settings["storage.max_unnamed_sessions"];
  const mostBytes = settings["storage.max_unnamed_mb"] * 1024 * 1024;
  const sessions = await store.list("session", { limit: Number.MAX_SAFE_INTEGER });
  let bytes = 0;
  const surplus = sessions.filter(isUnnamed).filter((session, index) => {
    bytes += numberAt(session.head, "bytes") ?? 0;
    return index > 0 && (index >= most || bytes > mostBytes);
  });
  for (let at = 0; at < surplus.length; at += AT_ONCE) {
    const batch = surplus.slice(at, at + AT_ONCE);
    await store.write(batch.flatMap((session) =>
      // Nobody asked for them to be erased: their room is used again.
      deleteSession(session.key.owner, session.key.id, session).map(({ key }) => ({
        op: "delete" as const,
        key,
      }))
    ));
  }
  let notes = 0;
  for (;;) {
    const old = await store.list("reasoning", { skip: most * NOTES_PER_SESSION, limit: AT_ONCE });
    if (old.length > 0) await store.write(old.map(({ key }) => ({ op: "delete", key })));
    notes += old.length;
    if (old.length < AT_ONCE) return surplus.length + notes;
  }
}

/**
 * Looks at the bounds now and then while turns end, so that one long run cannot fill the store between two sweeps.
 *
 * @returns to be called for each turn that is remembered; settles when the look is over, never rejects
 */
export function createUnnamedBound(store: Store, settings: () => Settings, log: Log): () => Promise<void> {
  let turns = 0;
  return async () => {
    if (++turns < TURNS) return;
    turns = 0;
    try {
      const removed = await boundUnnamed(store, settings());
      if (removed > 0) log("debug", "unnamed sessions removed", { removed });
    } catch (error) {
      log("warn", "unnamed sessions not removed", { error: errorText(error) });
    }
  };
}
