import { KEEPALIVE } from "../sse/encode.ts";

/** How the streams of a dialect look on the wire. */
export interface Framing {
  /** without parameters: `text/event-stream` */
  readonly contentType: string;
  /** headers of a stream, its content type included */
  readonly headers: Readonly<Record<string, string>>;
  /** sent when there is nothing else to send, so that nothing on the way closes the connection */
  readonly keepAlive: Uint8Array<ArrayBuffer>;
}

/** Server-sent events, with headers that keep buffers on the way from holding them back (translation.md#t78). */
export const SSE: Framing = {
  contentType: "text/event-stream",
  headers: {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",
  },
  keepAlive: new TextEncoder().encode(KEEPALIVE),
};
