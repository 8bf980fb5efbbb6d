/**
 * Writes `text/event-stream` text.
 *
 * Not ServerSentEventStream of @std/http: it writes `data:` without the space, and clients that look for `data: `
 * (the guide's own Python class among them) would see nothing (deno.md#sse-without-space).
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */

/** One event with `data` only. `json` must be one line, as JSON.stringify writes it. */
export function encodeData(json: string): string {
  return `data: ${json}\n\n`;
}

/** One event with a name. JSON over several lines, as it may arrive, leaves as several `data` lines. */
export function encodeEvent(name: string, json: string): string {
  const data = json.includes("\n") ? json.replaceAll("\n", "\ndata: ") : json;
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** A comment: keeps connections open, carries nothing. Every conforming parser skips it. */
export const KEEPALIVE = ": keepalive\n\n";

/** The end mark of Chat Completions streams. */
export const DONE = "data: [DONE]\n\n";
