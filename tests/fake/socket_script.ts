/** What a fake backend does on a WebSocket: steps turned into frames, or into bytes that are none. */
import { closePayload, encodeFrame, type Frame, OPCODES, toFrames } from "../../src/wire/websocket/frames.ts";
import { createFrameReader, type Received } from "../../src/wire/websocket/frame_reader.ts";
import type { Exchange } from "./http_server.ts";
import type { EventStep, Gate, Script } from "./script.ts";

/** One thing that happens on the socket. */
export type SocketStep =
  /** an event, as one text frame */
  | EventStep
  /** a text message, in frames of so many bytes */
  | { readonly text: string; readonly pieceBytes?: number }
  /** several events in one packet */
  | { readonly together: readonly EventStep[] }
  /** one frame as it is, masked where that is wanted (and wrong) */
  | { readonly frame: Frame; readonly mask?: Uint8Array }
  /** these bytes, in one write */
  | { readonly bytes: Uint8Array }
  | { readonly wait: Gate | Promise<unknown> }
  /** a ping; the script goes on when its pong came, or when the client has left */
  | { readonly pingPong: string }
  /** a close frame; then the client's is awaited, as a server does */
  | { readonly closeWith: number; readonly reason?: string }
  /** the connection ends without a close frame */
  | { readonly close: true }
  | { readonly reset: true }
  /** nothing more comes until the client leaves */
  | { readonly stall: true };

/** Steps in order; a generator may look at what the test did meanwhile. */
export type SocketSteps = Iterable<SocketStep> | AsyncIterable<SocketStep>;

/** The server's end of a WebSocket. */
export interface ServerSocket {
  /** the next message or frame of the client; undefined at the end of the connection */
  receive(): Promise<Received | undefined>;
  send(step: SocketStep): Promise<void>;
  /** payloads of the client's pongs, in order */
  readonly pongs: string[];
  /** pings of the client */
  pings(): number;
  /** Resolves when the client's close frame came, with its code, or undefined when the connection ended without. */
  readonly closed: Promise<number | undefined>;
  /** Stops reading, so that the client's writing comes to a halt and nothing is answered. */
  pause(): void;
  resume(): void;
}

const encoder = new TextEncoder();

/** The server's end of a connection whose 101 was written. Reads at once and always, as a server does. */
export function createServerSocket(exchange: Exchange, limitBytes: number): ServerSocket {
  const input = exchange.upgrade();
  const reader = createFrameReader({ isMasked: true, limitBytes });
  const waiting: Received[] = [];
  const pongs: string[] = [];
  let pings = 0;
  let isOver = false;
  let wake = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<number | undefined>();
  const notify = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const write = (frame: Frame, mask?: Uint8Array) => exchange.raw(encodeFrame(frame, mask));

  async function readOn(): Promise<void> {
    for (let bytes = await input.read(); bytes !== undefined; bytes = await input.read()) {
      for (const received of reader.read(bytes)) {
        if (received.kind === "ping") {
          pings++;
          void write({ opcode: OPCODES.pong, isLast: true, payload: received.payload });
        } else if (received.kind === "pong") pongs.push(new TextDecoder().decode(received.payload));
        else waiting.push(received);
        if (received.kind === "close") closed.resolve(received.code);
      }
      notify();
    }
    isOver = true;
    closed.resolve(undefined);
    notify();
  }
  void readOn();

  return {
    async receive() {
      for (;;) {
        const received = waiting.shift();
        if (received !== undefined || isOver) return received;
        await wake.promise;
      }
    },
    async send(step) {
      if ("type" in step) return await write(textFrame(JSON.stringify(step)));
      if ("text" in step) {
        for (const frame of toFrames(OPCODES.text, encoder.encode(step.text), step.pieceBytes ?? 1 << 30)) {
          await write(frame);
        }
      } else if ("together" in step) {
        const frames = step.together.map((event) => encodeFrame(textFrame(JSON.stringify(event))));
        await exchange.raw(new Uint8Array(await new Blob(frames).arrayBuffer()));
      } else if ("frame" in step) await write(step.frame, step.mask);
      else if ("bytes" in step) await exchange.raw(step.bytes);
      else if ("wait" in step) {
        await Promise.race([step.wait instanceof Promise ? step.wait : step.wait.opened, exchange.cancelled]);
      } else if ("pingPong" in step) {
        await write({ opcode: OPCODES.ping, isLast: true, payload: encoder.encode(step.pingPong) });
        while (!pongs.includes(step.pingPong) && !isOver) await wake.promise;
      } else if ("closeWith" in step) {
        const payload = closePayload(step.closeWith, step.reason);
        await write({ opcode: OPCODES.close, isLast: true, payload });
        await closed.promise;
        exchange.close();
      } else if ("close" in step) exchange.close();
      else if ("reset" in step) exchange.reset();
      else await exchange.cancelled;
    },
    pongs,
    pings: () => pings,
    closed: closed.promise,
    pause: input.pause,
    resume: input.resume,
  };
}

/** A text message in one frame. */
export function textFrame(text: string): Frame {
  return { opcode: OPCODES.text, isLast: true, payload: encoder.encode(text) };
}

/**
 * A script for POST as it would come over a WebSocket: events as messages, an error answer as an error message.
 *
 * @param toError the message of a refusal
 */
export async function* toSocketSteps(
  script: Script,
  toError: (refusal: { status: number; body: unknown; headers?: Record<string, string> }) => unknown,
): AsyncGenerator<SocketStep> {
  const { before } = script;
  if (before === "close") return yield { close: true };
  if (before === "reset") return yield { reset: true };
  if (before === "stall") return yield { stall: true };
  if (before !== undefined) yield { wait: before };
  if ("body" in script) {
    const { status = 200, body, headers } = script;
    yield { text: JSON.stringify(toError({ status, body, ...(headers === undefined ? {} : { headers }) })) };
    return;
  }
  if (!("events" in script)) throw new Error("this script is bytes of HTTP: write steps for the socket");
  for await (const step of script.events) {
    if ("bytes" in step || "flood" in step || "drip" in step) {
      throw new Error("this step is bytes of an event stream: write steps for the socket");
    }
    if ("cut" in step) yield { closeWith: 1000 };
    else yield step;
  }
}

/** Holds the first token back for a time; what opens an answer comes at once, as the backend does. */
export async function* delayed<S extends object>(steps: Iterable<S> | AsyncIterable<S>, delayMs: number) {
  let isHeld = delayMs > 0;
  for await (const step of steps) {
    const type = "type" in step ? String(step.type) : "";
    const isOpening = /^response\.(?:created|in_progress|metadata)$|^codex\.|^keepalive$/.test(type);
    if (isHeld && !isOpening) {
      isHeld = false;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
    yield step;
  }
}
