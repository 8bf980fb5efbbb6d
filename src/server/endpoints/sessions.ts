import { isUnnamed } from "../../conversations/unnamed.ts";
import { jsonReply } from "../../wire/json_reply.ts";
import { type JsonObject, numberAt, textAt } from "../../wire/json.ts";
import type { RecordHead } from "../../store/store.ts";
import { keyOf } from "../../conversations/archive.ts";
import { fromRow } from "../../conversations/stored_items.ts";
import { deleteSession, lockSession, missingSession } from "../../conversations/sessions.ts";
import { type Endpoint, memoryOf } from "../endpoint.ts";
import { toItemResource } from "./responses_resource.ts";

/** Sessions that a list shows at most. */
const LIST_LIMIT = 1000;

/** `GET /codex/sessions`: the remembered sessions, the last used first. */
export const listSessions: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  await archive.queue.settled();
  const heads = await archive.store.list("session", { owner, limit: LIST_LIMIT });
  return jsonReply({ object: "list", data: heads.map(toSession) });
};

/** `GET /codex/sessions/{id}`: a session with its items. @throws Problem session_not_found */
export const getSession: Endpoint = async ({ memory }, call) => {
  const { archive, owner } = memoryOf(memory, call);
  const { id } = call.params;
  await archive.queue.settled();
  const record = await archive.store.get(keyOf("session", owner, id));
  if (record === undefined) throw await missingSession(archive, owner, id);
  const items = record.items.flatMap((row) => fromRow(row) ?? []);
  return jsonReply({ ...toSession(record), items: items.map((kept) => toItemResource(kept, new Set())) });
};

/**
 * `DELETE /codex/sessions/{id}`: afterwards the id is as good as new, also one that had expired.
 *
 * @throws Problem session_not_found
 */
export const removeSession: Endpoint = async ({ memory }, call) => {
  const { archive, owner, signal } = memoryOf(memory, call);
  const { id } = call.params;
  const release = await lockSession(archive, owner, id, signal);
  try {
    await archive.queue.settled();
    const head = await archive.store.getHead(keyOf("session", owner, id));
    const trace = await archive.store.getHead(keyOf("trace", owner, id));
    if (head === undefined && trace === undefined) throw await missingSession(archive, owner, id);
    await archive.queue.add(deleteSession(owner, id, head));
  } finally {
    release();
  }
  return jsonReply({ id, object: "session", deleted: true });
};

/** A session as programs see it. Times are Unix times in seconds. */
export function toSession(session: RecordHead): JsonObject {
  const { key, head, itemCount, updatedAtMs, expiresAtMs } = session;
  return {
    id: key.id,
    object: "session",
    named: !isUnnamed(session),
    title: textAt(head, "title") ?? "",
    model: textAt(head, "model") ?? null,
    turns: numberAt(head, "turns") ?? 0,
    item_count: itemCount,
    created_at: Math.floor((numberAt(head, "created_ms") ?? updatedAtMs) / 1000),
    last_used_at: Math.floor(updatedAtMs / 1000),
    expires_at: Math.floor(expiresAtMs / 1000),
  };
}
