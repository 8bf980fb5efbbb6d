import type { Settings } from "../config/settings.ts";
import type { AnswerContext, Dialect } from "../dialects/dialect.ts";
import { countInput } from "../ask/count_input.ts";
import type { UnreadableEvent } from "../answer/unreadable.ts";
import type { Log } from "../log.ts";
import { Problem } from "../problem.ts";
import type { ResponsesObject } from "../wire/responses.ts";
import type { BodyGate } from "./body_gate.ts";
import type { CacheDoctor } from "../conversations/cache_doctor.ts";
import { conversationId } from "../ask/cache_key.ts";
import { compactResponse } from "./endpoints/compact.ts";
import { countTokensResponse } from "./endpoints/count_tokens.ts";
import type { Backgrounds } from "../conversations/background.ts";
import type { Memory, Turn } from "../conversations/memory.ts";
import { ownerOf } from "../conversations/owner.ts";
import type { RequestNote } from "./note.ts";
import { isNative, passOn } from "./pass_on.ts";
import { pickDialect } from "./pick_dialect.ts";
import { readBody, type RequestBody } from "./read_body.ts";
import { replyStream, replyWhole } from "./reply.ts";
import type { Route } from "./routes.ts";
import { sessionIdFromHeaders, sessionIdToHeader } from "./session_id.ts";
import { composeAsk } from "../ask/compose.ts";
import type { Draft } from "../ask/draft.ts";
import { headerParts, type SettledModel, settleModel, type SettleParts } from "./settle.ts";
import type { Upstream } from "../upstream/client.ts";

/** What an exchange needs from outside. Settings and catalogue are asked for each time: both change while running. */
export interface ExchangeParts extends SettleParts {
  readonly upstream: Upstream;
  readonly memory: Memory;
  readonly backgrounds: Backgrounds;
  readonly cacheDoctor: CacheDoctor;
  readonly bodyGate: BodyGate;
  /** keeps `limits.reserve_percent` of the plan back. @throws Problem rate_limited */
  readonly checkReserve: (reservePercent: number) => void;
  /** told of each event of the backend that the public API does not know */
  readonly onUnknownEvent: (type: string) => void;
  readonly onUnreadableEvent: (event: UnreadableEvent, note: RequestNote) => void;
  /** takes the secrets out of the text of a failure */
  readonly hide: (text: string) => string;
  readonly nowMs: () => number;
  /** a clock that only goes forward, the one of the notes */
  readonly monotonicMs: () => number;
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
    const body = await readBody(request, settings["server.body_limit_mb"] * 1024 * 1024, {
      gate: parts.bodyGate,
      work: note.work,
    });
    return await exchangeBody(request, body, route, note);
  }

  /** A request whose body has been read. */
  async function exchangeBody(
    request: Request,
    body: RequestBody,
    route: Route,
    note: RequestNote,
  ): Promise<Response> {
    const settings = parts.settings();
    const owner = ownerOf(settings["server.api_key"]);
    if (route.endpoint.kind === "compact") {
      return await compactResponse(parts.memory.base, owner, body.json, async (json) => {
        const bytes = new TextEncoder().encode(JSON.stringify(json));
        const responses = { ...route, endpoint: { kind: "responses" as const } };
        return await (await exchangeBody(request, { bytes, encoding: undefined, json }, responses, note))
          .json();
      });
    }
    if (isNative(request.headers, route, body.json)) return await passOn(parts, request, body, note);

    const dialect = pickDialect(route, body.json);
    const draft = dialect.readRequest(body.json, {
      unsupportedParams: settings["codex.unsupported_params"],
      reasoningOutput: settings["codex.reasoning_output"],
    });
    const sessionId = route.sessionId ?? sessionIdFromHeaders(request.headers);
    const model = settleModel(parts, draft, dialect, note);
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
      await turn.end();
      throw error;
    }
  }

  /** A turn that has begun: from the conversation to the answer. */
  async function answerTurn(begun: BegunTurn): Promise<Response> {
    const { request, settings, dialect, draft, model, turn, note } = begun;
    const ask = composeAsk({
      ...begun,
      prompt: parts.prompt(model.model),
      unwanted: parts.unwanted(model.slug),
      onLeftOut: (type) =>
        parts.log("warn", "left out of the conversation: nothing of this type is sent", {
          id: note.id,
          type,
        }),
    });
    // What runs in the background runs on when its client has left.
    const { background } = draft.memory;
    const signal = background ? new AbortController().signal : request.signal;
    logBody("request", settings, ask, note);
    const answer = await parts.upstream.send({
      body: { ask },
      headers: headerParts(parts, request, model.model, {
        conversationId: conversationId(ask.prompt_cache_key ?? note.id),
        lite: ask.reasoning?.context === "all_turns",
      }),
      signal,
    });
    if (!answer.ok) throw answer.problem;

    note.firstByteMs = parts.monotonicMs() - note.startedMs;
    note.lane = draft.stream ? (dialect.name === "responses" ? "filtered" : "translated") : "aggregated";
    const context: AnswerContext = {
      id: parts.newId(),
      created: Math.floor(parts.nowMs() / 1000),
      model: draft.model ?? model.slug,
      want: draft.want,
      nowMs: parts.nowMs,
      inputTokens: () => countInput(ask),
      eventLimitBytes: settings["limits.event_limit_mb"] * 1024 * 1024,
      onUnknownEvent: parts.onUnknownEvent,
      onUnreadableEvent: (event) => parts.onUnreadableEvent(event, note),
    };
    const reply = {
      dialect,
      context,
      upstream: answer.response,
      cancel: answer.cancel,
      headers: () => {
        const warning = turn.warning();
        return {
          ...(turn.sessionId === undefined ? {} : { "x-session-id": sessionIdToHeader(turn.sessionId) }),
          "x-ccproxy-model": model.slug,
          ...(draft.ignored.length === 0 ? {} : { "x-ccproxy-ignored-params": headerList(draft.ignored) }),
          ...(warning === undefined ? {} : { "x-ccproxy-warning": warning }),
        };
      },
      limits: {
        keepaliveMs: settings["limits.keepalive_seconds"] * 1000,
        idleTimeoutMs: settings["limits.idle_timeout_seconds"] * 1000,
        answerLimitBytes: settings["limits.answer_limit_mb"] * 1024 * 1024,
      },
      signal,
      hide: parts.hide,
      note,
      onEnd: async (whole: ResponsesObject | undefined) => {
        if (whole !== undefined) logBody("answer", settings, whole.output, note);
        const cacheKey = ask.prompt_cache_key ?? "";
        await turn.end(whole === undefined ? undefined : { answer: whole, cacheKey });
        const client = request.headers.get("user-agent");
        const seen = { owner: begun.owner, client, session: turn.sessionId, ask, usage: note.usage };
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

  /** `codex.verbose_logging`: bodies in the log, cut; never headers, so never a token. */
  function logBody(what: string, settings: Settings, value: unknown, note: RequestNote): void {
    if (!settings["codex.verbose_logging"]) return;
    parts.log("info", what, { id: note.id, body: JSON.stringify(value).slice(0, VERBOSE_LIMIT) });
  }
}

/** Characters of a body that verbose logging shows. */
const VERBOSE_LIMIT = 4000;

/** Everything that is settled when a turn begins. */
interface BegunTurn {
  readonly request: Request;
  readonly draft: Draft;
  readonly model: SettledModel;
  readonly sessionId: string | undefined;
  readonly settings: Settings;
  readonly owner: string;
  readonly dialect: Dialect;
  readonly turn: Turn;
  readonly note: RequestNote;
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
