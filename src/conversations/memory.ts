import { errorText } from "../error_text.ts";
import type { Settings } from "../config/settings.ts";
import type { Draft } from "../ask/draft.ts";
import type { Log } from "../log.ts";
import type { Change, Store } from "../store/store.ts";
import type { InputItem, ResponsesObject } from "../wire/responses.ts";
import { Problem } from "../problem.ts";
import { storeCause, tooLargeAmong } from "../store/store_problem.ts";
import { resolveReferences } from "./item_references.ts";
import type { Archive } from "./archive.ts";
import { type History, NO_LINKS, type TurnEnd, type TurnFacts } from "./history.ts";
import { type Healing, healItems } from "./heal_items.ts";
import { withIds } from "./item_ids.ts";
import type { MemoryHealth } from "./memory_health.ts";
import { accountMark } from "./owner.ts";
import { attachReasoning, saveReasoning } from "./kept_reasoning.ts";
import { type ItemOrigin, storedOutput, toBackendInput } from "./stored_items.ts";
import { openNamedSession, openOwnSession } from "./sessions.ts";
import { checkOutputs, type RecentResponses, toRecentItem } from "./recent_responses.ts";
import { openConversation } from "./stored_conversations.ts";
import { openPrevious, saveResponse } from "./stored_responses.ts";
import { warningOf } from "./turn_warning.ts";
import { createTurnLocks } from "./turn_locks.ts";
import { createUnnamedBound } from "./unnamed.ts";
import { createWriteQueue } from "./write_queue.ts";

/** What {@linkcode createMemory} needs. */
export interface MemoryParts {
  /** its calls tell `health` how they went */
  readonly store: Store;
  readonly health: MemoryHealth;
  readonly settings: () => Settings;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly log: Log;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** the account that requests go to; encrypted reasoning belongs to it */
  readonly accountId: () => Promise<string | undefined>;
}

/** A request as the memory sees it. */
export interface TurnRequest {
  /** id of the request, for the log */
  readonly requestId: string;
  readonly owner: string;
  /** as they were when the request came */
  readonly settings: Settings;
  /** the client may ask for the answer by its id afterwards */
  readonly storesResponse: boolean;
  readonly draft: Draft;
  /** the session that path or header names */
  readonly sessionId: string | undefined;
  /** the model's name at the backend */
  readonly model: string;
  readonly signal: AbortSignal;
  /** what the client's connection remembers by itself; undefined for none */
  readonly recent?: RecentResponses | undefined;
}

/** A turn that ended well. */
export interface DoneTurn {
  readonly answer: ResponsesObject;
  readonly cacheKey: string;
  /** what of the conversation the backend refused, and what was sent instead */
  readonly healings?: readonly Healing[] | undefined;
  /** what its thread keeps of it, written together with everything else */
  readonly thread?: readonly Change[] | undefined;
}

/** A turn that has begun. {@linkcode Turn.end} has to be called, however it ends. */
export interface Turn {
  /** the whole conversation */
  readonly input: readonly InputItem[];
  /** how many items in front of it are remembered, and not in what the client sent */
  readonly earlier: number;
  /** the cache key the conversation began with; undefined for a new one */
  readonly cacheKey: string | undefined;
  /** the session it belongs to; undefined for none */
  readonly sessionId: string | undefined;
  /** what of this conversation is not remembered, or may not be, as far as it is known now: `x-ccproxy-warning` */
  warning(): string | undefined;
  /** Keeps a response that has not ended well, or not yet: one that runs in the background. */
  save(response: ResponsesObject): Promise<void>;
  /**
   * Called when the turn is over; with the answer when it ended well.
   *
   * @returns settles when it is remembered, or cannot be: the client may have the end of its answer then. Never rejects
   */
  end(done?: DoneTurn): Promise<void>;
}

/** The memory of the program: sessions, stored responses, conversations, reasoning. */
export interface Memory {
  readonly archive: Archive;
  /** @throws Problem for a session, response, conversation or item that is not there, or cannot be reached */
  begin(request: TurnRequest): Promise<Turn>;
  /** Settles when everything that has ended is written. */
  settled(): Promise<void>;
}

