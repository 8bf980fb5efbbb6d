import { Problem } from "../../problem.ts";
import { pause } from "../../pause.ts";

/** The way to one client. */
export interface Sender {
  /** Sends a text; does nothing once the socket is closed. */
  send(text: string): void;
  /**
   * Waits while the client is far behind.
   *
   * @throws Problem client_closed when it has taken nothing for too long; the signal's reason
   */
  drained(signal: AbortSignal): Promise<void>;
  /** how long ago something was sent */
  silentMs(): number;
  /** Closes the socket; may be called more than once. */
  close(code: number, reason: string): void;
}

/** Bytes that may wait for the client before nothing more is read for it. */
const BEHIND_BYTES = 1024 * 1024;
/** How often a client that is behind is looked at, in milliseconds. */
const LOOK_MS = 20;

/**
 * The way through a socket of the runtime, whose `send` never waits: 2,000 messages of 50 KB to a client that reads
 * nothing were 100 MB (deno.md#websocket-server).
 *
 * @param stalledMs a client that is behind may take nothing for so long
 */
export function createSender(socket: WebSocket, stalledMs: number): Sender {
  let sentMs = performance.now();
  return {
    silentMs: () => performance.now() - sentMs,
    send(text) {
      sentMs = performance.now();
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    async drained(signal) {
      let least = socket.bufferedAmount;
      let progressMs = performance.now();
      while (socket.bufferedAmount > BEHIND_BYTES) {
        if (socket.bufferedAmount < least) {
          least = socket.bufferedAmount;
          progressMs = performance.now();
        } else if (performance.now() - progressMs > stalledMs) {
          throw new Problem("client_closed", "nothing was read for too long");
        }
        await pause(LOOK_MS, signal);
      }
    },
    close(code, reason) {
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
    },
  };
}
