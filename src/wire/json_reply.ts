import { encodeLineSafe } from "./line_safe.ts";

/** A response of JSON that no reader of lines cuts (wire/line_safe.ts). */
export function jsonReply(value: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  return new Response(encodeLineSafe(JSON.stringify(value)), { ...init, headers });
}
