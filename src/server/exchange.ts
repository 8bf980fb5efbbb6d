import { Problem } from "../problem.ts";
import type { Log } from "../log.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Ask, ResponsesObject } from "../wire/responses.ts";
import type { Settings } from "../config/settings.ts";
import { conversationId } from "../ask/cache_key.ts";
import { composeAsk } from "../ask/compose.ts";
import { countInput } from "../ask/count_input.ts";
import type { Draft } from "../ask/draft.ts";
import { editContext, type Edited } from "../ask/edit_context.ts";
import { fitsLite, isLiteWanted } from "../ask/lite.ts";
import type { UnreadableEvent } from "../answer/unreadable.ts";
import type { AnswerContext, Compacted } from "../dialects/dialect.ts";
import { RESPONSES } from "../dialects/responses/dialect.ts";
import type { Backgrounds } from "../conversations/background.ts";
import type { CacheDoctor } from "../conversations/cache_doctor.ts";
import type { Healing } from "../conversations/heal_items.ts";
import type { Memory, Turn } from "../conversations/memory.ts";
import { openThread } from "../conversations/threads.ts";
import type { Upstream } from "../upstream/client.ts";
import type { UsageSource } from "../upstream/usage.ts";
import { contextOf } from "./answer_context.ts";
import { headersOf } from "./answer_headers.ts";
import { beginOnly } from "./begin_only.ts";
import type { BodyGate } from "./body_gate.ts";
import type { Call } from "./call.ts";
import { endOnce } from "./end_once.ts";
import { heldBodyOf } from "./endpoint.ts";
import { examineCache } from "./examine_cache.ts";
import type { KeyRing } from "./keys/key_ring.ts";
import { logBody, logLeftOut } from "./log_body.ts";
import type { RequestNote } from "./note.ts";
import { noteSending } from "./note_sending.ts";
import { passNative } from "./pass_message.ts";
import { isNative } from "./pass_on.ts";
import type { RequestBody } from "./read_body.ts";
import { readDraft } from "./read_draft.ts";
import { answerWhole, type Reply, replyStream, replyWhole } from "./reply.ts";
import type { DirectRoute, ModelRoute } from "./routes.ts";
import { sendCompacted } from "./send_compacted.ts";
import { answerDirect } from "./send_direct.ts";
import { onlyRoutes, sessionIdFromHeaders } from "./session_id.ts";
import { askParts, sendingParts, type SettledModel, settleModel, type SettleParts } from "./settle.ts";
import { countUse } from "./usage/count_use.ts";
import { withFiles } from "./with_files.ts";

