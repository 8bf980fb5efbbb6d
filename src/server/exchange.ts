import type { Settings } from "../config/settings.ts";
import { CHAT } from "../dialects/chat/dialect.ts";
import type { AnswerContext, Dialect } from "../dialects/dialect.ts";
import type { Draft } from "../dialects/draft.ts";
import { composeAsk, fitCacheKey, isLiteWanted } from "../dialects/responses/compose.ts";
import { COMPLETIONS } from "../dialects/completions/dialect.ts";
import { MESSAGES } from "../dialects/messages/dialect.ts";
import { countInput } from "../dialects/responses/count_input.ts";
import { RESPONSES } from "../dialects/responses/dialect.ts";
import type { Log } from "../log.ts";
import type { Catalogue, Model } from "../models/catalogue.ts";
import { mapEffort, resolveModel } from "../models/resolve.ts";
import { Problem } from "../problem.ts";
import type { Answer, Sending, Upstream } from "../upstream/client.ts";
import { isCodexClient } from "../upstream/client_identity.ts";
import { type ClientIdentity, saysLite, toClientHeaders } from "../upstream/headers.ts";
import { withoutParameters } from "../upstream/retry.ts";
import { isRecord, type JsonObject, textAt } from "../wire/json.ts";
import type { Ask, ResponsesObject } from "../wire/responses.ts";
import type { CacheDoctor } from "./cache_doctor.ts";
import { conversationId, promptCacheKey } from "./cache_key.ts";
import { compactResponse } from "./endpoints/compact.ts";
import { countTokensResponse } from "./endpoints/count_tokens.ts";
import type { Backgrounds } from "./memory/background.ts";
import type { Memory, Turn } from "./memory/memory.ts";
import { ownerOf } from "./memory/owner.ts";
import type { RequestNote } from "./note.ts";
import { readBody, type RequestBody } from "./read_body.ts";
import { replyOpaque, replyStream, replyWhole } from "./reply.ts";
import { type Route, sessionIdFromHeaders } from "./routes.ts";

/** What an exchange needs from outside. Settings and catalogue are asked for each time: both change while running. */
export interface ExchangeParts {
  readonly settings: () => Settings;
  readonly catalogue: () => Catalogue;
  /** the instruction prompt for a model, from `codex.instructions` */
  readonly prompt: (model: Model | undefined) => string;
  /** who the proxy is at the backend; a caller's own newer version counts */
  readonly identity: (client: Headers, model: Model | undefined) => ClientIdentity;
  readonly upstream: Upstream;
  readonly memory: Memory;
  readonly backgrounds: Backgrounds;
  readonly cacheDoctor: CacheDoctor;
  /** keeps `limits.reserve_percent` of the plan back. @throws Problem rate_limited */
  readonly checkReserve: (reservePercent: number) => void;
  /** parameters the backend refused lately for a model */
  readonly unwanted: (model: string) => readonly string[];
  readonly nowMs: () => number;
  /** a new unique id, without prefix */
  readonly newId: () => string;
  readonly log: Log;
}

/** Answers one request to a model route. @throws Problem */
export type Exchange = (request: Request, route: Route, note: RequestNote) => Promise<Response>;

/**
 * The whole life of a request to a model, top to bottom.
 *
 * A Codex client's body is passed on as it came and its answer comes back untouched (product.md 3). Everybody else's
 * body is read into a draft, the draft becomes an ask, the ask is sent once, and the answer takes one of the lanes
 * of reply.ts.
 */
