import { Problem } from "../problem.ts";
import { RESERVED } from "./routes.ts";

/** The longest session id. */
export const SESSION_ID_LIMIT = 128;

/** Headers that may carry a session id, the first one wins. `session_id` is the guide's. */
const SESSION_HEADERS = ["session_id", "x-session-id", "session-id"] as const;

/**
 * The session id of a header, if the client sends one.
 *
 * @throws Problem bad_request
 */
export function sessionIdFromHeaders(headers: Headers): string | undefined {
  for (const name of SESSION_HEADERS) {
    const value = headers.get(name);
    if (value !== null && value !== "") return checkSessionId(fromHeader(value));
  }
  return undefined;
}

/**
 * True where the session id of a header only serves for caching and routing (behaviour.md#session-id-for-routing): its
 * client has several conversations under one id and sends each of them whole (clients.md#session-affinity).
 */
export function onlyRoutes(headers: Headers): boolean {
  return headers.has("x-session-affinity");
}

/** A session id as a header of an answer: as it is, or as it stands in a path when a header could not carry it. */
export function sessionIdToHeader(id: string): string {
  return /^[\x21-\x24\x26-\x7e]+$/.test(id) ? id : encodeURIComponent(id);
}

/** Escapes as in a path, and UTF-8: fetch gives the bytes of a header one by one. */
function fromHeader(value: string): string {
  try {
    const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
    return decodeURIComponent(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return value;
  }
}

/** @throws Problem bad_request when the text cannot be a session id */
export function checkSessionId(id: string): string {
  const problem = (detail: string) => new Problem("bad_request", detail, { param: "session_id" });
  if (id.length > SESSION_ID_LIMIT) {
    throw problem(`"session_id" must have at most ${SESSION_ID_LIMIT} characters: found ${id.length}`);
  }
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(id)) throw problem('"session_id" must have no control characters');
  if (RESERVED.has(id)) {
    throw problem(`"session_id" must not be ${JSON.stringify(id)}: it is the name of a route`);
  }
  return id;
}
