import { Problem } from "../problem.ts";

/** What a path leads to. */
export type Endpoint =
  | { readonly kind: "chat" }
  | { readonly kind: "responses" }
  | { readonly kind: "messages" }
  | { readonly kind: "count_tokens" }
  | { readonly kind: "completions" }
  | { readonly kind: "response"; readonly id: string }
  | { readonly kind: "input_items"; readonly id: string }
  | { readonly kind: "cancel"; readonly id: string }
  | { readonly kind: "input_tokens" }
  | { readonly kind: "compact" }
  | { readonly kind: "conversations" }
  | { readonly kind: "conversation"; readonly id: string }
  | { readonly kind: "conversation_items"; readonly id: string }
  | { readonly kind: "conversation_item"; readonly id: string; readonly item: string }
  | { readonly kind: "sessions" }
  | { readonly kind: "cache" }
  | { readonly kind: "session"; readonly id: string }
  | { readonly kind: "models" }
  | { readonly kind: "model"; readonly id: string }
  | { readonly kind: "page" }
  | { readonly kind: "usage" }
  | { readonly kind: "metrics" }
  | { readonly kind: "health" }
  | { readonly kind: "ready" };

/** A request's way: the endpoint, the session named in the path, and the route's name for the log. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly sessionId: string | undefined;
  /** the path with its variable parts as names, e.g. `/codex/{session_id}/responses` */
  readonly name: string;
}

/** Endpoints that are answered by a model, or count what one would read. */
export const MODEL_ENDPOINTS: ReadonlySet<Endpoint["kind"]> = new Set([
  "chat",
  "responses",
  "compact",
  "messages",
  "count_tokens",
  "completions",
]);

interface RouteRow {
  readonly method: "GET" | "POST" | "DELETE";
  /** below a prefix of product.md 3, or from the root */
  readonly below: "prefix" | "root";
  /** segments; `:id` and `:item` stand for one variable segment each */
  readonly pattern: string;
  readonly endpoint: (id: string, item: string) => Endpoint;
  /** for the README */
  readonly doc: string;
}

