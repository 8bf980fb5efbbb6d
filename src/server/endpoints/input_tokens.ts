import { jsonReply } from "../../wire/json_reply.ts";
import { createNameMap } from "../../ask/names.ts";
import { optionalList, optionalText } from "../../ask/fields.ts";
import { countInput } from "../../ask/count_input.ts";
import { readInput } from "../../ask/input.ts";
import { isRecord, type JsonObject, textAt } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { loadConversation } from "../../conversations/stored_conversations.ts";
import { loadWhole } from "../../conversations/stored_responses.ts";
import { bodyOf, type CallerMemory, type Endpoint, memoryOf } from "../endpoint.ts";

/**
 * `POST …/responses/input_tokens`: the tokens of an input, estimated ({@linkcode countInput}), with what is
 * remembered of its conversation. The backend serves no such route. Errors as measured: `estimateTokens()`.
 *
 * @throws Problem bad_request, previous_response_not_found, conversation_not_found
 * @see https://platform.openai.com/docs/api-reference/responses/input-tokens
 */
export const countInputTokens: Endpoint = async (parts, call) => {
  const body = await bodyOf(parts, call);
  const before = await itemsBefore(memoryOf(parts.memory, call), body);
  const tokens = countInput({
    instructions: optionalText(body, "instructions"),
    input: [...before, ...readInput(body["input"], createNameMap())],
    tools: (optionalList(body, "tools") ?? []).filter(isRecord),
  });
  return jsonReply({ object: "response.input_tokens", input_tokens: tokens });
};

async function itemsBefore({ archive, owner }: CallerMemory, body: JsonObject): Promise<InputItem[]> {
  const previous = optionalText(body, "previous_response_id");
  if (previous !== undefined) return (await loadWhole(archive, owner, previous)).map(({ item }) => item);
  const { conversation } = body;
  const id = isRecord(conversation) ? textAt(conversation, "id") : conversation;
  if (typeof id !== "string") return [];
  return (await loadConversation(archive, owner, id)).items.map(({ item }) => item);
}
