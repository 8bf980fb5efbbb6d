import { closePayload, encodeFrame, type Frame, OPCODES, toFrames } from "../../wire/websocket/frames.ts";
import { type RandomBytes, type Wire, writeAll } from "./wire.ts";

/** Sends frames, one at a time, control frames first. */
export interface FrameWriter {
  /** Sends a message; true once its last byte was handed over, false when the connection ended before. */
  send(text: string): Promise<boolean>;
  /** Only the last ping that was not answered yet needs its pong (RFC 6455, 5.5.3), so a flood of them is not kept. */
  pong(payload: Uint8Array): void;
  ping(): void;
  /** Sends a close frame, the last frame of all; resolves when it was handed over, or cannot be. */
  close(code: number, reason: string): Promise<void>;
  /** Nothing can be sent any more. */
  end(): void;
}

/** Payload of one frame of a message: between two of them a pong can leave (websocket.md#ws-limits). */
const PIECE_BYTES = 64 * 1024;

interface Sending {
  readonly frames: Iterator<Frame>;
  readonly done: PromiseWithResolvers<boolean>;
}

/**
 * A writer on one connection.
 *
 * @param onProgress called when bytes were taken
 * @param onFailure called once when the connection takes no more bytes
 */
export function createFrameWriter(
  wire: Wire,
  randomBytes: RandomBytes,
  onProgress: () => void,
  onFailure: (error: unknown) => void,
): FrameWriter {
  const sendings: Sending[] = [];
  const controls = new Map<number, Uint8Array>();
  const closed = Promise.withResolvers<void>();
  let isClosing = false;
  let hasEnded = false;
  let isRunning = false;

  function end(): void {
    hasEnded = true;
    controls.clear();
    for (const { done } of sendings.splice(0)) done.resolve(false);
    closed.resolve();
  }

  /** The next frame, and what to do when it was written. */
  function next(): { readonly frame: Frame; readonly written?: () => void } | undefined {
    const [control] = controls;
    if (control !== undefined) {
      const [opcode, payload] = control;
      controls.delete(opcode);
      const frame = { opcode: opcode === OPCODES.pong ? OPCODES.pong : OPCODES.ping, isLast: true, payload };
      return { frame };
    }
    return isClosing ? undefined : nextPiece();
  }

  function nextPiece() {
    const [sending] = sendings;
    const piece = sending?.frames.next();
    if (sending === undefined || piece === undefined || piece.done === true) return undefined;
    return {
      frame: piece.value,
      written() {
        if (!piece.value.isLast) return;
        if (sendings[0] === sending) sendings.shift();
        sending.done.resolve(true);
      },
    };
  }

  async function run(): Promise<void> {
    if (isRunning || hasEnded) return;
    isRunning = true;
    try {
      for (let piece = next(); piece !== undefined && !hasEnded; piece = next()) {
        await writeAll(wire, encodeFrame(piece.frame, randomBytes(4)));
        onProgress();
        piece.written?.();
      }
      if (isClosing && !hasEnded) {
        await writeAll(wire, encodeFrame({ ...closing, isLast: true }, randomBytes(4)));
        end();
      }
    } catch (error) {
      if (!hasEnded) {
        end();
        onFailure(error);
      }
    } finally {
      isRunning = false;
    }
  }

  let closing: { readonly opcode: typeof OPCODES.close; readonly payload: Uint8Array } = {
    opcode: OPCODES.close,
    payload: new Uint8Array(0),
  };

  function control(opcode: typeof OPCODES.ping | typeof OPCODES.pong, payload: Uint8Array): void {
    if (isClosing || hasEnded) return;
    controls.set(opcode, payload);
    void run();
  }

  return {
    async send(text) {
      if (isClosing || hasEnded) return false;
      const frames = toFrames(OPCODES.text, new TextEncoder().encode(text), PIECE_BYTES);
      const done = Promise.withResolvers<boolean>();
      sendings.push({ frames, done });
      void run();
      return await done.promise;
    },
    pong: (payload) => control(OPCODES.pong, payload),
    ping: () => control(OPCODES.ping, new Uint8Array(0)),
    close(code, reason) {
      if (!isClosing && !hasEnded) {
        isClosing = true;
        // 1005 stands for a close frame without a code, and is never written.
        if (code !== 1005) closing = { opcode: OPCODES.close, payload: closePayload(code, reason) };
        void run();
      }
      return closed.promise;
    },
    end,
  };
}
