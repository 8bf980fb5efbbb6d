import { isRecord, type JsonObject, textAt } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { messageItem, textPart } from "../../ask/content.ts";
import { optionalText, requiredText } from "../../ask/fields.ts";
import type { NameMap } from "../../ask/names.ts";
import { readParts } from "./parts.ts";
import { fromSignature } from "./signature.ts";

/**
 * What a tool did that ran on a server of Anthropic's: a call, or its result, which stand in the assistant's own
 * message. The backend has no such tools, so they become a plain call and its output: the model reads what was asked
 * and what came of it. A web search is the backend's own item; the pages it found are encrypted for Anthropic, and what
 * was taken from them stands in the text behind.
 *
 * @returns undefined for a block of another kind
 * @throws Problem bad_request
 */
export function readServerBlock(block: JsonObject, param: string, names: NameMap): InputItem[] | undefined {
  const type = textAt(block, "type") ?? "";
  if (type === "server_tool_use" || type === "mcp_tool_use") return readCall(block, param, names);
  if (type === "web_search_tool_result") return [];
  // `tool_result` itself is the answer to a client's tool, and the user's.
  if (type.endsWith("_tool_result")) return [readResult(block, param)];
  return undefined;
}

function readCall(block: JsonObject, param: string, names: NameMap): InputItem[] {
  const name = requiredText(block, "name", `${param}.name`);
  const { input } = block;
  if (block["type"] === "server_tool_use" && name === "web_search") {
    const query = isRecord(input) ? textAt(input, "query") : undefined;
    if (query === undefined) return [];
    return [{ type: "web_search_call", status: "completed", action: { type: "search", query } }];
  }
  const server = optionalText(block, "server_name", `${param}.server_name`);
  return [{
    type: "function_call",
    call_id: requiredText(block, "id", `${param}.id`),
    name: names.tool(server === undefined ? name : `${server}_${name}`),
    arguments: JSON.stringify(input ?? {}),
  }];
}

function readResult(block: JsonObject, param: string): InputItem {
  const { content } = block;
  const entries = Array.isArray(content)
    ? content
    : content === undefined || content === null
    ? []
    : [content];
  const at = (index: number) => Array.isArray(content) ? `${param}.content[${index}]` : `${param}.content`;
  const parts = entries.flatMap((entry, index) => resultParts(entry, at(index)));
  const failed = block["is_error"] === true ? [textPart("The tool reported an error:", "user")] : [];
  const texts = [...failed, ...parts].map((part) => textAt(part, "text"));
  const isText = texts.every((text) => text !== undefined);
  return {
    type: "function_call_output",
    call_id: requiredText(block, "tool_use_id", `${param}.tool_use_id`),
    output: isText ? texts.join("\n") : [...failed, ...parts],
  };
}

/** Blocks that the user could send too are read as such; of any other, everything but marks is told. */
function resultParts(entry: unknown, param: string): JsonObject[] {
  if (!isRecord(entry)) return [textPart(typeof entry === "string" ? entry : JSON.stringify(entry), "user")];
  const type = textAt(entry, "type") ?? "";
  if (["text", "image", "document", "search_result", "tool_reference"].includes(type)) {
    return readParts(entry, param);
  }
  if (type === "web_fetch_result" && isRecord(entry["content"])) {
    return [textPart(textAt(entry, "url") ?? "", "user"), ...readParts(entry["content"], `${param}.content`)];
  }
  const told = Object.entries(entry).filter(([key]) => !/^(?:encrypted_\w+|cache_control|type)$/.test(key));
  return [textPart(JSON.stringify(Object.fromEntries(told)), "user")];
}

/** True for a block that stands for everything before it; one without content is a compaction that failed. */
export function isCompaction(block: unknown): boolean {
  return isRecord(block) && block["type"] === "compaction" &&
    (textAt(block, "content") ?? textAt(block, "encrypted_content") ?? "") !== "";
}

/** A compaction: our own as the backend's item, another server's by its summary. */
export function readCompaction(block: JsonObject): InputItem[] {
  const encrypted = fromSignature(block["encrypted_content"]);
  if (encrypted !== undefined) return [{ type: "compaction", encrypted_content: encrypted }];
  const summary = textAt(block, "content") ?? "";
  return summary === "" ? [] : messageItem("user", [textPart(`${SUMMARY}\n\n${summary}`, "user")]);
}

const SUMMARY = "This conversation goes on from an earlier one. Its summary:";
