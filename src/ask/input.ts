import { isRecord, type JsonObject } from "../wire/json.ts";
import type { InputItem } from "../wire/responses.ts";
import { readCustomCall, readFunctionCall } from "./calls.ts";
import { messageItem, readContent, readToolOutput, readUserContent } from "./content.ts";
import { Problem } from "../problem.ts";
import { KNOWN_ITEMS } from "./item_keys.ts";
import { badField, optionalText, requiredText } from "./fields.ts";
import type { NameMap } from "./names.ts";

/**
 * `input` of a Responses body as a list of items the backend takes.
 *
 * A text becomes a user message, one item a list, an item without `type` but with a role a message. Other
 * items stay as they are and in their place: what of them is sent is decided at the end ({@linkcode toSentItems}).
 *
 * @throws Problem bad_request naming the item
 */
export function readInput(input: unknown, names: NameMap, param: string = "input"): InputItem[] {
  if (input === undefined || input === null) return [];
  if (typeof input === "string") {
    return [{ type: "message", role: "user", content: readUserContent(input, param) }];
  }
  const list = Array.isArray(input) ? input : [input];
  checkCompaction(list, param);
  return list.flatMap((item, index) =>
    readItem(item, Array.isArray(input) ? `${param}[${index}]` : param, names)
  );
}

/** The backend compacts at the end or not at all (translation.md#t49). */
function checkCompaction(list: readonly unknown[], param: string): void {
  const index = list.findIndex((item) => isRecord(item) && item["type"] === "compaction_trigger");
  if (index === -1 || index === list.length - 1) return;
  throw new Problem(
    "bad_request",
    `"${param}[${index}]" is a compaction_trigger: it must be the last item, and the only one of its kind`,
    { param: `${param}[${index}]` },
  );
}

/** One item; an empty assistant message is no item (translation.md#t24). */
function readItem(item: unknown, param: string, names: NameMap): InputItem[] {
  if (typeof item === "string") {
    return [{ type: "message", role: "user", content: readUserContent(item, param) }];
  }
  if (!isRecord(item)) throw badField(param, item, "an object");
  const type = optionalText(item, "type", `${param}.type`) ??
    (item["role"] === undefined ? undefined : "message");
  if (type === undefined) throw badField(`${param}.type`, undefined, "a string");
  switch (type) {
    case "message":
      return readMessage(item, param);
    case "function_call":
      return [{
        ...optional(item, ["id", "call_id", "namespace"]),
        type,
        ...readFunctionCall(item, param, names),
      }];
    case "custom_tool_call":
      return [{ ...optional(item, ["id", "call_id"]), type, ...readCustomCall(item, param, names) }];
    case "function_call_output":
    case "custom_tool_call_output":
      return [{
        ...optional(item, ["id", "call_id"]),
        type,
        output: readToolOutput(item["output"], `${param}.output`),
      }];
    case "reasoning":
      return [{
        ...optional(item, ["id", "encrypted_content", "content"]),
        type,
        summary: item["summary"] ?? [],
      }];
    default:
      if (!KNOWN_ITEMS.has(type)) {
        throw badField(`${param}.type`, type, `one of ${[...KNOWN_ITEMS].join(", ")}`);
      }
      return [{ ...item, type }];
  }
}

function readMessage(item: JsonObject, param: string): InputItem[] {
  const role = requiredText(item, "role", `${param}.role`);
  // The backend refuses role system in input (400 "System messages are not allowed"); developer is its equal.
  const sent = role === "system" ? "developer" : role;
  if (sent !== "user" && sent !== "assistant" && sent !== "developer") {
    throw badField(`${param}.role`, role, '"user", "assistant", "system" or "developer"');
  }
  const content = sent === "user"
    ? readUserContent(item["content"], `${param}.content`)
    : readContent(item["content"], sent, `${param}.content`);
  return messageItem(sent, content, optional(item, ["id", "phase"]));
}

/** The named members that are there and not null. */
function optional(item: JsonObject, keys: readonly string[]): JsonObject {
  const found: JsonObject = {};
  for (const key of keys) {
    if (item[key] !== undefined && item[key] !== null) found[key] = item[key];
  }
  return found;
}
