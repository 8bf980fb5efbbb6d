import { isFailed } from "../../answer/failure.ts";
import { BOUNDS } from "../../bounds.ts";
import { Problem } from "../../problem.ts";
import { isRecord, listAt, numberAt, recordAt, textAt } from "../../wire/json.ts";
import { eventType, readEvent } from "../../wire/responses_events.ts";
import { type AskedKeys, type Chain, chainAfter, itemKey } from "./continuation.ts";
import type { Socket, SocketEnd } from "./socket.ts";

/** The events of one answer. */
export interface SocketEvents {
  /**
   * The next event as its JSON text; undefined once the answer is over. While nobody asks, the backend has to wait.
   *
   * @throws Problem stream_cut when the socket ended before the answer did, answer_too_large for a message beyond the
   * limit of its socket
   */
  next(): Promise<string | undefined>;
  /** Gives the answer up, and with it the socket: there is no message for that. May be called at any time. */
  cancel(): void;
}

/** How the socket stands after an answer. */
export interface AnswerOutcome {
  /** what can be continued; undefined after everything but a completed response */
  readonly chain: Chain | undefined;
}

/** Events behind which nothing of the answer follows. */
const LAST: ReadonlySet<string> = new Set([
  "response.completed",
  "response.done",
  "response.incomplete",
  "response.failed",
  "error",
]);

/**
 * Hands on the events of one answer, and keeps what a continuation needs to know of it.
 *
 * @param asked the request, to know what can be continued
 * @param cancel ends the socket
 * @param begun events that were taken from the socket already
 * @param onOver called once, with the last event: the socket is free
 */
export function answerEvents(
  socket: Socket,
  begun: readonly string[],
  asked: AskedKeys,
  onOver: (outcome: AnswerOutcome) => void,
  cancel: () => void,
): SocketEvents {
  const waiting = [...begun];
  const output = new Map<number, string | undefined>();
  let isOver = false;

  function look(text: string): void {
    const type = eventType(text);
    if (type === "response.output_item.done") {
      const event = readEvent(text);
      const item = event === undefined ? undefined : recordAt(event, "item");
      const index = event === undefined ? undefined : numberAt(event, "output_index");
      if (item !== undefined) output.set(index ?? output.size, itemKey(item));
    }
    if (!LAST.has(type)) return;
    isOver = true;
    const isGood = type === "response.completed" || type === "response.done";
    onOver({ chain: isGood ? chainOf(text) : undefined });
  }

  function chainOf(text: string): Chain | undefined {
    const event = readEvent(text);
    const response = event === undefined ? undefined : recordAt(event, "response");
    const id = response === undefined ? undefined : textAt(response, "id");
    if (response === undefined || id === undefined || isFailed(response)) return undefined;
    const whole = (listAt(response, "output") ?? []).filter(isRecord);
    const items = whole.length > 0
      ? whole.map(itemKey)
      : [...output].sort(([a], [b]) => a - b).map(([, key]) => key);
    return chainAfter(asked, id, items);
  }

  return {
    async next() {
      if (isOver) return undefined;
      let text = waiting.shift();
      if (text === undefined) {
        const received = await socket.receive();
        if ("end" in received) {
          isOver = true;
          throw endProblem(received.end);
        }
        text = received.text;
      }
      look(text);
      return text;
    },
    cancel() {
      if (isOver) return;
      isOver = true;
      cancel();
    },
  };
}

/** A message that was refused here for its size is what a large event is over POST. */
function endProblem(end: SocketEnd): Problem {
  if (end.by !== "us" || end.code !== 1009) return new Problem("stream_cut", endText(end));
  return new Problem("answer_too_large", end.reason, {
    hint: `Raise ${BOUNDS.event.setting} if answers may be that large`,
  });
}

/** How a socket ended, in words for users: `the socket was closed with the code 1011 (keepalive ping timeout)`. */
export function endText(end: SocketEnd): string {
  const reason = end.reason === "" ? "" : ` (${end.reason})`;
  switch (end.by) {
    case "peer":
      return `the backend closed the socket with the code ${end.code}${reason}`;
    case "us":
      return `the socket was closed here with the code ${end.code}${reason}`;
    case "network":
      return `the socket broke${reason}`;
  }
}
