import { conversationKey } from "../ask/cache_key.ts";
import type { Draft } from "../ask/draft.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Call } from "./call.ts";

/**
 * A client's body as a draft, by the dialect of its route.
 *
 * @param onlyCounts nothing is asked: what only an answer needs may be missing
 * @throws Problem bad_request
 */
export function readDraft(
  { dialect, settings, request, note }: Call,
  body: JsonObject,
  onlyCounts = false,
): Draft {
  const draft = dialect.readRequest(body, {
    unsupportedParams: settings["codex.unsupported_params"],
    reasoningOutput: settings["codex.reasoning_output"],
    onlyCounts,
  });
  note.ignored = draft.ignored;
  const { conversationHeader } = dialect;
  const named = conversationHeader === undefined ? null : request.headers.get(conversationHeader);
  return draft.promptCacheKey === undefined && named !== null && named !== ""
    ? { ...draft, promptCacheKey: conversationKey(named) }
    : draft;
}
