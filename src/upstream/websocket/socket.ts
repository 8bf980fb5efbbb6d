import { errorText } from "../../error_text.ts";
import { createFrameReader, type Received } from "../../wire/websocket/frame_reader.ts";
import { createFrameWriter } from "./frame_writer.ts";
import type { After, RandomBytes, Wire } from "./wire.ts";

/** How a socket ended. */
export interface SocketEnd {
  /** of the close frame; 1005 when it had none, 1006 when the connection broke without one */
  readonly code: number;
  readonly reason: string;
  readonly by: "peer" | "us" | "network";
}

/** An open WebSocket. One reader at a time. */
export interface Socket {
  /** Sends a text message; true once it was handed over whole, false when the socket ended before. Never throws. */
  send(text: string): Promise<boolean>;
  /** The next text message, or how the socket ended, once all messages before that were taken. */
  receive(): Promise<{ readonly text: string } | { readonly end: SocketEnd }>;
  /** Drops what comes until the next message is sent: between two answers nothing is of use. */
  discard(): void;
  /** set once nothing more can come or go; messages that came before can still be taken */
  readonly end: SocketEnd | undefined;
  readonly ended: Promise<SocketEnd>;
  /** Ends it in order: close frame, the other side's, and for a moment only. Never throws. */
  close(code?: number, reason?: string): Promise<void>;
  /** Ends it at once, as a client that leaves does. */
  abort(): void;
}

/** What {@linkcode createSocket} needs. */
export interface SocketOptions {
  /** bytes behind the handshake's answer, which belong to the first frame */
  readonly rest: Uint8Array;
  /** bytes of one message at most */
  readonly limitBytes: number;
  readonly after: After;
  readonly randomBytes: RandomBytes;
}

/** Characters of messages that nobody took: from here on nothing more is read, and the backend has to wait. */
const HIGH_WATER = 1024 * 1024;
const READ_BYTES = 16 * 1024;
/** How often a ping is sent, so that nothing on the way takes the connection for dead, and a dead one is noticed. */
const PING_MS = 25_000;
/** So many pings in a row without a single byte, and it is dead. */
const MOST_SILENT_PINGS = 3;
/** The other side's close frame is awaited for so long. */
const CLOSE_MS = 2000;

/**
 * Runs a WebSocket over a connection whose handshake is done. A reader is always running, so that pings are answered on
 * an idle socket and during the upload of a large message (websocket.md#ws-liveness); it only stops while {@linkcode HIGH_WATER} is exceeded.
 */
export function createSocket(wire: Wire, options: SocketOptions): Socket {
  const frames = createFrameReader({ isMasked: false, limitBytes: options.limitBytes });
  const ended = Promise.withResolvers<SocketEnd>();
  const queue: string[] = [];
  let queued = 0;
  let end: SocketEnd | undefined;
  /** who asked for the end first, and with what */
  let closing: SocketEnd | undefined;
  let arrival = Promise.withResolvers<void>();
  let room = Promise.withResolvers<void>();
  let isFull = false;
  let isDiscarding = false;
  let hasSign = true;
  let silentPings = 0;
  const writer = createFrameWriter(wire, options.randomBytes, () => void (hasSign = true), fail);

  function finish(how: SocketEnd): void {
    if (end !== undefined) return;
    end = closing ?? how;
    stopPings();
    writer.end();
    try {
      wire.close();
    } catch {
      // closed already
    }
    room.resolve();
    arrival.resolve();
    ended.resolve(end);
  }

  function fail(error: unknown): void {
    finish({ code: 1006, reason: errorText(error), by: "network" });
  }

  /** Sends a close frame and ends when it left; a peer that takes no bytes is not waited for. */
  function closeWith(how: SocketEnd, answer: number): void {
    closing ??= how;
    const stop = options.after(CLOSE_MS, () => finish(how));
    void writer.close(answer, how.by === "us" ? how.reason : "").then(() => finish(how)).finally(stop);
  }

  function take(received: Received): void {
    switch (received.kind) {
      case "text":
        if (closing !== undefined || isDiscarding) return;
        queue.push(received.text);
        queued += received.text.length;
        isFull = queued > HIGH_WATER;
        arrival.resolve();
        return;
      case "ping":
        return writer.pong(received.payload);
      case "pong":
        return;
      case "binary":
        return closeWith(
          { code: 1003, reason: "a binary message, which has no meaning here", by: "us" },
          1003,
        );
      case "close":
        return closeWith({ code: received.code, reason: received.reason, by: "peer" }, received.code);
      case "fault":
        return closeWith({ code: received.code, reason: received.reason, by: "us" }, received.code);
      default:
        received satisfies never;
    }
  }

  async function readOn(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (const received of frames.read(options.rest)) take(received);
      while (end === undefined) {
        if (isFull) {
          await room.promise;
          continue;
        }
        const count = await wire.read(buffer);
        if (count === null) return finish({ code: 1006, reason: "the connection was closed", by: "network" });
        hasSign = true;
        for (const received of frames.read(buffer.subarray(0, count))) take(received);
      }
    } catch (error) {
      fail(error);
    }
  }

  function tick(): void {
    // A reader that is held up here says nothing about the other side.
    silentPings = hasSign || isFull ? 0 : silentPings + 1;
    hasSign = false;
    if (silentPings >= MOST_SILENT_PINGS) {
      return finish({ code: 1006, reason: "no sign of life", by: "network" });
    }
    writer.ping();
    stopPings = options.after(PING_MS, tick);
  }
  let stopPings = options.after(PING_MS, tick);

  function empty(): void {
    queue.length = 0;
    queued = 0;
    isFull = false;
    room.resolve();
    room = Promise.withResolvers();
  }

  void readOn();

  return {
    async send(text) {
      isDiscarding = false;
      return await writer.send(text);
    },
    discard() {
      isDiscarding = true;
      empty();
    },
    async receive() {
      for (;;) {
        const text = queue.shift();
        if (text !== undefined) {
          queued -= text.length;
          if (isFull && queued <= HIGH_WATER / 2) {
            isFull = false;
            room.resolve();
            room = Promise.withResolvers();
          }
          return { text };
        }
        if (end !== undefined) return { end };
        await arrival.promise;
        arrival = Promise.withResolvers();
      }
    },
    get end() {
      return end;
    },
    ended: ended.promise,
    async close(code = 1000, reason = "") {
      if (end !== undefined) return;
      const how: SocketEnd = { code, reason, by: "us" };
      closing ??= how;
      empty();
      const stop = options.after(CLOSE_MS, () => finish(how));
      await writer.close(code, reason);
      await ended.promise;
      stop();
    },
    abort() {
      finish({ code: 1006, reason: "given up here", by: "us" });
    },
  };
}
