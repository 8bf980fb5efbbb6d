import type { Call } from "./call.ts";
import { clientName } from "./usage/client_name.ts";

/**
 * Notes that a request is sent to the backend now: what is sent is what counts as used.
 *
 * @param nowMs by the clock of the notes
 */
export function noteSending({ note, dialect, request }: Call, nowMs: number): void {
  note.sentMs = nowMs - note.startedMs;
  note.dialect = dialect.name;
  note.client = clientName(request.headers);
}
