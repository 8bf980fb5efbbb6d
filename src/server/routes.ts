import { CHAT } from "../dialects/chat/dialect.ts";
import { COMPLETIONS } from "../dialects/completions/dialect.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { MESSAGES } from "../dialects/messages/dialect.ts";
import { RESPONSES } from "../dialects/responses/dialect.ts";
import { replayEvents } from "../conversations/replay.ts";
import { encodeEvent } from "../sse/encode.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Endpoint } from "./endpoint.ts";
import { reportCache } from "./endpoints/cache.ts";
import { compact } from "./endpoints/compact.ts";
import {
  addItems,
  createConversation,
  getConversation,
  getItem,
  listItems,
  removeConversation,
  removeItem,
  updateConversation,
} from "./endpoints/conversations.ts";
import { countTokens } from "./endpoints/count_tokens.ts";
import { getFile, getFileContent, removeFile, showFiles, uploadFile } from "./endpoints/files.ts";
import { showHealth, showReadiness } from "./endpoints/health.ts";
import { editImages, generateImages } from "./endpoints/images.ts";
import { countInputTokens } from "./endpoints/input_tokens.ts";
import { showMetrics } from "./endpoints/metrics.ts";
import { getModel, listModels } from "./endpoints/models.ts";
import {
  showPage,
  showPageEvents,
  showPageScript,
  showPageSession,
  showPageStyle,
} from "./endpoints/page.ts";
import {
  cancelResponse,
  getResponse,
  listInputItems,
  removeResponse,
} from "./endpoints/responses_resource.ts";
import { searchWeb } from "./endpoints/search.ts";
import { getSession, listSessions, removeSession } from "./endpoints/sessions.ts";
import { transcribe } from "./endpoints/transcriptions.ts";
import { showUsage } from "./endpoints/usage.ts";
import type { ModelEndpoint } from "./exchange.ts";
import type { DirectEndpoint } from "./send_direct.ts";

/** The variable segments of a path; "" for those the pattern has not. */
export interface RouteParams {
  /** the session that the path names; undefined for none */
  readonly session: string | undefined;
  readonly id: string;
  readonly item: string;
}

interface RouteFacts {
  readonly method: string;
  /** segments; `P` stands for the prefixes of behaviour.md#prefixes, `:id` and `:item` for one variable segment each */
  readonly path: string;
  /** for the page of routes */
  readonly doc: string;
  /** whose shapes it speaks, errors too; without it, OpenAI's */
  readonly dialect?: Dialect;
}

/** A route whose answer comes from a model, or from what one would read: it takes a place among the running requests. */
export interface ModelRoute extends RouteFacts {
  readonly model: ModelEndpoint;
  /** where the body decides between dialects */
  readonly dialectOf?: (body: JsonObject) => Dialect;
  /** `serve --record` writes a golden case of it: one request, one dialect */
  readonly isRecorded?: true;
}

/** A route with an endpoint of its own at the backend; it takes a place among the running requests as well. */
export interface DirectRoute extends RouteFacts {
  readonly direct: DirectEndpoint;
}

/** A route that ccproxy answers by itself. */
export interface LocalRoute extends RouteFacts {
  readonly local: Endpoint;
  /** no key is asked for; "keyless": of whoever sends none, while one that is sent has to be right */
  readonly isOpen?: true | "keyless";
  /** named keys are refused: it shows the account, or what other callers did */
  readonly isOwners?: true;
}

/** A route that is upgraded to WebSocket; each request of its socket is one to a model. */
export interface SocketRoute extends RouteFacts {
  readonly socket: {
    /** a request that asks a model */
    readonly create: ModelRoute;
    /** the beginning of a conversation, without an answer */
    readonly begin: ModelRoute;
  };
}

/** One row of {@linkcode ROUTES}. */
export type RouteRow = ModelRoute | DirectRoute | LocalRoute | SocketRoute;

