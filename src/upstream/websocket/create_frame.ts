import { isRecord, type JsonObject } from "../../wire/json.ts";
import type { Continuation, CreateBody } from "./continuation.ts";

/** What goes into the metadata of one frame; all of it travels in headers over POST. */
export interface FrameFacts {
  readonly lite: boolean;
  /** `x-codex-turn-state` of the user turn (websocket.md#ws-events) */
  readonly turnState: string | undefined;
}

const LITE_KEY = "ws_request_header_x_openai_internal_codex_responses_lite";
const TURN_STATE_KEY = "x-codex-turn-state";

/**
 * Bytes of a frame that the backend takes: it refuses 16 MiB and more, and one peer stops here
 * (websocket.md#ws-limits). What is larger goes over POST.
 */
export const LARGEST_FRAME_BYTES = 15 * 1024 * 1024;

/**
 * The text of a `response.create` frame: the keys of the POST's body, and everything but `input` repeated in a
 * continuation, too: without it the backend answered with nothing (websocket.md#chain).
 */
export function createFrame(
  body: CreateBody,
  continuation: Continuation | undefined,
  facts: FrameFacts,
): string {
  const metadata: JsonObject = {
    ...(isRecord(body["client_metadata"]) ? body["client_metadata"] : {}),
    ...(facts.turnState === undefined ? {} : { [TURN_STATE_KEY]: facts.turnState }),
    ...(facts.lite ? { [LITE_KEY]: "true" } : {}),
  };
  return JSON.stringify({
    type: "response.create",
    ...body,
    ...(continuation === undefined ? {} : {
      previous_response_id: continuation.previousResponseId,
      input: body.input.slice(continuation.newFrom),
    }),
    ...(Object.keys(metadata).length === 0 ? {} : { client_metadata: metadata }),
  });
}
