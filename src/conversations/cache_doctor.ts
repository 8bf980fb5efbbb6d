import { wholePercent } from "../percent_text.ts";
import type { Log } from "../log.ts";
import { type JsonObject, textAt } from "../wire/json.ts";
import type { Ask, ResponsesUsage } from "../wire/responses.ts";
import { type AskedBefore, askedBefore, diagnoseCache, hashText } from "./cache_diagnosis.ts";

/**
 * Says how much of the input comes from the backend's prompt cache, and, when that drops, why: the cache holds the
 * beginning of a request, so whatever changed first is to blame.
 */
export interface CacheDoctor {
  /** Takes an answered request. @returns why the cache held nothing of it, or less than before; undefined otherwise */
  note(seen: SeenRequest): string | undefined;
  /** `prompt_cache_diagnostics` of an answer, compared with an earlier one of the same owner (translation.md#t137). */
  diagnose(owner: string, comparedId: string, ask: Ask, usage: ResponsesUsage | undefined): JsonObject;
  /** What was seen of this owner's conversations, the last one first. */
  report(owner: string): JsonObject[];
}

/** An answered request. */
export interface SeenRequest {
  readonly owner: string;
  /** the client's user agent */
  readonly client: string | null;
  /** session, when there is one */
  readonly session: string | undefined;
  readonly ask: Ask;
  readonly usage: ResponsesUsage | undefined;
  /** of the answer, when it was whole */
  readonly responseId: string | undefined;
}

/** Conversations that are kept in mind; what is kept of each is a number for every item. */
const CONVERSATIONS = 200;
/** Answers that later ones can be compared with. */
const COMPARED_ANSWERS = 500;
/** Smaller inputs are never cached by the backend. */
const SMALLEST_CACHED_TOKENS = 1024;
/** A share that falls by this much is worth a line. */
const DROP = 0.3;

interface Conversation {
  readonly owner: string;
  readonly client: string;
  session: string | undefined;
  turns: number;
  inputTokens: number;
  cachedTokens: number;
  lastShare: number | undefined;
  lastSeenMs: number;
  prefix: Prefix;
  drops: number;
  lastDrop: string | undefined;
}

interface Prefix {
  readonly model: string;
  readonly instructions: number;
  readonly tools: readonly (readonly [name: string, hash: number])[];
  readonly items: readonly number[];
}

/** @param nowMs for when a conversation was seen last */
export function createCacheDoctor(nowMs: () => number, log: Log): CacheDoctor {
  const conversations = new Map<string, Conversation>();
  const answers = new Map<string, AskedBefore>();

  return {
    diagnose: (owner, comparedId, ask, usage) =>
      diagnoseCache(answers.get(`${owner}\n${comparedId}`), ask, usage),
    note({ owner, client, session, ask, usage, responseId }) {
      const asked = askedBefore(ask, usage);
      if (responseId !== undefined) {
        answers.set(`${owner}\n${responseId}`, asked);
        forgetBeyond(answers, COMPARED_ANSWERS);
      }
      const inputTokens = usage?.input_tokens ?? 0;
      if (inputTokens === 0) return undefined;
      const cachedTokens = usage?.input_tokens_details?.cached_tokens ?? 0;
      const name = `${owner}\n${ask.prompt_cache_key ?? ""}`;
      const before = conversations.get(name);
      const prefix = prefixOf(ask, asked);
      const share = inputTokens < SMALLEST_CACHED_TOKENS ? undefined : cachedTokens / inputTokens;
      const found: Conversation = before ?? {
        owner,
        client: clientName(client),
        session,
        turns: 0,
        inputTokens: 0,
        cachedTokens: 0,
        lastShare: undefined,
        lastSeenMs: 0,
        prefix,
        drops: 0,
        lastDrop: undefined,
      };
      const isDrop = share !== undefined && found.lastShare !== undefined && share < found.lastShare - DROP;
      const because = isDrop || cachedTokens === 0
        ? missReason(inputTokens, before?.prefix, prefix)
        : undefined;
      if (isDrop) {
        found.drops++;
        found.lastDrop = because;
        log("info", "prompt cache: the share of cached input dropped", {
          client: found.client,
          session,
          from_percent: wholePercent((found.lastShare ?? 0) * 100),
          to_percent: wholePercent((share ?? 0) * 100),
          because: found.lastDrop,
        });
      }
      found.session = session ?? found.session;
      found.turns++;
      found.inputTokens += inputTokens;
      found.cachedTokens += cachedTokens;
      found.lastShare = share ?? found.lastShare;
      found.lastSeenMs = nowMs();
      found.prefix = prefix;
      // Last in the map is last seen: the first is the one to forget.
      conversations.delete(name);
      conversations.set(name, found);
      forgetBeyond(conversations, CONVERSATIONS);
      return because;
    },
    report: (owner) =>
      [...conversations.values()].filter((found) => found.owner === owner).reverse().map(toEntry),
  };
}