export function createExchange(parts: ExchangeParts): Exchange {
  return exchange;

  async function exchange(request: Request, route: Route, note: RequestNote): Promise<Response> {
    const settings = parts.settings();
    if (!settings["codex.enabled"]) throw new Problem("provider_disabled");
    parts.checkReserve(settings["limits.reserve_percent"]);
    const body = await readBody(request, settings["server.body_limit_mb"] * 1024 * 1024);
    const owner = ownerOf(settings["server.api_key"]);
    if (route.endpoint.kind === "compact") {
      return await compactResponse(parts.memory.base, owner, body.json, async (json) => {
        const responses = { ...route, endpoint: { kind: "responses" as const } };
        return await (await exchange(withBody(request, json), responses, note)).json();
      });
    }
    if (isNative(request.headers, route, body.json)) return await passOn(request, body, note);

    const dialect = pickDialect(route, body.json);
    const draft = dialect.readRequest(body.json, {
      unsupportedParams: settings["codex.unsupported_params"],
      reasoningOutput: settings["codex.reasoning_output"],
    });
    const sessionId = route.sessionId ?? sessionIdFromHeaders(request.headers);
    const model = settleModel(draft, dialect, note);
    if (route.endpoint.kind === "count_tokens") {
      const isInjected = settings["codex.system_prompt_injection_mode"] !== "disabled";
      return countTokensResponse(draft, isInjected ? parts.prompt(model.model) : "");
    }
    const turn = await parts.memory.begin({
      requestId: note.id,
      owner,
      dialect: dialect.name,
      draft,
      sessionId,
      model: model.slug,
      signal: request.signal,
    });
    try {
      return await answerTurn({ request, settings, owner, dialect, draft, model, sessionId, turn, note });
    } catch (error) {
      turn.end();
      throw error;
    }
  }

  /** A turn that has begun: from the conversation to the answer. */
  async function answerTurn(begun: BegunTurn): Promise<Response> {
    const { request, settings, dialect, draft, model, turn, note } = begun;
    const ask = settleAsk(begun);
    // What runs in the background runs on when its client has left.
    const { background } = draft.memory;
    const signal = background ? new AbortController().signal : request.signal;
    logBody("request", settings, ask, note);
    const answer = await parts.upstream.send({
      body: { ask },
      headers: headerParts(request, model.model, {
        conversationId: conversationId(ask.prompt_cache_key ?? note.id),
        lite: ask.reasoning?.context === "all_turns",
      }),
      signal,
    });
    if (!answer.ok) throw answer.problem;

    note.firstByteMs = parts.nowMs() - note.startedMs;
    note.lane = draft.stream ? (dialect.name === "responses" ? "filtered" : "translated") : "aggregated";
    const context: AnswerContext = {
      id: parts.newId(),
      created: Math.floor(parts.nowMs() / 1000),
      model: draft.model ?? model.slug,
      want: draft.want,
      nowMs: parts.nowMs,
      inputTokens: () => countInput(ask),
    };
    const reply = {
      dialect,
      context,
      upstream: answer.response,
      cancel: answer.cancel,
      headers: {
        ...turn.headers,
        "x-ccproxy-model": model.slug,
        ...(draft.ignored.length === 0 ? {} : { "x-ccproxy-ignored-params": headerList(draft.ignored) }),
      },
      limits: {
        keepaliveMs: settings["limits.keepalive_seconds"] * 1000,
        idleTimeoutMs: settings["limits.idle_timeout_seconds"] * 1000,
      },
      signal,
      note,
      onEnd: (whole: ResponsesObject | undefined) => {
        if (whole !== undefined) logBody("answer", settings, whole.output, note);
        turn.end(whole === undefined ? undefined : { answer: whole, cacheKey: ask.prompt_cache_key ?? "" });
        const session = turn.headers["x-session-id"];
        const client = request.headers.get("user-agent");
        const seen = { owner: begun.owner, client, session, ask, usage: note.usage };
        // A long conversation takes milliseconds to look at: not before the last bytes have left.
        setTimeout(() => parts.cacheDoctor.note(seen), 0);
      },
    };
    if (background) {
      const streamed = await replyStream(reply);
      return await parts.backgrounds.start({
        owner: begun.owner,
        answer: streamed,
        turn,
        stream: draft.stream,
      });
    }
    return draft.stream ? await replyStream(reply) : await replyWhole(reply);
  }

  /** A Codex client: the same bytes up, the same body object down, errors in the backend's own words. */
  async function passOn(request: Request, body: RequestBody, note: RequestNote): Promise<Response> {
    note.lane = "opaque";
    const asked = textAt(body.json, "model");
    note.modelAsked = asked?.slice(0, NOTED_LENGTH);
    note.modelUsed = note.modelAsked;
    const model = parts.catalogue().models.find(({ slug }) => slug === asked);
    const key = body.json["prompt_cache_key"];
    const answer = await parts.upstream.send({
      body: { bytes: body.bytes },
      headers: {
        ...headerParts(request, model, {
          conversationId: conversationId(typeof key === "string" ? key : note.id),
          lite: false,
        }),
        contentEncoding: body.encoding,
      },
      signal: request.signal,
    });
    note.firstByteMs = parts.nowMs() - note.startedMs;
    return answer.ok ? replyOpaque(answer.response, {}) : passRefusal(answer, note);
  }

  /** Which model the request goes to, and with what effort. @throws Problem model_not_available */
  function settleModel(draft: Draft, dialect: Dialect, note: RequestNote): SettledModel {
    const settings = parts.settings();
    note.modelAsked = draft.model?.slice(0, NOTED_LENGTH);
    const { slug, model, effort } = resolveModel(draft.model, parts.catalogue(), {
      defaultModel: settings["codex.default_model"],
      aliases: settings["codex.model_aliases"],
      furtherAliases: dialect.aliases,
    });
    note.modelUsed = slug;
    // A field of the request wins over a suffix of the model's name.
    return { slug, model, effort: mapEffort(draft.effort ?? effort, model) };
  }

  function settleAsk({ settings, draft, model, sessionId, turn }: BegunTurn): Ask {
    const key = draft.promptCacheKey ?? turn.cacheKey ?? promptCacheKey({
      asked: draft.promptCacheKey,
      sessionId,
      clientInstructions: draft.clientInstructions,
      input: draft.input,
    });
    const ask = composeAsk(draft, {
      slug: model.slug,
      effort: model.effort,
      lite: isLiteWanted(settings["codex.lite"], model.model?.lite ?? false, draft.tools),
      injection: settings["codex.system_prompt_injection_mode"],
      prompt: parts.prompt(model.model),
      input: turn.input,
      promptCacheKey: fitCacheKey(key),
    });
    return withoutParameters(ask, parts.unwanted(model.slug));
  }

  function headerParts(
    request: Request,
    model: Model | undefined,
    own: { conversationId: string; lite: boolean },
  ): Sending["headers"] {
    return {
      identity: parts.identity(request.headers, model),
      ...own,
      client: request.headers,
      clientWins: parts.settings()["codex.header_override_enabled"],
      contentEncoding: undefined,
    };
  }

  /** `codex.verbose_logging`: bodies in the log, cut; never headers, so never a token. */
  function logBody(what: string, settings: Settings, value: unknown, note: RequestNote): void {
    if (!settings["codex.verbose_logging"]) return;
    parts.log("info", what, { id: note.id, body: JSON.stringify(value).slice(0, VERBOSE_LIMIT) });
  }
}

