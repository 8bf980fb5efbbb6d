import { BOUNDS } from "../bounds.ts";
import { tooLarge } from "../too_large.ts";
import type { AnswerSource } from "./answer_source.ts";
import { readAway } from "./byte_reader.ts";
import type { SocketEvents } from "./websocket/answer_events.ts";

/**
 * The events of a WebSocket as an answer's source. After the last event the socket is free for the next request.
 *
 * @param limitBytes of the whole answer, in characters
 */
export function openEvents(events: SocketEvents, limitBytes: number = BOUNDS.answer.bytes): AnswerSource {
  let length = 0;
  let progressMs = performance.now();
  return {
    async read() {
      const text = await events.next();
      if (text === undefined) return undefined;
      length += text.length;
      if (length > limitBytes) throw tooLarge(BOUNDS.answer, limitBytes);
      progressMs = performance.now();
      return text;
    },
    get progressMs() {
      return progressMs;
    },
    cancel: events.cancel,
    finish: (limitMs) => readAway(events.next, events.cancel, limitMs),
  };
}