/** The guide's examples post chat to the responses route, and expect chat back. */
function chatOrResponses(body: JsonObject): Dialect {
  return body["messages"] !== undefined && body["input"] === undefined ? CHAT : RESPONSES;
}

/** The usual way: a request of a dialect, answered by a model. */
const answer: ModelEndpoint = (turns, call, body) => turns.answer(call, body);

function model(
  place: string,
  endpoint: ModelEndpoint,
  doc: string,
  more: Partial<ModelRoute> = {},
): ModelRoute {
  return { ...toFacts(place, doc), model: endpoint, ...more };
}

function local(place: string, endpoint: Endpoint, doc: string, more: Partial<LocalRoute> = {}): LocalRoute {
  return { ...toFacts(place, doc), local: endpoint, ...more };
}

function direct(place: string, endpoint: DirectEndpoint, doc: string): DirectRoute {
  return { ...toFacts(place, doc), direct: endpoint };
}

function toFacts(place: string, doc: string): RouteFacts {
  const [method = "", path = ""] = place.split(" ");
  return { method, path, doc };
}

/** The beginning of a conversation as the stream of an answer without output. */
const begin: ModelEndpoint = async (turns, call, body) => {
  const events = replayEvents(await turns.begin(call, body.json));
  const text = events.map((event) => encodeEvent(String(event["type"]), JSON.stringify(event))).join("");
  return new Response(text, { headers: RESPONSES.framing.headers });
};

function socket(place: string, doc: string): SocketRoute {
  const facts = toFacts(place, doc);
  return {
    ...facts,
    socket: { create: { ...facts, model: answer, isRecorded: true }, begin: { ...facts, model: begin } },
  };
}

/**
 * The routes, in the order of the page of routes: the place, what answers it, its documentation. What is reserved, known,
 * recorded or open is read off these rows.
 */