/** Puts the memory together over a store. */
export function createMemory(parts: MemoryParts): Memory {
  const { store, health } = parts;
  const shared: Archive = {
    store,
    queue: createWriteQueue(store),
    locks: createTurnLocks(store, parts.sleep),
    settings: parts.settings,
    nowMs: parts.nowMs,
    newId: parts.newId,
    log: parts.log,
  };

  /** turns whose end is being written */
  const ending = new Set<Promise<void>>();

  const boundUnnamed = createUnnamedBound(store, parts.settings, parts.log);

  async function begin(request: TurnRequest): Promise<Turn> {
    const { draft, owner, settings } = request;
    const archive = { ...shared, settings: () => settings };
    const { names } = draft.want;
    checkWish(draft);
    const origin: ItemOrigin = { model: request.model, account: accountMark(await parts.accountId()) };
    const resolved = await resolveReferences(archive, owner, draft.input, origin, names);
    const { previousResponseId } = draft.memory;
    const recent = previousResponseId === undefined ? undefined : request.recent?.find(previousResponseId);
    // As if the client had sent the whole conversation, since nothing of it is in the store.
    const before = recent === undefined ? [] : toBackendInput(recent.items, origin, names);
    if (recent !== undefined) checkOutputs(before, resolved);
    const sent = withIds([...before, ...resolved], parts.newId);
    const stored = draft.memory.store !== false;
    // Of a client that has nothing stored, nothing is kept that could be missing in what it sends.
    const attach = (items: readonly InputItem[]) =>
      stored ? attachReasoning(shared, owner, items, origin) : items;
    const turn: TurnFacts = { owner, sent, attach, names, origin, signal: request.signal };
    const { history, sessionId, failure } = await open(archive, request, turn, recent !== undefined);
    const whose = nameOf(owner, draft.memory.conversation ?? sessionId);
    const isKept = stored || history !== undefined;
    const earlier = isKept && whose !== undefined ? health.tellForgotten(whose) : undefined;
    // Said before a stream begins, which has no header for it afterwards.
    let forgotten: unknown = failure ?? (isKept ? tooLargeAmong(sent) : undefined);
    const links = history?.links ?? NO_LINKS;
    const toEnd = (
      answer: ResponsesObject,
      { cacheKey, healings = [] }: Omit<DoneTurn, "answer">,
    ): TurnEnd => ({
      answer,
      healings,
      output: storedOutput(withIds(answer.output, parts.newId), origin, names),
      cacheKey,
    });
    let over = false;
    let isSaved = false;
    return {
      input: history?.input ?? sent,
      earlier: history?.earlier ?? before.length,
      cacheKey: history?.cacheKey ?? recent?.cacheKey,
      sessionId,
      warning: () => isKept ? warningOf(health, { over, forgotten, earlier }) : undefined,
      async save(response) {
        // The end may be faster than what is written at the beginning.
        if (!isSaved) {
          await archive.queue.add(saveResponse(archive, turn, links, toEnd(response, { cacheKey: "" })));
        }
      },
      end: (done) => tracked(ending, finish(done)),
    };

    async function finish(done: DoneTurn | undefined): Promise<void> {
      if (over) return;
      over = true;
      try {
        if (done === undefined) return;
        isSaved = true;
        const ended = toEnd(done.answer, done);
        if (!stored) {
          const said = (history?.input ?? sent).map((item) => toRecentItem(item, origin));
          request.recent?.keep(done.answer.id, {
            items: [...healItems(said, ended.healings, origin, names), ...ended.output],
            cacheKey: done.cacheKey,
          });
        }
        const changes = [...changesOf(ended), ...done.thread ?? []];
        if (changes.length > 0) await archive.queue.add(changes);
        tracked(ending, boundUnnamed());
      } catch (error) {
        // The answer has been given: only the memory of it is lost, and the session goes on.
        forgotten = error;
        notRemembered(request.requestId, error, whose);
      } finally {
        history?.release();
      }
    }

    function changesOf(end: TurnEnd): Change[] {
      const { output } = end;
      const changes: Change[] = output.length === 0 ? [] : [...history?.changes(end) ?? []];
      if (stored && request.storesResponse) changes.push(...saveResponse(archive, turn, links, end));
      if (stored) changes.push(...saveReasoning(archive, owner, origin, history?.input ?? sent, output));
      return changes;
    }
  }

  /** The conversation the turn belongs to; none for one that is not to be remembered. */
  async function open(
    archive: Archive,
    request: TurnRequest,
    turn: TurnFacts,
    isRecent: boolean,
  ): Promise<Opened> {
    const { memory } = request.draft;
    // A session id next to these only serves for caching and routing (behaviour.md#session-id-for-routing).
    const { sessionId } = request;
    if (memory.previousResponseId !== undefined && !isRecent) {
      return opened(await openPrevious(archive, memory.previousResponseId, turn), sessionId);
    }
    if (memory.conversation !== undefined) {
      return opened(await openConversation(archive, memory.conversation, turn), sessionId);
    }
    if (memory.store === false) return opened(undefined, sessionId);
    if (sessionId !== undefined) return opened(await openNamedSession(archive, sessionId, turn), sessionId);
    try {
      const session = await openOwnSession(archive, turn);
      return opened(session, session.id);
    } catch (error) {
      // Nobody asked for this session: without a store the request goes on without one.
      if (!(error instanceof Problem) || storeCause(error) === undefined) throw error;
      notRemembered(request.requestId, error, undefined);
      return { history: undefined, sessionId: undefined, failure: error };
    }
  }

  function notRemembered(requestId: string, error: unknown, whose: string | undefined): void {
    health.forgot(error, whose);
    const reason = errorText(error);
    parts.log("error", "turn not remembered", { id: requestId, error: reason });
  }

  return { archive: shared, begin, settled };

  async function settled(): Promise<void> {
    await Promise.all(ending);
    await shared.queue.settled();
    await shared.locks.settled();
  }
}

/** The conversation of a turn; with the failure when it goes on without one. */
interface Opened {
  readonly history: History | undefined;
  readonly sessionId: string | undefined;
  readonly failure: unknown;
}

function opened(history: History | undefined, sessionId: string | undefined): Opened {
  return { history, sessionId, failure: undefined };
}

/** Work that is waited for before the program ends. */
function tracked(running: Set<Promise<void>>, work: Promise<void>): Promise<void> {
  running.add(work);
  return work.finally(() => running.delete(work));
}

/** By which a conversation is told that a turn of it is not remembered. */
function nameOf(owner: string, id: string | undefined): string | undefined {
  return id === undefined ? undefined : `${owner}\n${id}`;
}

function checkWish({ memory }: Draft): void {
  if (memory.previousResponseId !== undefined && memory.conversation !== undefined) {
    throw new Problem(
      "bad_request",
      '"previous_response_id" and "conversation" must not be used together: found both',
      { param: "conversation" },
    );
  }
  if (memory.background && memory.store === false) {
    throw new Problem("bad_request", '"background" must not be used with "store": false', {
      param: "background",
    });
  }
}