/** The routes, in the order of the README. */
export const ROUTES: readonly RouteRow[] = [
  {
    method: "POST",
    below: "prefix",
    pattern: "chat/completions",
    endpoint: () => ({ kind: "chat" }),
    doc: "Chat Completions, as JSON or as a stream that ends in `data: [DONE]`",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "responses",
    endpoint: () => ({ kind: "responses" }),
    doc: "Responses; a body with `messages` and no `input` is answered as Chat Completions",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "messages",
    endpoint: () => ({ kind: "messages" }),
    doc: "Anthropic Messages, as JSON or as a stream; names that begin with `claude` mean the default model",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "messages/count_tokens",
    endpoint: () => ({ kind: "count_tokens" }),
    doc: "An estimate of the tokens of a Messages request: about 5 % off for English text and code",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "completions",
    endpoint: () => ({ kind: "completions" }),
    doc: "Legacy completions of one prompt, as JSON or as a stream",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "responses/:id",
    endpoint: (id) => ({ kind: "response", id }),
    doc: "A stored response; with `stream=true` as a stream, from `starting_after` on",
  },
  {
    method: "DELETE",
    below: "prefix",
    pattern: "responses/:id",
    endpoint: (id) => ({ kind: "response", id }),
    doc: "Forgets a stored response",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "responses/:id/input_items",
    endpoint: (id) => ({ kind: "input_items", id }),
    doc: "What a stored response was made from",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "responses/:id/cancel",
    endpoint: (id) => ({ kind: "cancel", id }),
    doc: "Ends a response that runs in the background",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "responses/input_tokens",
    endpoint: () => ({ kind: "input_tokens" }),
    doc: "An estimate of the tokens of an input: about 5 % off for English text and code",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "responses/compact",
    endpoint: () => ({ kind: "compact" }),
    doc: "A conversation, compacted by the backend",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "conversations",
    endpoint: () => ({ kind: "conversations" }),
    doc: "Creates a conversation",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "conversations/:id",
    endpoint: (id) => ({ kind: "conversation", id }),
    doc: "A conversation",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "conversations/:id",
    endpoint: (id) => ({ kind: "conversation", id }),
    doc: "Changes the metadata of a conversation",
  },
  {
    method: "DELETE",
    below: "prefix",
    pattern: "conversations/:id",
    endpoint: (id) => ({ kind: "conversation", id }),
    doc: "Forgets a conversation",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "conversations/:id/items",
    endpoint: (id) => ({ kind: "conversation_items", id }),
    doc: "The items of a conversation",
  },
  {
    method: "POST",
    below: "prefix",
    pattern: "conversations/:id/items",
    endpoint: (id) => ({ kind: "conversation_items", id }),
    doc: "Adds items to a conversation",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "conversations/:id/items/:item",
    endpoint: (id, item) => ({ kind: "conversation_item", id, item }),
    doc: "One item of a conversation",
  },
  {
    method: "DELETE",
    below: "prefix",
    pattern: "conversations/:id/items/:item",
    endpoint: (id, item) => ({ kind: "conversation_item", id, item }),
    doc: "Forgets an item of a conversation",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "sessions",
    endpoint: () => ({ kind: "sessions" }),
    doc: "The remembered sessions",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "sessions/:id",
    endpoint: (id) => ({ kind: "session", id }),
    doc: "A remembered session with its items",
  },
  {
    method: "DELETE",
    below: "prefix",
    pattern: "sessions/:id",
    endpoint: (id) => ({ kind: "session", id }),
    doc: "Forgets a session",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "models",
    endpoint: () => ({ kind: "models" }),
    doc: "The models of this account, for OpenAI SDKs and Codex clients alike",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "models/:id",
    endpoint: (id) => ({ kind: "model", id }),
    doc: "One model",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "usage/cache",
    endpoint: () => ({ kind: "cache" }),
    doc: "How much of the input of each conversation came from the prompt cache",
  },
  {
    method: "GET",
    below: "prefix",
    pattern: "usage",
    endpoint: () => ({ kind: "usage" }),
    doc: "The limits of the account, in the form the Codex CLI reads",
  },
  {
    method: "GET",
    below: "root",
    pattern: "api/codex/usage",
    endpoint: () => ({ kind: "usage" }),
    doc: "The same, where a Codex CLI with this program as its ChatGPT base URL looks",
  },
  {
    method: "GET",
    below: "root",
    pattern: "",
    endpoint: () => ({ kind: "page" }),
    doc: "A page for people: account, limits, last requests, settings for clients",
  },
  {
    method: "GET",
    below: "root",
    pattern: "metrics",
    endpoint: () => ({ kind: "metrics" }),
    doc: "Counters in Prometheus' text format",
  },
  {
    method: "GET",
    below: "root",
    pattern: "health",
    endpoint: () => ({ kind: "health" }),
    doc: "Whether it runs",
  },
  {
    method: "GET",
    below: "root",
    pattern: "health/ready",
    endpoint: () => ({ kind: "ready" }),
    doc: "Whether requests can succeed: credentials usable, backend reachable lately",
  },
];

/** The routes with their patterns taken apart once. */
const COMPILED = ROUTES.map((row) => ({ row, pattern: segmentsOf(row.pattern) }));

/** Words that routes begin with: they cannot be session ids (product.md 3). */
export const RESERVED: ReadonlySet<string> = new Set([
  "v1",
  "responses",
  "chat",
  "completions",
  "messages",
  "models",
  "conversations",
  "sessions",
  "usage",
]);

/** The longest session id. */
export const SESSION_ID_LIMIT = 128;

/** Headers that may carry a session id, the first one wins. `session_id` is the guide's. */
const SESSION_HEADERS = ["session_id", "x-session-id", "session-id"] as const;

/**
 * Finds the route of a request.
 *
 * @throws Problem not_found or method_not_allowed naming the known routes, bad_request for a session id that cannot
 * be one
 */
