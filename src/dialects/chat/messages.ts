import { isRecord, type JsonObject } from "../../wire/json.ts";
import type { InputItem } from "../../wire/responses.ts";
import { readCustomCall, readFunctionCall } from "../../ask/calls.ts";
import { messageItem, readContent, readToolOutput, readUserContent } from "../../ask/content.ts";
import { badField, optionalList, optionalText, requiredText } from "../../ask/fields.ts";
import type { NameMap } from "../../ask/names.ts";
import { readPictures } from "./pictures.ts";
import { withoutOwnThinking } from "./thinking.ts";

/**
 * Chat messages as input items of the Responses API, in the same order and with all their text.
 *
 * System and developer messages become developer messages at their place. `name` and unknown keys of a message do
 * not reach the backend: it refuses them.
 *
 * @throws Problem bad_request naming the message
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export function toInputItems(messages: readonly unknown[], names: NameMap): InputItem[] {
  /** ids made for the old `function_call` form, which has none; by the name that is sent, oldest first */
  const legacyIds = new Map<string, string[]>();
  let made = 0;
  return messages.flatMap((message, index): InputItem[] => {
    const param = `messages[${index}]`;
    if (!isRecord(message)) throw badField(param, message, "an object");
    const role = requiredText(message, "role", `${param}.role`);
    switch (role) {
      case "system":
      case "developer":
        return messageItem("developer", readContent(message["content"], "developer", `${param}.content`));
      case "user":
        return [{
          type: "message",
          role,
          content: readUserContent(message["content"], `${param}.content`),
        }];
      case "assistant": {
        const legacy = message["function_call"];
        const legacyCall = isRecord(legacy)
          ? readFunctionCall(legacy, `${param}.function_call`, names)
          : undefined;
        return [
          ...readPictures(message["images"], `${param}.images`),
          ...messageItem("assistant", readAssistantContent(message, param)),
          ...(optionalList(message, "tool_calls", `${param}.tool_calls`) ?? []).map((call, at) =>
            readToolCall(call, `${param}.tool_calls[${at}]`, names)
          ),
          ...(legacyCall === undefined ? [] : [toLegacyItem(legacyCall)]),
        ];
      }
      case "tool":
        return [{
          type: "function_call_output",
          ...callIdOf(message),
          output: readToolOutput(message["content"], `${param}.content`),
        }];
      case "function": {
        const name = names.tool(requiredText(message, "name", `${param}.name`));
        const id = legacyIds.get(name)?.shift();
        return [{
          type: "function_call_output",
          ...(id === undefined ? {} : { call_id: id }),
          output: readToolOutput(message["content"], `${param}.content`),
        }];
      }
      default:
        throw badField(`${param}.role`, role, '"system", "developer", "user", "assistant" or "tool"');
    }
  });

  function toLegacyItem(call: { name: string; arguments: string }): InputItem {
    // A prefix no real id has, so that made ids never meet real ones (translation.md#t15).
    const id = `call_ccproxy_fn_${++made}`;
    legacyIds.set(call.name, [...legacyIds.get(call.name) ?? [], id]);
    return { type: "function_call", call_id: id, ...call };
  }
}

function readAssistantContent(message: JsonObject, param: string): JsonObject[] {
  const content = withoutOwnThinking(readContent(message["content"], "assistant", `${param}.content`));
  const refusal = optionalText(message, "refusal", `${param}.refusal`);
  return refusal === undefined || refusal === "" ? content : [...content, { type: "refusal", refusal }];
}

function callIdOf(message: JsonObject): JsonObject {
  const id = message["tool_call_id"] ?? message["call_id"];
  return typeof id === "string" && id !== "" ? { call_id: id } : {};
}

/** A tool call of an assistant message, function or custom. Arguments are text and stay the text they are. */
function readToolCall(call: unknown, param: string, names: NameMap): InputItem {
  if (!isRecord(call)) throw badField(param, call, "an object");
  const id = typeof call["id"] === "string" && call["id"] !== "" ? { call_id: call["id"] } : {};
  if (isRecord(call["custom"])) {
    return { type: "custom_tool_call", ...id, ...readCustomCall(call["custom"], `${param}.custom`, names) };
  }
  const definition = call["function"];
  if (!isRecord(definition)) throw badField(`${param}.function`, definition, "an object");
  return { type: "function_call", ...id, ...readFunctionCall(definition, `${param}.function`, names) };
}
