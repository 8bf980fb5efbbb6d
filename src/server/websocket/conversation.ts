import { Problem } from "../../problem.ts";
import { lineSafe } from "../../wire/line_safe.ts";
import { type JsonObject, textAt } from "../../wire/json.ts";
import { createLanes } from "./lanes.ts";
import { inLane, problemMessage, steerRefusal } from "./messages.ts";
import { type ClientMessage, parseMessage, readMessage } from "./read_message.ts";
import { createSocketTurns, type SocketTurnParts } from "./socket_turns.ts";

/** What {@linkcode createConversation} needs. */
export interface ConversationParts extends SocketTurnParts {
  /** called whenever nothing runs any more */
  readonly onIdle: () => void;
}

/** One socket: what is said on it. */
export interface Conversation {
  /** Takes a message, as the socket gave it. */
  receive(data: unknown): void;
  /** Closes it: at once when nothing runs, else behind what runs; settles then. */
  end(how: Ending): Promise<void>;
  /** The client is gone: what runs is cancelled, and what is remembered forgotten. */
  leave(): void;
  readonly isIdle: boolean;
}

/** Why a socket is closed. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  /** told before */
  readonly problem?: Problem;
}

/** Requests that wait for their turn. */
const WAITING = 16;
/** Lanes that run at once. */
const RUNNING_LANES = 8;
/** Messages in a row that nobody understands, before the socket is closed. */
const BAD_MESSAGES = 3;

/** The conversation on a socket that was opened now. */
export function createConversation(parts: ConversationParts): Conversation {
  const { sender, memory, opened } = parts;
  const turns = createSocketTurns(parts);
  let badInARow = 0;
  let ending: Ending | undefined;
  let isLeft = false;
  const { promise: closed, resolve: tellClosed } = Promise.withResolvers<void>();
  const limitBytes = opened.settings["limits.websocket_message_mb"] * 1024 * 1024;
  const lanes = createLanes({
    running: RUNNING_LANES,
    waiting: WAITING,
    waitingBytes: limitBytes,
    onIdle: () => ending === undefined ? parts.onIdle() : close(ending),
  });

  function tell(message: JsonObject, lane: string | undefined): void {
    sender.send(inLane(lineSafe(parts.hide(JSON.stringify(message))), lane));
  }

  /** A message that cannot be taken; the socket stays open for better ones. */
  function refuse(problem: Problem, lane: string | undefined): void {
    tell(problemMessage(problem, false), lane);
    if (++badInARow >= BAD_MESSAGES) close({ code: 1008, reason: "too many bad messages" });
  }

  function close({ code, reason, problem }: Ending): void {
    lanes.clear();
    if (problem !== undefined) tell(problemMessage(problem, false), undefined);
    sender.close(code, reason);
    tellClosed();
  }

  function receive(data: unknown): void {
    if (isLeft || ending !== undefined) return;
    const bytes = typeof data === "string" ? data.length : 0;
    if (bytes > limitBytes) {
      const problem = new Problem("body_too_large", `found ${bytes} characters in a message`, {
        hint: "Send a smaller message, or raise limits.websocket_message_mb",
      });
      return close({ code: 1009, reason: "message too big", problem });
    }
    let lane: string | undefined;
    try {
      const parsed = parseMessage(data);
      lane = textAt(parsed, "stream_id");
      take(readMessage(parsed), bytes);
      badInARow = 0;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refuse(error, lane?.slice(0, 128));
    }
  }

  function take(message: ClientMessage, bytes: number): void {
    switch (message.type) {
      case "response.create": {
        // A lane of the client's and the one without a name are told apart.
        const lane = message.lane === undefined ? "" : `#${message.lane}`;
        if (lanes.add({ lane, bytes, run: () => turns.run(message, bytes) })) return;
        const problem = new Problem("too_many_requests", `${WAITING} wait on this connection`, {
          apiCode: "rate_limit_exceeded",
          headers: { "retry-after": "1" },
        });
        return tell(problemMessage(problem, false), message.lane);
      }
      case "response.cancel":
        if (turns.cancel(message.lane)) return;
        throw new Problem("bad_request", "nothing runs that could be cancelled");
      case "response.steer":
        return tell(steerRefusal(message.message), message.lane);
      case "response.processed":
        return;
      default:
        message satisfies never;
    }
  }

  return {
    receive,
    end(how) {
      if (ending !== undefined) return closed;
      ending = how;
      if (lanes.isIdle) close(how);
      else lanes.clear();
      return closed;
    },
    leave() {
      isLeft = true;
      lanes.clear();
      turns.cancelAll();
      memory.clear();
      tellClosed();
    },
    get isIdle() {
      return lanes.isIdle;
    },
  };
}
