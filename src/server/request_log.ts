import type { Log } from "../log.ts";
import type { RequestNote } from "./note.ts";

/**
 * Writes the one line of a request: what it was, which way it took, how long it took. Never what it said.
 *
 * @param doneMs by the clock of `note.startedMs`
 */
export function logRequest(log: Log, note: RequestNote, doneMs: number): void {
  const level = note.status >= 500 || (note.problem !== undefined && note.problem !== "client_closed")
    ? "warn"
    : "info";
  log(level, "request", {
    id: note.id,
    method: note.method,
    route: note.route,
    lane: note.lane,
    key: note.key,
    model_asked: note.modelAsked,
    model_used: note.modelUsed,
    transport: note.way?.transport,
    transport_reason: note.way?.fallback?.reason,
    continuation: note.way?.isContinuation === true ? true : undefined,
    status: note.status,
    problem: note.problem,
    first_byte_ms: note.firstByteMs === undefined ? undefined : Math.round(note.firstByteMs),
    total_ms: Math.round(doneMs - note.startedMs),
    input_tokens: note.usage?.input_tokens,
    cached_tokens: note.usage?.input_tokens_details?.cached_tokens,
    output_tokens: note.usage?.output_tokens,
    unreadable_events: note.unreadableEvents === 0 ? undefined : note.unreadableEvents,
    reasoning_tokens: note.usage?.output_tokens_details?.reasoning_tokens,
  });
}
