import type { ClientIdentity } from "../wire/client_identity.ts";
import { Problem } from "../problem.ts";
import { credentialFault } from "../wire/credential_fault.ts";
import { isCodexClient, isCodexUserAgent } from "./client_identity.ts";

/**
 * Headers in both directions. Allow-lists on both: a header nobody named does not pass.
 */

/** What a request to the backend needs of the credentials. */
export interface UpstreamAccess {
  readonly token: string;
  readonly accountId: string | undefined;
  readonly fedramp: boolean;
  readonly routing?: { readonly backendOrigin?: string; readonly override?: string };
}

/** What the headers of one request are made from. */
export interface HeaderParts {
  readonly identity: ClientIdentity;
  /** UUID of the conversation: routing and cache affinity at the backend */
  readonly conversationId: string;
  readonly lite: boolean;
  /** the client's own headers */
  readonly client: Headers;
  /** `codex.header_override_enabled`: the client's own Codex headers win */
  readonly clientWins: boolean;
  /** of a body that is passed on as it came */
  readonly contentEncoding: string | undefined;
  /** JSON without it */
  readonly contentType?: string | undefined;
  /** a stream of events without it */
  readonly accept?: string | undefined;
}

/** Headers of a Codex client that may win over the proxy's (behaviour.md#header-override). Also every `x-codex-…`. */
const CLIENT_HEADERS: readonly string[] = [
  "originator",
  "version",
  "session-id",
  "thread-id",
  "x-client-request-id",
  "openai-beta",
];
/** Says that the body has the lite shape. */
export const LITE_HEADER = "x-openai-internal-codex-responses-lite";

/** True when the client says that its body has the lite shape. */
export function saysLite(headers: Headers): boolean {
  return headers.get(LITE_HEADER) === "true";
}

/**
 * The headers of a request to the backend, as the native client sends them (backend.md#native-headers).
 *
 * Built from nothing: the client's authorization, cookies, account id and hop-by-hop headers have no way in.
 *
 * @throws Problem no_credentials for a token or an account id that no header can carry
 */
export function toUpstreamHeaders(parts: HeaderParts, access: UpstreamAccess): Headers {
  const { identity, client } = parts;
  const headers = new Headers({
    "content-type": parts.contentType ?? "application/json",
    accept: parts.accept ?? "text/event-stream",
    originator: identity.originator,
    "user-agent": identity.userAgent,
    version: identity.version,
    "session-id": parts.conversationId,
    "thread-id": parts.conversationId,
    "x-client-request-id": parts.conversationId,
  });
  if (parts.contentEncoding !== undefined) headers.set("content-encoding", parts.contentEncoding);
  if (parts.clientWins) {
    for (const name of CLIENT_HEADERS) {
      const value = client.get(name);
      if (value !== null) headers.set(name, value);
    }
    const agent = client.get("user-agent");
    if (agent !== null && isCodexUserAgent(agent)) headers.set("user-agent", agent);
    // Only a Codex client has these; walking through all headers of everybody else costs 20 µs a request.
    if (isCodexClient(client)) {
      for (const [name, value] of client) if (name.startsWith("x-codex-")) headers.set(name, value);
    }
  }
  if (parts.lite || saysLite(client)) headers.set(LITE_HEADER, "true");
  headers.set("authorization", `Bearer ${sendable("access token", access.token)}`);
  if (access.accountId !== undefined) {
    headers.set("chatgpt-account-id", sendable("account id", access.accountId));
  }
  if (access.fedramp) headers.set("x-openai-fedramp", "true");
  if (access.routing?.override !== undefined) {
    headers.set("x-openai-account-routing-override", access.routing.override);
  }
  return headers;
}

/** The last proof, for tokens that came by a refresh: the error of the runtime would quote them. @throws Problem */
function sendable(name: string, value: string): string {
  const fault = credentialFault(value);
  if (fault !== undefined) throw new Problem("no_credentials", `the ${name} ${fault}`);
  return value;
}

/** Response headers that pass to the client. `content-encoding` must not: fetch has decoded the body already. */
const PASSED: ReadonlySet<string> = new Set([
  "retry-after",
  "openai-model",
  "openai-processing-ms",
  "x-models-etag",
  "x-reasoning-included",
  "x-oai-request-id",
  "x-openai-authorization-error",
  "x-error-json",
  "cf-ray",
]);

/** The limit headers: `x-codex-…`, and the same families under other limit names (backend.md#limit-headers). */
const LIMIT_HEADER = /^x-(?:codex-|[\w-]+-(?:primary|secondary)-|[\w-]+-limit-name$)/;

/** The backend's headers that the client may see; its request id as `x-upstream-request-id`. */
export function toClientHeaders(upstream: Headers): Headers {
  const headers = new Headers();
  for (const [name, value] of upstream) {
    if (PASSED.has(name) || LIMIT_HEADER.test(name)) headers.set(name, value);
  }
  const id = upstream.get("x-request-id");
  if (id !== null) headers.set("x-upstream-request-id", id);
  return headers;
}
