import { Problem } from "../problem.ts";
import type { Change } from "../store/store.ts";
import type { InputItem } from "../wire/responses.ts";
import { type Archive, keyOf, responseExpiry } from "./archive.ts";
import { fillGaps, findGaps, noteHead, readNote, reasoningNotes } from "./reasoning.ts";
import type { ItemOrigin } from "./stored_items.ts";

/** So many items before an answer are looked at to find what it answers. */
const LAST_ITEMS = 100;

/** Puts reasoning back in front of the answers of a client that cannot send it. */
export async function attachReasoning(
  archive: Archive,
  owner: string,
  input: readonly InputItem[],
  origin: ItemOrigin,
): Promise<InputItem[]> {
  const gaps = findGaps(input);
  if (gaps.length === 0) return [...input];
  try {
    await archive.queue.settled();
    const records = await archive.store.getMany(gaps.map(({ noteId }) => keyOf("reasoning", owner, noteId)));
    const notes = records.map((record) => record === undefined ? undefined : readNote(record.head));
    return fillGaps(input, gaps, notes, origin);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [...input];
  }
}

/** What keeps the reasoning of an answer for its next turn. */
export function saveReasoning(
  archive: Archive,
  owner: string,
  origin: ItemOrigin,
  input: readonly InputItem[],
  output: Parameters<typeof reasoningNotes>[1],
): Change[] {
  return reasoningNotes(input.slice(-LAST_ITEMS), output).map((note) => ({
    op: "put",
    key: keyOf("reasoning", owner, note.id),
    head: noteHead(note, origin),
    items: [],
    expiresAtMs: responseExpiry(archive),
  }));
}
