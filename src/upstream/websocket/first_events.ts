import { type ErrorFrame, readErrorFrame } from "../../answer/error_frame.ts";
import { isRecord, parseJson } from "../../wire/json.ts";
import { eventType } from "../../wire/responses_events.ts";
import type { Socket, SocketEnd } from "./socket.ts";

/** How an answer begins. */
export type FirstEvents =
  /** with these: the backend's own, such as `codex.rate_limits`, and the first that is of the answer */
  | { readonly events: readonly string[] }
  /** not at all: an error came, behind these events of the backend's own */
  | { readonly error: ErrorFrame; readonly events: readonly string[] }
  | { readonly end: SocketEnd };

/** The backend's own events in front of an answer that are kept until it is clear whether it begins. */
const MOST_VENDOR_EVENTS = 1000;

/** Takes messages until an answer begins, or it is clear that none will. */
export async function firstEvents(socket: Socket): Promise<FirstEvents> {
  const events: string[] = [];
  for (;;) {
    const received = await socket.receive();
    if ("end" in received) return received;
    const { text } = received;
    const type = eventType(text);
    if (type === "error" || type === "") {
      const value = parseJson(text);
      const error = isRecord(value) ? readErrorFrame(value) : undefined;
      if (error !== undefined) return { error, events };
    }
    events.push(text);
    if (!isVendorEvent(type) || events.length > MOST_VENDOR_EVENTS) return { events };
  }
}

/** Events that say nothing of the answer (websocket.md#ws-events). */
function isVendorEvent(type: string): boolean {
  return type === "keepalive" || type === "response.metadata" || /^(?:codex|responsesapi)\./.test(type);
}