/** Characters of a client's text that go into the log and onto the page: a model's name is shorter. */
const NOTED_LENGTH = 100;

/** Characters of a body that verbose logging shows. */
const VERBOSE_LIMIT = 4000;

/** Everything that is settled when a turn begins. */
interface BegunTurn {
  readonly request: Request;
  readonly settings: Settings;
  readonly owner: string;
  readonly dialect: Dialect;
  readonly draft: Draft;
  readonly model: SettledModel;
  readonly sessionId: string | undefined;
  readonly turn: Turn;
  readonly note: RequestNote;
}

interface SettledModel {
  /** the name at the backend */
  readonly slug: string;
  /** its catalogue entry; undefined for a model the catalogue does not have */
  readonly model: Model | undefined;
  readonly effort: string | undefined;
}

/**
 * On a responses route a body with `messages` and no `input` is the chat dialect: the guide's examples post chat
 * there and expect chat back.
 */
export function pickDialect(route: Route, body: JsonObject): Dialect {
  switch (route.endpoint.kind) {
    case "chat":
      return CHAT;
    case "messages":
    case "count_tokens":
      return MESSAGES;
    case "completions":
      return COMPLETIONS;
  }
  return body["messages"] !== undefined && body["input"] === undefined ? CHAT : RESPONSES;
}

/** The same request with another body, not compressed. */
function withBody(request: Request, json: JsonObject): Request {
  const headers = new Headers(request.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  const body = JSON.stringify(json);
  return new Request(request.url, { method: "POST", headers, body, signal: request.signal });
}

/**
 * True for a Codex client's own request: it streams, knows the vendor frames and relies on the exact error bodies.
 * Known by its originator or user agent, or by the shape of a lite body.
 */
function isNative(headers: Headers, route: Route, body: JsonObject): boolean {
  if (route.endpoint.kind !== "responses" || body["stream"] !== true || !Array.isArray(body["input"])) {
    return false;
  }
  const [first] = body["input"];
  return isCodexClient(headers) || saysLite(headers) ||
    (isRecord(first) && first["type"] === "additional_tools");
}

/** An error of the backend for a Codex client: status and body as they came; a page of HTML is never passed on. */
function passRefusal(answer: Answer & { ok: false }, note: RequestNote): Response {
  note.problem = answer.problem.code;
  const { status, headers, body } = answer.refusal;
  if (status < 400 || /^\s*</.test(body)) throw answer.problem;
  const passed = toClientHeaders(headers);
  passed.set("content-type", headers.get("content-type") ?? "application/json");
  return new Response(body, { status, headers: passed });
}

/**
 * Names for a header: parameter names are the client's text, headers take no control characters, and clients refuse
 * long lines (Python's at 64 KiB).
 */
function headerList(names: readonly string[]): string {
  const shown = names.slice(0, HEADER_NAMES).map((name) => name.replaceAll(/[^\w.-]/g, "?").slice(0, 64));
  return (names.length > HEADER_NAMES ? [...shown, "..."] : shown).join(", ");
}

/** Names in a header at most. */
const HEADER_NAMES = 50;
