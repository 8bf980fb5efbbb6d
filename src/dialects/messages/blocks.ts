import { isRecord, type JsonObject, listAt, parseJson, recordAt, textAt } from "../../wire/json.ts";
import type { ContentBlock } from "../../wire/anthropic.ts";
import type { ResponsesObject } from "../../wire/responses.ts";
import type { NameMap } from "../../ask/names.ts";
import { reasoningTexts } from "../../answer/reasoning_text.ts";
import type { ClientCall } from "../../answer/client_call.ts";
import { pictureOf } from "../../answer/picture.ts";
import { toldInstead } from "../../answer/told_instead.ts";
import { signatureOf } from "./signature.ts";

/**
 * The reasoning of one item: a thinking block with its summary, or a redacted one where there is nothing to show.
 *
 * @returns undefined for an item with neither text nor encrypted content
 */
export function thinkingBlock(item: JsonObject): ContentBlock | undefined {
  const thinking = reasoningTexts(item).join("\n\n");
  const signature = signatureOf(item);
  if (thinking !== "") return { type: "thinking", thinking, signature: signature ?? "" };
  return signature === undefined ? undefined : { type: "redacted_thinking", data: signature };
}

/**
 * A call of a client's tool. Only a call in an answer that was cut can have arguments that are no JSON object: they
 * become an empty one, as SDKs read what they got of it, and the stop reason says that it was cut.
 *
 * @returns undefined for a call of a custom tool, which no Messages client can define
 */
export function toolUseBlock(call: ClientCall, text: string, names: NameMap): ContentBlock | undefined {
  if (call.kind !== "function") return undefined;
  const parsed = parseJson(text);
  return {
    type: "tool_use",
    id: names.restore(call.callId),
    name: names.restore(call.name),
    input: isRecord(parsed) ? parsed : {},
  };
}

/**
 * A web search that the backend made: the call and its result, as Anthropic's own search tool tells them. Claude
 * Code's search reads the links from there.
 *
 * @returns nothing for an item that is no search; pages that the model only opened are told in no block
 */
export function searchBlocks(item: JsonObject): ContentBlock[] {
  const action = recordAt(item, "action");
  if (item["type"] !== "web_search_call" || action === undefined || action["type"] !== "search") return [];
  const id = `srvtoolu_${textAt(item, "id") ?? ""}`;
  const query = textAt(action, "query") ?? (listAt(action, "queries") ?? []).join(" ");
  const content = (listAt(action, "sources") ?? []).flatMap((source): JsonObject[] => {
    const url = isRecord(source) ? textAt(source, "url") : undefined;
    if (!isRecord(source) || url === undefined) return [];
    const title = textAt(source, "title") ?? url;
    return [{ type: "web_search_result", url, title, encrypted_content: "", page_age: null }];
  });
  return [
    { type: "server_tool_use", id, name: "web_search", input: { query } },
    { type: "web_search_tool_result", tool_use_id: id, content },
  ];
}

/**
 * A generated picture, in the form in which Anthropic's clients send pictures: its answers have none of their own.
 *
 * @returns undefined for an item that is no picture
 */
export function pictureBlock(item: JsonObject): ContentBlock | undefined {
  const picture = pictureOf(item);
  if (picture === undefined) return undefined;
  return { type: "image", source: { type: "base64", media_type: picture.mediaType, data: picture.data } };
}

/** Items that are told in blocks of their own, or that nobody misses once there is something to read. */
const CARRIED: ReadonlySet<string> = new Set(["message", "reasoning", "function_call"]);

/** The text of a message that would otherwise hold nothing to read; undefined where nothing is missed. */
export function toldInMessage(response: ResponsesObject): string | undefined {
  return toldInstead(response.output.map(({ type }) => type), "Anthropic Messages", CARRIED);
}

/** A citation of a text part in Anthropic's form; undefined for kinds it does not know. */
export function toCitation(annotation: unknown): JsonObject | undefined {
  if (!isRecord(annotation) || annotation["type"] !== "url_citation") return undefined;
  return {
    type: "web_search_result_location",
    url: annotation["url"] ?? "",
    title: annotation["title"] ?? "",
    encrypted_index: "",
    // What the page says is not told: the backend marks the answer's words, not the source's.
    cited_text: "",
  };
}
