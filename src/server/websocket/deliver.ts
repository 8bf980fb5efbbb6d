import { Problem } from "../../problem.ts";
import { createEventReader } from "../../sse/event_reader.ts";
import { parseJson } from "../../wire/json.ts";
import { eventType, readEvent, TERMINAL_EVENTS } from "../../wire/responses_events.ts";
import { ignore } from "../../ignore.ts";
import { errorEventMessage, inLane, withHeaders } from "./messages.ts";
import type { Sender } from "./sender.ts";

/** How an answer is delivered. */
export interface Delivery {
  readonly sender: Sender;
  readonly lane: string | undefined;
  /** `limits.event_limit_mb` in bytes */
  readonly eventLimitBytes: number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  /** of the answer, told in its `response.created`; empty for none */
  readonly headers: Readonly<Record<string, string>>;
  /** hears of each event that is sent */
  readonly onEvent: (type: string, text: string) => void;
}

/**
 * Sends the events of a stream, one message each: their JSON text goes on as it came. Whichever way the backend's
 * answer took, here it is the stream that a POST would get.
 *
 * @returns the type of the event it ended with
 * @throws Problem stream_cut when it ended without one, client_closed when the client takes nothing
 */
export async function deliver(
  stream: ReadableStream<Uint8Array>,
  delivery: Delivery,
): Promise<string> {
  const { sender, signal, lane } = delivery;
  let end = "";
  let isLast = false;

  function pass(data: string): void {
    // What is no JSON object kills two of the SDKs (websocket.md#ws-tolerance); half an event may stand at the end.
    if (end !== "" || !data.startsWith("{") || (isLast && parseJson(data) === undefined)) return;
    let type = eventType(data);
    let text = data;
    if (type === "error") text = errorEventMessage(data, delivery.nowMs());
    else if (type === "response.done") {
      // The Codex CLI knows no such end (websocket.md#ws-events).
      type = "response.completed";
      text = JSON.stringify({ ...readEvent(data), type });
    }
    if (type === "response.created") text = withHeaders(text, delivery.headers);
    if (TERMINAL_EVENTS.has(type)) end = type;
    delivery.onEvent(type, text);
    sender.send(inLane(text, lane));
  }

  const events = createEventReader(pass, delivery.eventLimitBytes);
  const reader = stream.getReader();
  const leave = () => void reader.cancel().catch(ignore);
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  try {
    for (;;) {
      const { value } = await reader.read();
      signal.throwIfAborted();
      if (value === undefined) break;
      events.read(value);
      await sender.drained(signal);
    }
    isLast = true;
    events.end();
  } catch (error) {
    leave();
    // What broke after the end has been told changes nothing.
    if (end !== "") return end;
    throw signal.aborted ? new Problem("client_closed") : broken(error);
  } finally {
    signal.removeEventListener("abort", leave);
  }
  if (end === "") throw new Problem("stream_cut");
  return end;
}

function broken(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem("stream_cut", undefined, { cause: error });
}
