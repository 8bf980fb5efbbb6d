import { isRecord, type JsonObject, parseJson, textAt } from "../../wire/json.ts";

/** `user_…_account_…_session_ID`, as Claude Code wrote it before it wrote JSON. */
const OLD_FORM = /_session_([\w-]+)$/;

/**
 * The session that `metadata.user_id` names: Claude Code puts its own there, in all requests of a session, those of its
 * subagents too. An id that names only a user says nothing of a conversation.
 *
 * @returns undefined for one that names no session
 */
export function sessionOfMetadata(metadata: unknown): string | undefined {
  const userId = isRecord(metadata) ? textAt(metadata, "user_id") : undefined;
  if (userId === undefined) return undefined;
  const parsed = userId.startsWith("{") ? parseJson(userId) : undefined;
  const session = isRecord(parsed) ? textAt(parsed, "session_id") : OLD_FORM.exec(userId)?.[1];
  return session === "" ? undefined : session;
}

/** True for metadata that holds nothing but the name of a session, which is used. */
export function namesOnlySession(metadata: unknown): boolean {
  return isRecord(metadata) && sessionOfMetadata(metadata) !== undefined && hasOnly(metadata, "user_id");
}

function hasOnly(value: JsonObject, key: string): boolean {
  return Object.keys(value).every((name) => name === key);
}
