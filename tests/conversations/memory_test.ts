import { assert, assertEquals, assertRejects } from "@std/assert";
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { CHAT } from "../../src/dialects/chat/dialect.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { Problem } from "../../src/problem.ts";
import { createBackgrounds } from "../../src/conversations/background.ts";
import { createMemory, type Memory, type Turn } from "../../src/conversations/memory.ts";
import { createMemoryHealth } from "../../src/conversations/memory_health.ts";
import { createRamStore } from "../../src/store/ram_store.ts";
import type { Store } from "../../src/store/store.ts";
import type { ResponsesObject } from "../../src/wire/responses.ts";

const HOUR_MS = 3_600_000;

const DEFAULTS = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, row]) => [key, row.default]),
) as unknown as Settings;

interface Bench {
  readonly memory: Memory;
  readonly store: Store;
  readonly log: string[];
  account: string;
  advance(ms: number): void;
}

/** A memory with a clock that stands still. */
function createBench(wrap: (store: Store) => Store = (store) => store): Bench {
  let now = 1_795_000_000_000;
  let ids = 0;
  const log: string[] = [];
  const store = wrap(createRamStore(() => now));
  const bench: Bench = {
    store,
    log,
    account: "account-1",
    advance: (ms: number) => void (now += ms),
    memory: createMemory({
      store,
      health: createMemoryHealth(() => now, (_, message) => void log.push(message)),
      settings: () => DEFAULTS,
      nowMs: () => now,
      newId: () => `${++ids}`.padStart(32, "0"),
      log: (_, message) => void log.push(message),
      sleep: () => Promise.resolve(),
      accountId: () => Promise.resolve(bench.account),
    }),
  };
  return bench;
}

interface Ask {
  readonly owner?: string;
  readonly sessionId?: string;
  readonly model?: string;
  readonly body: Record<string, unknown>;
}

async function begin({ memory }: Bench, { owner = "", sessionId, model = "m", body }: Ask): Promise<Turn> {
  const dialect = "messages" in body ? CHAT : RESPONSES;
  const draft = dialect.readRequest(body, { unsupportedParams: "ignore", reasoningOutput: "tags" });
  return await memory.begin({
    requestId: "req_1",
    owner,
    settings: DEFAULTS,
    storesResponse: dialect.storesResponses,
    draft,
    sessionId,
    model,
    signal: new AbortController().signal,
  });
}

/** A whole turn; gives the texts of its input. */
async function take(
  bench: Bench,
  ask: Ask,
  said: string,
  id = "resp_1",
  more: object[] = [],
): Promise<string[]> {
  const turn = await begin(bench, ask);
  const content = [{ type: "output_text", text: said, annotations: [], logprobs: [] }];
  const message = { type: "message", id: `msg_${id}`, role: "assistant", status: "completed", content };
  const output = [...more, message] as { type: string }[];
  turn.end({ answer: { id, status: "completed", output }, cacheKey: "key" });
  await bench.memory.settled();
  return turn.input.map((item) => {
    const parts = item["content"] as { text: string }[] | undefined;
    return parts?.map(({ text }) => text).join("") ?? item.type;
  });
}

const say = (text: string) => ({ messages: [{ role: "user", content: text }] });

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const thrown = await assertRejects(() => work);
  assert(thrown instanceof Problem, String(thrown));
  return thrown;
}

Deno.test("a session that was idle for too long is not found, and says when it expired and how to go on", async () => {
  const bench = createBench();
  await take(bench, { sessionId: "s", body: say("one") }, "1");
  bench.advance(24 * HOUR_MS - 1);
  assertEquals(await take(bench, { sessionId: "s", body: say("two") }, "2"), ["one", "1", "two"]);
  bench.advance(24 * HOUR_MS);
  await bench.store.sweep(1e12);
  const problem = await problemOf(begin(bench, { sessionId: "s", body: say("three") }));
  assertEquals([problem.code, problem.status], ["session_not_found", 404]);
  assertEquals(
    problem.message,
    'Session not found: session "s" expired at 2026-11-20T11:06:39.999Z, idle for more than 24 h',
  );
  assert(problem.hint.includes("leave the session id out"));
  // Nothing stays locked behind a refusal, and a client that brings its history needs nothing of ours.
  const history = {
    messages: [{ role: "user", content: "one" }, { role: "assistant", content: "1" }, {
      role: "user",
      content: "four",
    }],
  };
  assertEquals(await take(bench, { sessionId: "s", body: history }, "4"), ["one", "1", "four"]);
  assertEquals(await take(bench, { sessionId: "s", body: say("five") }, "5"), [
    "one",
    "1",
    "four",
    "4",
    "five",
  ]);
});

Deno.test("owners never see each other's sessions, responses and items", async () => {
  const bench = createBench();
  await take(bench, { owner: "alice", sessionId: "s", body: say("I am Alice") }, "Hello");
  assertEquals(await take(bench, { owner: "bob", sessionId: "s", body: say("Who am I?") }, "?"), [
    "Who am I?",
  ]);
  await take(bench, { owner: "alice", body: { input: "secret" } }, "noted", "resp_a");
  const previous = { input: "x", previous_response_id: "resp_a" };
  assertEquals(
    (await problemOf(begin(bench, { owner: "bob", body: previous }))).code,
    "previous_response_not_found",
  );
  const reference = { input: [{ type: "item_reference", id: "msg_resp_a" }] };
  assertEquals((await problemOf(begin(bench, { owner: "bob", body: reference }))).code, "item_not_found");
  assertEquals(await take(bench, { owner: "alice", body: reference }, "again", "resp_b"), ["noted"]);
});

