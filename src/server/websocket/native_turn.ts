import { isRecord, type JsonObject, parseJson, textAt } from "../../wire/json.ts";
import { readUsage } from "../../answer/usage.ts";
import type { ResponsesUsage } from "../../wire/responses.ts";
import { Problem } from "../../problem.ts";
import type { SocketMemory } from "./remembered.ts";

/**
 * A Codex client's request over WebSocket, as the POST it stands for: the backend's memory of a socket is ours here,
 * so that a continuation becomes the whole conversation again (websocket.md#create-frame, websocket.md#chain).
 */
export interface NativeTurn {
  readonly body: JsonObject;
  /** the whole conversation, without its answer */
  readonly input: readonly unknown[];
  /** headers that travel in the message */
  readonly headers: Readonly<Record<string, string>>;
  /** Takes an event of the answer. */
  onEvent(type: string, text: string): void;
  /** Keeps the conversation, if the answer ended well. @param sentBytes of the body, as it was sent */
  keep(sentBytes: number): void;
  /** of the answer, once it ended */
  readonly usage: ResponsesUsage | undefined;
}

const LITE_KEY = "ws_request_header_x_openai_internal_codex_responses_lite";
/** Metadata that a POST has in headers, and that the handshake has of another turn. */
const AS_HEADERS = ["x-codex-turn-state", "x-codex-turn-metadata", "x-codex-window-id"] as const;
/** Only means something to the socket it came over. */
const SOCKET_KEYS: readonly string[] = [LITE_KEY, "x-codex-ws-stream-request-start-ms", "x-codex-turn-state"];

/** @throws Problem previous_response_not_found */
export function openNativeTurn(message: JsonObject, memory: SocketMemory): NativeTurn {
  const { previous_response_id: previous, client_metadata: metadata, ...rest } = message;
  const before = typeof previous === "string" ? memory.get(previous)?.items : [];
  if (before === undefined) throw notFound(String(previous));
  const own = Array.isArray(rest["input"]) ? rest["input"] : [];
  const input = [...before, ...own];
  const { sent, headers } = splitMetadata(isRecord(metadata) ? metadata : undefined);
  const body = { ...rest, input, ...(sent === undefined ? {} : { client_metadata: sent }) };
  const output: unknown[] = [];
  let outputBytes = 0;
  let id: string | undefined;
  let usage: ResponsesUsage | undefined;
  return {
    get usage() {
      return usage;
    },
    body,
    input,
    headers,
    onEvent(type, text) {
      if (type === "response.output_item.done") {
        const event = parseJson(text);
        if (isRecord(event) && isRecord(event["item"])) output.push(event["item"]);
        outputBytes += text.length;
      } else if (type === "response.completed" || type === "response.incomplete") {
        const event = parseJson(text);
        if (!isRecord(event) || !isRecord(event["response"])) return;
        id = textAt(event["response"], "id");
        usage = readUsage(event["response"]);
      }
    },
    keep(sentBytes) {
      if (id !== undefined) memory.put(id, { items: [...input, ...output] }, sentBytes + outputBytes);
    },
  };
}

/** The metadata that is sent, and what of it a POST has in headers. */
function splitMetadata(
  metadata: JsonObject | undefined,
): { readonly sent: JsonObject | undefined; readonly headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  if (metadata === undefined) return { sent: undefined, headers };
  for (const name of AS_HEADERS) {
    const value = textAt(metadata, name);
    // Printable ASCII: the value of a header.
    if (value !== undefined && /^[\x20-\x7e]+$/.test(value)) headers[name] = value;
  }
  if (metadata[LITE_KEY] === "true") headers["x-openai-internal-codex-responses-lite"] = "true";
  const sent = Object.fromEntries(Object.entries(metadata).filter(([key]) => !SOCKET_KEYS.includes(key)));
  return { sent, headers };
}

function notFound(id: string): Problem {
  return new Problem(
    "previous_response_not_found",
    `there is no response with id ${JSON.stringify(id.slice(0, 100))} on this connection`,
    { param: "previous_response_id" },
  );
}
