import { type HeaderParts, LITE_HEADER, toUpstreamHeaders, type UpstreamAccess } from "../headers.ts";

/**
 * The protocol of `response.create` frames; other values are another protocol or none
 * (websocket.md#handshake-headers).
 */
const PROTOCOL = "responses_websockets=2026-02-06";
/** Headers of a POST that have no place in an upgrade. The lite flag travels in each frame. */
const POST_HEADERS: readonly string[] = [
  "content-type",
  "content-encoding",
  "accept",
  LITE_HEADER,
  "x-codex-turn-state",
];

/**
 * The headers of the upgrade, as the native client sends them: those of a POST without what belongs to its body
 * (websocket.md#handshake-headers). Authentication happens here only, so a new token needs a new socket.
 *
 * @throws Problem no_credentials for a token or an account id that no header can carry
 */
export function toHandshakeHeaders(parts: HeaderParts, access: UpstreamAccess): Headers {
  const headers = toUpstreamHeaders(parts, access);
  for (const name of POST_HEADERS) headers.delete(name);
  headers.set("openai-beta", PROTOCOL);
  return headers;
}

/** What a socket was opened as: two equal texts may share one. A new token, account or identity gives another. */
export function socketIdentity(url: URL, headers: Headers): string {
  const kept = [...headers].filter(([name]) => IDENTITY.has(name));
  return JSON.stringify([url.href, ...kept]);
}

/** The headers that decide who is asking; those about the turn change with each of them. */
const IDENTITY: ReadonlySet<string> = new Set([
  "authorization",
  "chatgpt-account-id",
  "openai-beta",
  "originator",
  "session-id",
  "thread-id",
  "user-agent",
  "version",
  "x-codex-beta-features",
  "x-openai-account-routing-override",
  "x-openai-fedramp",
]);
