import { isRecord, type JsonObject, parseJson, textAt } from "./json.ts";

/**
 * The stream events of the Responses API.
 *
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */

/** An event of an answer stream: its type and everything that came with it. */
export interface ResponsesEvent extends JsonObject {
  type: string;
}

/**
 * Event types of the public API. Anything else that the backend sends (`codex.rate_limits`, `response.metadata`,
 * `keepalive`, …) is a vendor frame: the official SDKs throw on it (clients.md#stream-checks).
 */
export const PUBLIC_EVENTS: ReadonlySet<string> = new Set([
  "response.created",
  "response.queued",
  "response.in_progress",
  "response.completed",
  "response.incomplete",
  "response.failed",
  "error",
  "response.output_item.added",
  "response.output_item.done",
  "response.content_part.added",
  "response.content_part.done",
  "response.output_text.delta",
  "response.output_text.done",
  "response.output_text.annotation.added",
  "response.refusal.delta",
  "response.refusal.done",
  "response.reasoning_summary_part.added",
  "response.reasoning_summary_part.done",
  "response.reasoning_summary_text.delta",
  "response.reasoning_summary_text.done",
  "response.reasoning_text.delta",
  "response.reasoning_text.done",
  "response.function_call_arguments.delta",
  "response.function_call_arguments.done",
  "response.custom_tool_call_input.delta",
  "response.custom_tool_call_input.done",
  "response.web_search_call.in_progress",
  "response.web_search_call.searching",
  "response.web_search_call.completed",
  "response.file_search_call.in_progress",
  "response.file_search_call.searching",
  "response.file_search_call.completed",
  "response.code_interpreter_call.in_progress",
  "response.code_interpreter_call.interpreting",
  "response.code_interpreter_call.completed",
  "response.code_interpreter_call_code.delta",
  "response.code_interpreter_call_code.done",
  "response.image_generation_call.in_progress",
  "response.image_generation_call.generating",
  "response.image_generation_call.partial_image",
  "response.image_generation_call.completed",
  "response.mcp_call.in_progress",
  "response.mcp_call.completed",
  "response.mcp_call.failed",
  "response.mcp_call_arguments.delta",
  "response.mcp_call_arguments.done",
  "response.mcp_list_tools.in_progress",
  "response.mcp_list_tools.completed",
  "response.mcp_list_tools.failed",
  "response.audio.delta",
  "response.audio.done",
  "response.audio.transcript.delta",
  "response.audio.transcript.done",
]);

/**
 * Event types that the backend sends besides the public ones: known, of no meaning to OpenAI clients, and no reason
 * for a line in the log (backend.md#vendor-events).
 */
export const VENDOR_EVENTS: ReadonlySet<string> = new Set([
  "codex.rate_limits",
  "codex.response.metadata",
  "response.metadata",
  "response.heartbeat",
  "responsesapi.websocket_timing",
  "keepalive",
]);

/** Events after which nothing follows: the answer is over, whatever the socket does. */
export const TERMINAL_EVENTS: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
  "error",
]);

const TYPE_FIRST = '{"type":"';

/**
 * The `type` of an event, from its JSON text.
 *
 * The backend writes `type` first, so it is cut out without parsing (0.03 µs instead of 0.4 µs for a delta); any
 * other text is parsed.
 *
 * @returns "" for text that is not a JSON object with a text `type`
 */
export function eventType(data: string): string {
  if (data.startsWith(TYPE_FIRST)) {
    const end = data.indexOf('"', TYPE_FIRST.length);
    if (end !== -1) {
      const type = data.slice(TYPE_FIRST.length, end);
      if (!type.includes("\\")) return type;
    }
  }
  return readEvent(data)?.type ?? "";
}

/** Parses an event; undefined for text that is not a JSON object with a text `type`. */
export function readEvent(data: string): ResponsesEvent | undefined {
  const value = parseJson(data);
  if (!isRecord(value)) return undefined;
  const { type } = value;
  return typeof type === "string" ? Object.assign(value, { type }) : undefined;
}

/**
 * The `delta` of a delta event, as the JSON literal that stands in its text, quotes included.
 *
 * Cutting the literal out saves parsing and writing it again (1.2 instead of 1.8 µs per event,
 * performance.md#delta-literal). It is only done where the result is certain: no object or list stands before `delta`,
 * and the literal holds neither an escape nor a control character. Otherwise undefined, and the caller parses.
 */
export function deltaLiteral(data: string): string | undefined {
  // Half an event, at the end of a stream that was cut, is no event (FUZZ_SEED=86514752).
  if (data.charCodeAt(data.length - 1) !== 0x7d) return undefined;
  const key = data.indexOf(',"delta":"');
  if (key === -1) return undefined;
  const nested = data.indexOf("{", 1);
  if (nested !== -1 && nested < key) return undefined;
  const list = data.indexOf("[");
  if (list !== -1 && list < key) return undefined;
  const start = key + ',"delta":'.length;
  const end = data.indexOf('"', start + 1);
  if (end === -1) return undefined;
  // A quote that ends a member is followed by the next, or by the end: anything else is damage.
  const next = data.charCodeAt(end + 1);
  if (next !== 0x2c && next !== 0x7d) return undefined;
  const literal = data.slice(start, end + 1);
  // deno-lint-ignore no-control-regex
  return /[\\\x00-\x1f]/.test(literal) ? undefined : literal;
}

/**
 * The small whole number behind a key of an event, from its JSON text: `output_index`, `content_index`, ….
 *
 * Found by search, not by parsing (0.05 instead of 0.4 µs for a delta). The key cannot stand inside a string, where
 * its quotes would be escaped.
 *
 * @param key with its quotes and colon, as in `"output_index":`
 * @returns undefined when the key is not there, or no whole number that a double holds exactly follows it
 */
export function numberIn(data: string, key: string): number | undefined {
  const found = data.indexOf(key);
  return found === -1 ? undefined : digitsAt(data, found + key.length);
}

function digitsAt(data: string, from: number): number | undefined {
  let at = from;
  let value: number | undefined;
  for (let code = data.charCodeAt(at); code >= 0x30 && code <= 0x39; code = data.charCodeAt(++at)) {
    value = (value ?? 0) * 10 + (code - 0x30);
  }
  return value === undefined || value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/**
 * {@linkcode numberIn} for events that are written alike: looks where the key stood last, counted from either end,
 * before it searches (translated packed events: 0.93 instead of 1.10 µs).
 */
export function createNumberIn(key: string): (data: string) => number | undefined {
  let fromStart = 0;
  let fromEnd = 0;
  return (data) => {
    if (data.startsWith(key, fromStart)) return digitsAt(data, fromStart + key.length);
    const near = data.length - fromEnd;
    if (data.startsWith(key, near)) return digitsAt(data, near + key.length);
    const found = data.indexOf(key);
    if (found === -1) return undefined;
    fromStart = found;
    fromEnd = data.length - found;
    return digitsAt(data, found + key.length);
  };
}

/**
 * The `delta` of a delta event as a JSON literal: cut out where that is certain, parsed elsewhere; `""` for none.
 *
 * @returns undefined for an event that cannot be read
 */
export function readDeltaLiteral(data: string): string | undefined {
  const literal = deltaLiteral(data);
  if (literal !== undefined) return literal;
  const event = readEvent(data);
  return event === undefined ? undefined : JSON.stringify(textAt(event, "delta") ?? "");
}
