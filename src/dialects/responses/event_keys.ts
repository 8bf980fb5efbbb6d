import { isRecord, textAt } from "../../wire/json.ts";
import type { NameMap } from "../../ask/names.ts";
import type { ResponsesEvent } from "../../wire/responses_events.ts";
import { completePart } from "./complete.ts";

/**
 * Keys that generated clients require of the events inside an item, and that some backends leave out
 * (clients.md#required-keys). Whether one is missing is looked up in the text, so that a complete event is not parsed:
 * inside a string its quotes would be escaped.
 */

/** The event that ends the arguments of a call, and names the function once more. */
const CALL_END = "response.function_call_arguments.done";

/** True when a required key is missing, or is not as the client knows it. @param data the event as JSON text */
export function lacksKeys(type: string, data: string, names: NameMap): boolean {
  switch (type) {
    case CALL_END:
      return !names.isIdentity || !data.includes('"name"');
    case "response.output_text.delta":
    case "response.output_text.done":
      return !data.includes('"logprobs"');
    case "response.content_part.added":
    case "response.content_part.done":
      return data.includes('"output_text"') &&
        !(data.includes('"annotations"') && data.includes('"logprobs"'));
    default:
      return false;
  }
}

/** The event with its required keys. @param name of the call that it belongs to, if any, as the client knows it */
export function withKeys(event: ResponsesEvent, name: string, names: NameMap): ResponsesEvent {
  switch (event.type) {
    case CALL_END:
      return { ...event, name: names.restore(textAt(event, "name") ?? name) };
    case "response.output_text.delta":
    case "response.output_text.done":
      return { ...event, logprobs: event["logprobs"] ?? [] };
    case "response.content_part.added":
    case "response.content_part.done":
      return isRecord(event["part"]) ? { ...event, part: completePart(event["part"]) } : event;
    default:
      return event;
  }
}