export function findRoute(method: string, pathname: string): Route {
  const segments = segmentsOf(pathname).map(decodeSegment);
  const place = locate(segments);
  const below = place.prefix === "" ? "root" : "prefix";
  const matches = COMPILED.flatMap(({ row, pattern }) => {
    const parts = row.below === below ? match(pattern, place.rest) : undefined;
    return parts === undefined ? [] : [{ row, parts }];
  });
  const found = matches.find(({ row }) => row.method === method);
  if (found !== undefined) {
    if (place.sessionId !== undefined) checkSessionId(place.sessionId);
    return {
      endpoint: found.row.endpoint(found.parts.id, found.parts.item),
      sessionId: place.sessionId,
      name: `${place.prefix}/${found.row.pattern.replace(":id", "{id}").replace(":item", "{item}")}`,
    };
  }
  if (matches.length > 0) {
    const allowed = matches.map(({ row }) => row.method).join(", ");
    throw new Problem("method_not_allowed", `${method} ${shown(pathname)}; allowed: ${allowed}`, {
      headers: { allow: allowed },
    });
  }
  const reserved = reservedSession(segments);
  if (reserved !== undefined) throw reserved;
  throw new Problem("not_found", `no route ${method} ${shown(pathname)}; known routes: ${knownRoutes()}`);
}

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

interface Place {
  readonly prefix: string;
  readonly sessionId: string | undefined;
  readonly rest: readonly string[];
}

/** Takes the prefix off: `/codex`, `/codex/v1`, `/codex/{session_id}`, `/codex/{session_id}/v1` or `/v1`. */
function locate(segments: readonly string[]): Place {
  const [first, second] = segments;
  if (first === "v1") return { prefix: "/v1", sessionId: undefined, rest: segments.slice(1) };
  if (first !== "codex") return { prefix: "", sessionId: undefined, rest: segments };
  if (second === "v1") return { prefix: "/codex/v1", sessionId: undefined, rest: segments.slice(2) };
  if (second === undefined || RESERVED.has(second)) {
    return { prefix: "/codex", sessionId: undefined, rest: segments.slice(1) };
  }
  return segments[2] === "v1"
    ? { prefix: "/codex/{session_id}/v1", sessionId: second, rest: segments.slice(3) }
    : { prefix: "/codex/{session_id}", sessionId: second, rest: segments.slice(2) };
}

/** The variable segments ("" for those the pattern has not); undefined when the path does not match. */
function match(
  pattern: readonly string[],
  path: readonly string[],
): { id: string; item: string } | undefined {
  if (pattern.length !== path.length) return undefined;
  const found = { id: "", item: "" };
  for (const [index, segment] of pattern.entries()) {
    const value = path[index] ?? "";
    if (segment === ":id") found.id = value;
    else if (segment === ":item") found.item = value;
    else if (segment !== value) return undefined;
  }
  return found;
}

/** `/codex/models/responses` and the like: somebody took a reserved word for a session id. */
function reservedSession(segments: readonly string[]): Problem | undefined {
  const [first, second, ...rest] = segments;
  if (first !== "codex" || second === undefined || !RESERVED.has(second)) return undefined;
  const tail = rest[0] === "v1" ? rest.slice(1) : rest;
  const isRoute = COMPILED.some(({ row, pattern }) =>
    row.below === "prefix" && match(pattern, tail) !== undefined
  );
  if (!isRoute) return undefined;
  return new Problem(
    "bad_request",
    `"session_id" must not be ${JSON.stringify(second)}: it is the name of a route`,
    {
      param: "session_id",
    },
  );
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function knownRoutes(): string {
  return ROUTES.map((row) => `${row.method} ${row.below === "root" ? "" : "/codex/v1"}/${row.pattern}`).join(
    ", ",
  );
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Problem("bad_request", "the path has a percent sign that begins no escape");
  }
}

function shown(pathname: string): string {
  return pathname.length > 200 ? `${pathname.slice(0, 200)}…` : pathname;
}
