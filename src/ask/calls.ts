import type { JsonObject } from "../wire/json.ts";
import { requiredText } from "./fields.ts";
import type { NameMap } from "./names.ts";

/**
 * Name and arguments of a function call. Arguments are text and stay the text they are; an object, which some clients
 * send, is written as JSON.
 *
 * @throws Problem bad_request naming the field
 */
export function readFunctionCall(
  call: JsonObject,
  param: string,
  names: NameMap,
): { name: string; arguments: string } {
  const text = call["arguments"];
  return {
    name: names.tool(requiredText(call, "name", `${param}.name`)),
    arguments: typeof text === "string" ? text : JSON.stringify(text ?? {}),
  };
}

/** Name and input of a custom call. @throws Problem bad_request naming the field */
export function readCustomCall(
  call: JsonObject,
  param: string,
  names: NameMap,
): { name: string; input: string } {
  return {
    name: names.tool(requiredText(call, "name", `${param}.name`)),
    input: requiredText(call, "input", `${param}.input`),
  };
}
