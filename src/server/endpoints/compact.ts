import { isCompactionItem } from "../../answer/collect.ts";
import { jsonReply } from "../../wire/json_reply.ts";
import { createNameMap } from "../../ask/names.ts";
import { optionalText } from "../../ask/fields.ts";
import { readInput } from "../../ask/input.ts";
import { readUsage } from "../../answer/usage.ts";
import { isRecord, listAt, recordAt } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { Problem } from "../../problem.ts";
import { withIds } from "../../conversations/item_ids.ts";
import { loadWhole } from "../../conversations/stored_responses.ts";
import { memoryOf } from "../endpoint.ts";
import type { ModelEndpoint } from "../exchange.ts";
import { toItemResource } from "./responses_resource.ts";

/**
 * `POST …/responses/compact` in the backend's present words: a request whose last input item is a
 * `compaction_trigger` is answered with one `compaction` item (translation.md#t49, backend.md#compaction; the route of
 * its own is gone since 2026-08). Nothing of it is stored, as in the public API.
 *
 * @throws Problem backend_error when the backend gave no compaction
 * @see https://platform.openai.com/docs/api-reference/responses/compact
 */
export const compact: ModelEndpoint = async (turns, call, { json: body }) => {
  const { archive, owner } = memoryOf(turns.memory, call);
  const previous = optionalText(body, "previous_response_id");
  const before = previous === undefined ? [] : await loadWhole(archive, owner, previous);
  const sent = withIds(readInput(body["input"], createNameMap()), archive.newId);
  const { stream: _, store: __, background: ___, ...rest } = body;
  const response = await turns.answerWhole(call, {
    ...rest,
    input: [...sent, { type: "compaction_trigger" }],
    stream: false,
    store: false,
  });
  const compaction = (listAt(response, "output") ?? []).filter(isRecord)
    .find(isCompactionItem);
  if (compaction === undefined) {
    throw new Problem("backend_error", "it answered without a compaction item");
  }
  const users = [...before.map(({ item }) => item), ...sent].filter(isUserMessage);
  return jsonReply({
    id: response["id"] ?? `resp_${archive.newId()}`,
    object: "response.compaction",
    created_at: response["created_at"] ?? Math.floor(archive.nowMs() / 1000),
    // What the user said stays word for word; everything else is in the compaction.
    output: [...users.map((item) => toItemResource({ item, origin: undefined }, new Set())), compaction],
    usage: readUsage({ usage: recordAt(response, "usage") ?? {} }),
  });
};

function isUserMessage(item: InputItem): boolean {
  return item.type === "message" && item["role"] === "user";
}
