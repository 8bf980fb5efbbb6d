import type { UsageRecord, UsageTokens } from "../../store/usage/usage_record.ts";
import type { RequestNote } from "../note.ts";
import { tokensOf } from "./count_use.ts";

/**
 * A request that is over, as it is written down; undefined for one that was never sent to the backend.
 *
 * @param doneMs by the clock of the note
 * @param atMs the time then
 */
export function usageRecordOf(note: RequestNote, doneMs: number, atMs: number): UsageRecord | undefined {
  const { sentMs, dialect, firstByteMs, backendDoneMs } = note;
  if (sentMs === undefined || dialect === undefined) return undefined;
  const totalMs = Math.max(0, doneMs - note.startedMs);
  // Where nobody here saw the end of the backend's answer, it ended with ours.
  const backendMs = Math.max(0, (backendDoneMs ?? totalMs) - sentMs);
  return {
    label: {
      key: note.key ?? "",
      client: note.client ?? "",
      model: note.modelUsed ?? "",
      dialect,
      transport: note.way?.transport ?? "",
    },
    atMs: Math.round(atMs),
    status: note.status,
    problem: note.problem,
    tokens: usedBy(note),
    firstMs: firstByteMs === undefined ? undefined : Math.round(firstByteMs),
    ownFirstMs: Math.round(sentMs),
    totalMs: Math.round(totalMs),
    ownMs: Math.round(Math.max(0, totalMs - backendMs)),
  };
}

function usedBy({ used, usage, lane, status }: RequestNote): UsageTokens | undefined {
  if (used !== undefined) return used;
  if (usage !== undefined) return tokensOf(usage);
  // A stream that is handed on unread says nothing here; what the backend refused has used nothing.
  if (lane === "opaque" && status < 400) return undefined;
  return { input: 0, cached: 0, output: 0, reasoning: 0, isEstimate: false };
}
