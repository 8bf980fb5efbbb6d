/** The stand-in behind the program's own way to the backend. */
import { createDemoFetch, DEMO_TOKEN } from "../../src/demo/demo_fetch.ts";
import { BUILT_IN } from "../../src/models/catalogue.ts";
import { createEventReader } from "../../src/sse/event_reader.ts";
import { createUpstream, type PassedAnswer, type Refused } from "../../src/upstream/client.ts";
import { createTransportMemory } from "../../src/upstream/websocket/fallback.ts";
import type { JsonObject } from "../../src/wire/json.ts";

/** 2026-11-28 12:00 UTC. */
export const NOW_MS = Date.UTC(2026, 10, 28, 12);

/** What a test decides; otherwise the answers come at once and the clock stands. */
export interface DemoTestOptions {
  readonly paceMs?: number;
  readonly nowMs?: () => number;
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** A fresh stand-in. */
export function demoFetch(options: DemoTestOptions = {}): typeof fetch {
  return createDemoFetch({
    models: BUILT_IN.models.map(({ wire }) => wire),
    paceMs: options.paceMs ?? 0,
    nowMs: options.nowMs ?? (() => NOW_MS),
    sleep: options.sleep ?? (() => Promise.resolve()),
  });
}

/** Sends a body to the stand-in as the program does. */
export async function sendAsk(
  changes: JsonObject,
  fetch: typeof globalThis.fetch = demoFetch(),
  signal: AbortSignal = new AbortController().signal,
): Promise<PassedAnswer | Refused> {
  const access = { token: DEMO_TOKEN, accountId: DEMO_TOKEN, fedramp: false };
  const upstream = createUpstream({
    access: { get: () => Promise.resolve(access), renew: () => Promise.resolve(access) },
    fetch,
    onHeaders: () => {},
    onMended: () => {},
    onLite: () => {},
    sleep: () => Promise.resolve(),
    random: () => 0,
    nowMs: () => NOW_MS,
    monotonicMs: () => NOW_MS,
    renewConnections: () => {},
    sockets: undefined,
    memory: createTransportMemory(() => NOW_MS, 0),
    onLimits: () => {},
    log: () => {},
  });
  const ask = {
    model: "gpt-5.5-demo",
    input: [user("hi")],
    store: false,
    stream: true,
    include: [],
    ...changes,
  };
  return await upstream.pass({
    baseUrl: "https://demo.invalid/backend-api/codex",
    headerTimeoutMs: 10_000,
    headers: {
      identity: { originator: "codex_cli_rs", userAgent: "codex_cli_rs/0.169.0 (x)", version: "0.169.0" },
      conversationId: "c",
      lite: (changes["reasoning"] as JsonObject | undefined)?.["context"] === "all_turns",
      client: new Headers(),
      clientWins: false,
      contentEncoding: undefined,
    },
    signal,
    onWay: () => {},
    // As bytes: what is refused is not changed and sent again.
  }, new TextEncoder().encode(JSON.stringify(ask)));
}

/** A message of the user. */
export function user(content: unknown): JsonObject {
  return { type: "message", role: "user", content };
}

/** The events of the answer to a body. */
export async function eventsOf(changes: JsonObject, fetch = demoFetch()): Promise<JsonObject[]> {
  const answer = await sendAsk(changes, fetch);
  if (!answer.ok) throw new Error(`refused: ${answer.refusal.body}`);
  return readEvents(await answer.response.text());
}

/** The events of a stream. */
export function readEvents(text: string): JsonObject[] {
  const events: JsonObject[] = [];
  const reader = createEventReader((data) => void events.push(JSON.parse(data)));
  reader.read(new TextEncoder().encode(text));
  reader.end();
  return events;
}

/** The finished items of the answer to a body. */
export async function outputOf(changes: JsonObject, fetch = demoFetch()): Promise<JsonObject[]> {
  const events = await eventsOf(changes, fetch);
  return events.filter(({ type }) => type === "response.output_item.done").map(({ item }) =>
    item as JsonObject
  );
}

/** The text of the answer to a body. */
export async function textOf(changes: JsonObject, fetch = demoFetch()): Promise<string> {
  const messages = (await outputOf(changes, fetch)).filter(({ type }) => type === "message");
  return messages.flatMap(({ content }) => content as JsonObject[]).map(({ text }) => text).join("");
}
