import type { Log } from "../log.ts";
import type { Call } from "./call.ts";
import type { RequestNote } from "./note.ts";

/** Characters of a body that verbose logging shows. */
const VERBOSE_LIMIT = 4000;

/** `codex.verbose_logging`: bodies in the log, cut; never headers, so never a token. */
export function logBody(
  { log }: { readonly log: Log },
  what: string,
  { settings, note }: Call,
  value: unknown,
): void {
  if (!settings["codex.verbose_logging"]) return;
  log("info", what, { id: note.id, body: JSON.stringify(value).slice(0, VERBOSE_LIMIT) });
}

/** Says that a part of the conversation is not sent. */
export function logLeftOut({ log }: { readonly log: Log }, { id }: RequestNote, type: string): void {
  log("warn", "left out of the conversation: nothing of this type is sent", { id, type });
}