Deno.test("reasoning goes back to its model and account only", async () => {
  const bench = createBench();
  const reasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" };
  await take(bench, { body: say("one") }, "1", "resp_1", [reasoning]);
  const history = {
    messages: [{ role: "user", content: "one" }, { role: "assistant", content: "1" }, {
      role: "user",
      content: "two",
    }],
  };
  assertEquals(await take(bench, { body: history }, "2"), ["one", "reasoning", "1", "two"]);
  assertEquals(await take(bench, { body: history, model: "other" }, "2"), ["one", "1", "two"]);
  bench.account = "account-2";
  assertEquals(await take(bench, { body: history }, "2"), ["one", "1", "two"]);
});

Deno.test("a conversation that goes on keeps its first response alive", async () => {
  const bench = createBench();
  await take(bench, { body: { input: "one" } }, "1", "resp_1");
  bench.advance(20 * 24 * HOUR_MS);
  await take(bench, { body: { input: "two", previous_response_id: "resp_1" } }, "2", "resp_2");
  bench.advance(20 * 24 * HOUR_MS);
  const third = { input: "three", previous_response_id: "resp_2" };
  assertEquals(await take(bench, { body: third }, "3", "resp_3"), ["one", "1", "two", "2", "three"]);
});

Deno.test("what cannot be written is logged, fails nobody and locks nothing", async () => {
  let full = true;
  const bench = createBench((store) => ({
    ...store,
    write: (changes) =>
      full ? Promise.reject(new Problem("memory_unavailable", "disk full")) : store.write(changes),
  }));
  await take(bench, { sessionId: "s", body: say("lost") }, "1");
  assertEquals(bench.log, ["turn not remembered"]);
  full = false;
  await take(bench, { sessionId: "s", body: say("kept") }, "2");
  assertEquals(await take(bench, { sessionId: "s", body: say("more") }, "3"), ["kept", "2", "more"]);
});

Deno.test("store false writes nothing at all", async () => {
  const written: unknown[] = [];
  const bench = createBench((store) => ({
    ...store,
    write: (changes) => {
      written.push(...changes);
      return store.write(changes);
    },
  }));
  const reasoning = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" };
  await take(bench, { body: { ...say("quiet"), store: false } }, "1", "resp_1", [reasoning]);
  await take(bench, { body: { input: "quiet", store: false }, sessionId: "s" }, "1", "resp_2", [reasoning]);
  assertEquals(written, []);
});

Deno.test("end() frees the session also when the turn cannot be remembered", async () => {
  const bench = createBench();
  const ask = { sessionId: "s", body: { input: "hi" } };
  const turn = await begin(bench, ask);
  const answer = {
    id: "resp_1",
    status: "completed",
    get output(): [] {
      throw new Error("broken");
    },
  };
  turn.end({ answer: answer as unknown as ResponsesObject, cacheKey: "" });
  const next = await begin(bench, ask);
  next.end();
  assertEquals(bench.log, ["turn not remembered"]);
});

Deno.test("start() of a background response leaves nothing running when the store fails", async () => {
  const bench = createBench((store) => ({ ...store, write: () => Promise.reject(new Error("disk full")) }));
  const turn = await begin(bench, { body: { input: "hi", background: true } });
  const backgrounds = createBackgrounds(bench.memory.archive);
  const event = JSON.stringify({
    type: "response.created",
    response: { id: "resp_1", status: "in_progress" },
  });
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(`data: ${event}\n\n`)),
    cancel: () => void (isCancelled = true),
  });
  const error = await assertRejects(
    () => backgrounds.start({ owner: "", limit: 1, answer: new Response(body), turn, stream: false }),
  );
  assertEquals(error instanceof Error && error.message, "disk full");
  turn.end();
  await backgrounds.stop();
  assertEquals(isCancelled, true);
});

Deno.test("translation 122: an agent whose history never matches what is kept cannot fill the store", async () => {
  const bench = createBench();
  const most = DEFAULTS["storage.max_unnamed_sessions"];
  await take(bench, { sessionId: "named", body: say("keep me") }, "named");
  for (let turn = 1; turn <= most + 120; turn++) {
    // Its ids repeat, so that each turn looks like the first one of another conversation.
    const history = [`question ${turn}`, `answer ${turn}`, "go on"].map((content, index) => ({
      role: index === 1 ? "assistant" : "user",
      content,
    }));
    await take(bench, { body: { messages: history } }, "done", `resp_${turn}`);
  }
  const heads = await bench.store.list("session", { limit: 9999 });
  assert(heads.length > most && heads.length <= most + 51, `${heads.length} sessions`);
  assertEquals(heads.at(-1)?.key.id, "named", "a session with a name stays");
  const trails = await bench.store.list("trail", { limit: 9999 });
  assertEquals(trails.length, heads.length - 1);
});

Deno.test("a session counts its turns from one", async () => {
  const bench = createBench();
  const turns = [];
  for (const said of ["1", "2", "3"]) {
    await take(bench, { sessionId: "s", body: say(said) }, said);
    turns.push((await bench.store.getHead({ kind: "session", owner: "", id: "s" }))?.head["turns"]);
  }
  assertEquals(turns, [1, 2, 3]);
});
