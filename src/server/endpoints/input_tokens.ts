import { createNameMap } from "../../dialects/names.ts";
import { optionalList, optionalText } from "../../dialects/fields.ts";
import { readInput } from "../../dialects/responses/input.ts";
import { estimateTokens } from "../../dialects/responses/prompt.ts";
import { isRecord, type JsonObject, textAt } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { Problem } from "../../problem.ts";
import type { MemoryBase } from "../memory/memory_base.ts";
import { loadConversation } from "../memory/stored_conversations.ts";
import { loadContext, loadResponse } from "../memory/stored_responses.ts";

/** What an image costs, about: a square of 1024 pixels in high detail. Its data says nothing about it. */
const IMAGE_TOKENS = 765;
/** What an item costs beside its text: role and separators. */
const ITEM_TOKENS = 4;

/**
 * `POST …/responses/input_tokens`: the tokens of an input, estimated.
 *
 * The backend does not count before it answers (it serves no such route), so the count is made from the texts
 * ({@linkcode estimateTokens}, within about 15 % for English prose and code) and a flat price for images.
 *
 * @throws Problem bad_request, previous_response_not_found, conversation_not_found
 * @see https://platform.openai.com/docs/api-reference/responses/input-tokens
 */
export async function inputTokensResponse(
  base: MemoryBase,
  owner: string,
  body: JsonObject,
): Promise<Response> {
  const before = await itemsBefore(base, owner, body);
  const items = [...before, ...readInput(body["input"], createNameMap())];
  const tools = optionalList(body, "tools") ?? [];
  const tokens = items.reduce((sum, item) => sum + ITEM_TOKENS + itemTokens(item), 0) +
    estimateTokens(optionalText(body, "instructions") ?? "") +
    (tools.length === 0 ? 0 : estimateTokens(JSON.stringify(tools)));
  return Response.json({ object: "response.input_tokens", input_tokens: tokens });
}

async function itemsBefore(base: MemoryBase, owner: string, body: JsonObject): Promise<InputItem[]> {
  const previous = optionalText(body, "previous_response_id");
  if (previous !== undefined) {
    const stored = await loadResponse(base, owner, previous);
    if (stored === undefined) {
      throw new Problem(
        "previous_response_not_found",
        `there is no response with id ${JSON.stringify(previous)}`,
        { param: "previous_response_id" },
      );
    }
    return [...await loadContext(base, owner, stored), ...stored.output].map(({ item }) => item);
  }
  const { conversation } = body;
  const id = isRecord(conversation) ? textAt(conversation, "id") : conversation;
  if (typeof id !== "string") return [];
  return (await loadConversation(base, owner, id)).items.map(({ item }) => item);
}

/** The tokens of what the model reads of an item; ids, keys and encrypted texts are not read as text. */
function itemTokens(item: InputItem): number {
  const texts = [
    item["content"],
    item["output"],
    item["summary"],
    item["arguments"],
    item["input"],
    item["name"],
  ];
  return texts.reduce((sum: number, value) => sum + valueTokens(value), 0);
}

function valueTokens(value: unknown): number {
  if (typeof value === "string") return estimateTokens(value);
  if (!Array.isArray(value)) return 0;
  return value.filter(isRecord).reduce((sum, part) => {
    if (part["type"] === "input_image") return sum + IMAGE_TOKENS;
    const text = textAt(part, "text") ?? textAt(part, "refusal") ?? textAt(part, "file_data") ?? "";
    return sum + estimateTokens(text);
  }, 0);
}