/** What an exchange needs from outside. The catalogue is asked for each time: it changes while running. */
export interface ExchangeParts extends SettleParts {
  readonly upstream: Upstream;
  readonly memory: Memory;
  readonly backgrounds: Backgrounds;
  readonly cacheDoctor: CacheDoctor;
  readonly bodyGate: BodyGate;
  /** The model as the answer names it, from the name that was asked for and the one at the backend. */
  readonly nameModel: (asked: string | undefined, slug: string) => string;
  /** the plan's limits: what is kept back of them, and what an answer says of those that are almost used up */
  readonly usage: Pick<UsageSource, "checkReserve" | "warning">;
  /** counts what the answer to a named key has used */
  readonly spend: KeyRing["spend"];
  /** `serve --record`: answers, and writes what came and went as a golden case */
  readonly record?:
    | ((call: Call, body: JsonObject, answer: () => Promise<Response>) => Promise<Response>)
    | undefined;
  /** hears of each event of the backend that the public API does not know */
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

/**
 * Answers one request to a model route, or to a direct one.
 *
 * @param read the body, where it did not come with the request: a message of a WebSocket
 * @throws Problem
 */
export type Exchange = (
  call: Call,
  route: ModelRoute | DirectRoute,
  read?: RequestBody,
) => Promise<Response>;

/** What answers a model route, once the body has been read. @throws Problem */
export type ModelEndpoint = (turns: Turns, call: Call, body: RequestBody) => Promise<Response>;

/** What a model route can be answered with. Each throws Problems. */
export interface Turns {
  readonly memory: Memory;
  /** The answer of the model, as the request asks for it: streamed, whole, in the background. */
  answer(call: Call, body: RequestBody): Promise<Response>;
  /** The whole response to a Responses body that ccproxy made itself. */
  answerWhole(call: Call, body: JsonObject): Promise<JsonObject>;
  /** A response without an answer, and without asking: the beginning of a conversation (websocket.md#ws-protocol). */
  begin(call: Call, body: JsonObject): Promise<JsonObject>;
  /** What would be asked, without asking: the draft, and ccproxy's own prompt that would go with it ("" for none). */
  preview(call: Call, body: JsonObject): Promise<{ readonly draft: Draft; readonly prompt: string }>;
}

/**
 * The whole life of a request to a model, top to bottom.
 *
 * A Codex client's body is passed on as it came and its answer comes back untouched (behaviour.md#two-callers).
 * Everybody else's body is read into a draft, the draft becomes an ask, the ask is sent once, and the answer takes one
 * of the lanes of reply.ts.
 */
export function createExchange(parts: ExchangeParts): Exchange {
  const turns: Turns = {
    memory: parts.memory,
    async answer(call, body) {
      if (isNative(call, body.json)) return await passNative(parts, call, body);
      return await takeTurn(call, body.json, async (reply, { draft, turn }) => {
        if (!draft.memory.background) return await (draft.stream ? replyStream(reply) : replyWhole(reply));
        return await parts.backgrounds.start({
          owner: call.caller.owner,
          limit: call.caller.limits.concurrentRequests,
          answer: await replyStream(reply),
          turn,
          stream: draft.stream,
        });
      });
    },
    answerWhole: (call, body) =>
      takeTurn({ ...call, dialect: RESPONSES }, body, (reply) => answerWhole(reply)),
    begin: async (call, body) => await beginOnly(parts, call, await beginTurn(call, body)),
    async preview(call, body) {
      const draft = readDraft(call, await withFiles(parts, call, body), true);
      const { model } = settleModel(parts, call, draft);
      const isInjected = call.settings["codex.system_prompt_injection_mode"] !== "disabled";
      return { draft, prompt: isInjected ? parts.prompt(model, call.settings) : "" };
    },
  };

  return async (call, route, read) => {
    const { settings, caller } = call;
    if (!settings["codex.enabled"]) throw new Problem("provider_disabled");
    parts.usage.checkReserve(caller.limits.reserve);
    if ("direct" in route) return await answerDirect(parts, call, route);
    const body = read ?? await heldBodyOf(parts, call);
    const dialect = route.dialectOf?.(body.json) ?? call.dialect;
    const thread = await openThread(parts.memory.archive, caller.owner, dialect.threads, body.json);
    const spoken = { ...call, dialect, thread };
    const whole = thread === undefined ? body : { ...body, json: thread.body };
    const answer = () => route.model(turns, spoken, whole);
    if (route.isRecorded !== true || parts.record === undefined) return await answer();
    return await parts.record(spoken, whole.json, answer);
  };

  /** A turn from its body to its answer, which `deliver` hands over. */
  async function takeTurn<T>(
    call: Call,
    body: JsonObject,
    deliver: (reply: Reply, begun: BegunTurn) => Promise<T>,
  ): Promise<T> {
    const begun = await beginTurn(call, body);
    let reply: Reply | undefined;
    try {
      reply = endOnce(await sendCompacted(parts, call, begun, sendOnce));
      return await deliver(reply, begun);
    } catch (error) {
      await reply?.onEnd(undefined);
      await begun.turn.end();
      throw error;
    }
  }

  async function beginTurn(call: Call, body: JsonObject): Promise<BegunTurn> {
    const { settings, caller, dialect, request } = call;
    const draft = readDraft(call, await withFiles(parts, call, body));
    const { session } = call.params;
    const sessionId = session ?? sessionIdFromHeaders(request.headers);
    const model = settleModel(parts, call, draft);
    const turn = await parts.memory.begin({
      requestId: call.note.id,
      owner: caller.owner,
      settings,
      storesResponse: dialect.storesResponses,
      draft,
      sessionId: onlyRoutes(request.headers) ? session : sessionId,
      model: model.slug,
      signal: request.signal,
      recent: call.recent,
    });
    const { clientInstructions: instructions, tools, edits = [] } = draft;
    const edited = editContext({ ...turn, instructions, tools }, edits);
    return { settings, draft, model, sessionId, turn, edited };
  }

  /** Sends a turn that has begun; what comes back is on its way to the client. */
  async function sendOnce(call: Call, begun: BegunTurn, compacted?: Compacted): Promise<Reply> {
    const { request, settings, dialect, note } = call;
    const { draft, model, turn, edited } = begun;
    const inShape = (lite: boolean) =>
      composeAsk({
        ...begun,
        turn: { ...edited, cacheKey: turn.cacheKey },
        lite,
        prompt: parts.prompt(model.model, settings),
        unwanted: parts.unwanted(model.slug),
        onLeftOut: (type) => logLeftOut(parts, note, type),
      });
    let lite = isLiteWanted(settings["codex.lite"], await parts.standardRefused(model.slug), draft.tools);
    const { ask, own } = inShape(lite);
    const mayTryLite = !lite && mayBeLite(begun);
    // What runs in the background runs on when its client has left.
    const signal = draft.memory.background ? new AbortController().signal : request.signal;
    const healings: Healing[] = [];
    logBody(parts, "request", call, ask);
    const answer = await parts.upstream.ask({
      ...sendingParts(parts, call, model.model, {
        conversationId: conversationId(ask.prompt_cache_key ?? note.id),
        lite,
      }),
      ...askParts(settings),
      ownItems: own,
      onHealed: (before, after) => void healings.push({ before, after }),
      lite: mayTryLite ? () => inShape(lite = true).ask : undefined,
      onWay: noteSending(call, draft.input, parts.monotonicMs),
      signal,
    }, ask);
    if (!answer.ok) throw answer.problem;

    note.firstByteMs = parts.monotonicMs() - note.startedMs;
    note.lane = draft.stream ? dialect.streamLane : "aggregated";
    const context = {
      ...contextOf(parts, call, begun, { ask, onBackendEvent: answer.onBackendEvent }),
      compacted,
    };
    return {
      dialect,
      context,
      source: answer.source,
      upstreamHeaders: answer.headers,
      headers: () => headersOf(begun, note, lite, parts.usage.warning(settings["limits.warn_percent"])),
      limits: {
        keepaliveMs: settings["limits.keepalive_seconds"] * 1000,
        idleTimeoutMs: settings["limits.idle_timeout_seconds"] * 1000,
      },
      signal,
      hide: parts.hide,
      note,
      onEnd: (whole) => end(call, { turn, ask, context, healings }, whole),
    };
  }

  /** The end of an answer, whole when it ended well: it is remembered before its last bytes are sent. */
  async function end(
    call: Call,
    { turn, ask, context, healings }: Sent,
    whole: ResponsesObject | undefined,
  ): Promise<void> {
    const { note } = call;
    note.backendDoneMs = parts.monotonicMs() - note.startedMs;
    countUse(parts, call, note.usage, () => countInput(ask));
    note.responseId = whole?.id;
    if (whole === undefined) await turn.end();
    else {
      logBody(parts, "answer", call, whole.output);
      const thread = call.thread?.changes(call.dialect.writeAnswer(whole, context));
      await turn.end({ answer: whole, cacheKey: ask.prompt_cache_key ?? "", healings, thread });
    }
    examineCache(parts, call, ask, turn.sessionId);
  }
}

function mayBeLite({ settings, model, draft }: BegunTurn): boolean {
  return settings["codex.lite"] === "auto" && model.model?.lite === true && fitsLite(draft.tools);
}

/** A turn that was sent. */
interface Sent {
  readonly turn: Turn;
  readonly ask: Ask;
  readonly context: AnswerContext;
  readonly healings: readonly Healing[];
}

/** Everything that is settled when a turn begins. */
export interface BegunTurn {
  readonly settings: Settings;
  readonly draft: Draft;
  readonly model: SettledModel;
  readonly sessionId: string | undefined;
  readonly turn: Turn;
  /** the conversation as it is sent, edits done */
  readonly edited: Edited;
}