/** @param before what the conversation was asked with last; undefined for its first request */
function missReason(inputTokens: number, before: Prefix | undefined, prefix: Prefix): string {
  if (inputTokens < SMALLEST_CACHED_TOKENS) {
    return `inputs of less than ${SMALLEST_CACHED_TOKENS} tokens are never cached`;
  }
  if (before === undefined) return "it was the first request of its conversation";
  return firstChange(before, prefix) ??
    "nothing in front changed: the backend's cache had expired or was elsewhere";
}

/** Takes out what was put in first, where there is more than so many. */
function forgetBeyond(map: Map<string, unknown>, most: number): void {
  const oldest = map.size > most ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
}

function toEntry(found: Conversation): JsonObject {
  const percent = (share: number) => Math.round(share * 1000) / 10;
  return {
    client: found.client,
    session: found.session ?? null,
    turns: found.turns,
    input_tokens: found.inputTokens,
    cached_tokens: found.cachedTokens,
    cached_percent: percent(found.cachedTokens / found.inputTokens),
    last_percent: found.lastShare === undefined ? null : percent(found.lastShare),
    drops: found.drops,
    last_drop: found.lastDrop ?? null,
    last_seen_at: Math.floor(found.lastSeenMs / 1000),
  };
}

/** The product in a user agent: `OpenAI/JS 7.57.0`. */
function clientName(agent: string | null): string {
  return agent === null || agent === "" ? "unknown" : agent.slice(0, 40);
}

/** The hashes are those made already: each pass over a conversation of 10 MB takes 26 ms (performance.md#one-hash). */
function prefixOf(ask: Ask, { parts: [instructions, ...items] }: AskedBefore): Prefix {
  return {
    model: ask.model,
    instructions: instructions.hash,
    tools: (ask.tools ?? []).map((tool) => [
      textAt(tool, "name") ?? textAt(tool, "type") ?? "",
      hashText(JSON.stringify(tool)),
    ]),
    items: items.map(({ hash }) => hash),
  };
}

/** What changed first in front of what both have in common; undefined when the one continues the other. */
export function firstChange(before: Prefix, after: Prefix): string | undefined {
  if (before.model !== after.model) return `the model changed from ${before.model} to ${after.model}`;
  if (before.instructions !== after.instructions) return "the instructions changed";
  const tools = toolChange(before.tools, after.tools);
  if (tools !== undefined) return tools;
  const at = before.items.findIndex((item, index) => item !== after.items[index]);
  if (at === -1) return undefined;
  return at >= after.items.length
    ? `the conversation was cut to ${after.items.length} items`
    : `item ${at + 1} of ${before.items.length} changed`;
}

function toolChange(before: Prefix["tools"], after: Prefix["tools"]): string | undefined {
  const isSame = before.length === after.length &&
    before.every(([, value], index) => value === after[index]?.[1]);
  if (isSame) return undefined;
  const sorted = (tools: Prefix["tools"]) => tools.map(([, value]) => value).sort((a, b) => a - b).join();
  if (sorted(before) === sorted(after)) return "the tools came in another order";
  const known = new Map(before);
  const changed = after.find(([name, value]) => known.get(name) !== value)?.[0] ??
    before.find(([name]) => !after.some(([other]) => other === name))?.[0];
  return `the tools changed, first ${JSON.stringify(changed ?? "")}`;
}