export const ROUTES: readonly RouteRow[] = [
  model(
    "POST P/chat/completions",
    answer,
    "Chat Completions, as JSON or as a stream that ends in `data: [DONE]`",
    { dialect: CHAT, isRecorded: true },
  ),
  model(
    "POST P/responses",
    answer,
    "Responses; a body with `messages` and no `input` is answered as Chat Completions",
    { dialectOf: chatOrResponses, isRecorded: true },
  ),
  socket(
    "GET P/responses",
    "WebSocket: each `response.create` is a request, each event of its answer one message",
  ),
  model(
    "POST P/messages",
    answer,
    "Anthropic Messages, as JSON or as a stream; names that begin with `claude` mean the default model",
    { dialect: MESSAGES, isRecorded: true },
  ),
  model(
    "POST P/messages/count_tokens",
    countTokens,
    "An estimate of the tokens of a Messages request: about 5 % off for English text and code",
    { dialect: MESSAGES },
  ),
  model("POST P/completions", answer, "Legacy completions of one prompt, as JSON or as a stream", {
    dialect: COMPLETIONS,
    isRecorded: true,
  }),
  direct(
    "POST P/images/generations",
    generateImages,
    "Pictures from a text, by `gpt-image-2`, `gpt-image-2.5-flare` or `gpt-image-2.5-sunburst`",
  ),
  direct(
    "POST P/images/edits",
    editImages,
    "Pictures from pictures, as a form with files or as JSON with data URLs; with a mask",
  ),
  direct(
    "POST P/audio/transcriptions",
    transcribe,
    "Speech to text, as a form with one file; off until `codex.transcription` is true",
  ),
  local(
    "POST P/files",
    uploadFile,
    "Keeps a file of up to 32 MiB, which requests may then name by `file_id`: its data is sent with them",
  ),
  local("GET P/files", showFiles, "The files that are kept"),
  local("GET P/files/:id", getFile, "What is known of a file"),
  local("GET P/files/:id/content", getFileContent, "The bytes of a file"),
  local("DELETE P/files/:id", removeFile, "Forgets a file"),
  direct("POST P/alpha/search", searchWeb, "The Codex CLI's own web search, passed on as it is"),
  local(
    "GET P/responses/:id",
    getResponse,
    "A stored response; with `stream=true` as a stream, from `starting_after` on",
  ),
  local("DELETE P/responses/:id", removeResponse, "Forgets a stored response"),
  local("GET P/responses/:id/input_items", listInputItems, "What a stored response was made from"),
  local("POST P/responses/:id/cancel", cancelResponse, "Ends a response that runs in the background"),
  local(
    "POST P/responses/input_tokens",
    countInputTokens,
    "An estimate of the tokens of an input: about 5 % off for English text and code",
  ),
  model("POST P/responses/compact", compact, "A conversation, compacted by the backend"),
  local("POST P/conversations", createConversation, "Creates a conversation"),
  local("GET P/conversations/:id", getConversation, "A conversation"),
  local("POST P/conversations/:id", updateConversation, "Changes the metadata of a conversation"),
  local("DELETE P/conversations/:id", removeConversation, "Forgets a conversation"),
  local("GET P/conversations/:id/items", listItems, "The items of a conversation"),
  local("POST P/conversations/:id/items", addItems, "Adds items to a conversation"),
  local("GET P/conversations/:id/items/:item", getItem, "One item of a conversation"),
  local("DELETE P/conversations/:id/items/:item", removeItem, "Forgets an item of a conversation"),
  local("GET P/sessions", listSessions, "The remembered sessions"),
  local("GET P/sessions/:id", getSession, "A remembered session with its items"),
  local("DELETE P/sessions/:id", removeSession, "Forgets a session"),
  local("GET P/models", listModels, "The models of this account, for OpenAI SDKs and Codex clients alike"),
  local("GET P/models/:id", getModel, "One model"),
  local("GET P/models/openai/:id", getModel, "One model, asked for as `openai/…`"),
  local(
    "GET P/usage/cache",
    reportCache,
    "How much of the input of each conversation came from the prompt cache",
  ),
  local("GET P/usage", showUsage, "The limits of the account, in the form the Codex CLI reads"),
  local(
    "GET /api/codex/usage",
    showUsage,
    "The same, where a Codex CLI with this program as its ChatGPT base URL looks",
  ),
  // A browser sends no key with an address that is typed in, nor for a script: none of the three tells anything.
  local(
    "GET /",
    showPage,
    "A page for people: account, limits, use of today, last requests with their timings, sessions, named keys, settings for clients, a box to try a prompt. With `server.api_key` it asks for the key",
    { isOpen: "keyless", isOwners: true },
  ),
  local("GET /page/script.js", showPageScript, "The page's script", { isOpen: true }),
  local("GET /page/style.css", showPageStyle, "The page's style", { isOpen: true }),
  local("GET /page/events", showPageEvents, "The parts of the page as server-sent events, when they change", {
    isOwners: true,
  }),
  local("GET /page/sessions/:id", showPageSession, "What a session holds, as a part of the page", {
    isOwners: true,
  }),
  local(
    "GET /metrics",
    showMetrics,
    "Counters in Prometheus' text format, with open WebSockets, and memory and event-loop delay of the process",
    { isOwners: true },
  ),
  // Health checks of containers have no key, and learn nothing but that the program runs.
  local(
    "GET /health",
    showHealth,
    "Whether it runs; with a `nonce` also the proof that it is the server of this user, which commands want to see before they send it the key",
    { isOpen: true },
  ),
  local(
    "GET /health/ready",
    showReadiness,
    "Whether requests can succeed: credentials usable, backend reachable lately, memory within reach; and what is not remembered, with the reason",
  ),
];

/** Words that routes begin with: they cannot be session ids (behaviour.md#reserved-words). */
export const RESERVED: ReadonlySet<string> = new Set([
  "v1",
  ...ROUTES.flatMap(({ path }) => /^P\/([^/]+)/.exec(path)?.[1] ?? []),
]);
