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

/** One row of {@linkcode ROUTES}. */
export interface RouteRow {
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
    doc: "Counters in Prometheus' text format, with memory and event-loop delay of the process",
  },
  {
    method: "GET",
    below: "root",
    pattern: "health",
    endpoint: () => ({ kind: "health" }),
    doc:
      "Whether it runs; with a `nonce` also the proof that it is the server of this user, which commands want to see before they send it the key",
  },
  {
    method: "GET",
    below: "root",
    pattern: "health/ready",
    endpoint: () => ({ kind: "ready" }),
    doc:
      "Whether requests can succeed: credentials usable, backend reachable lately, memory within reach; and what is not remembered, with the reason",
  },
];

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
