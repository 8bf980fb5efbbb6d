import { assertEquals, assertRejects } from "@std/assert";
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { type Archive, keyOf } from "../../src/conversations/archive.ts";
import { createBackgrounds } from "../../src/conversations/background.ts";
import type { Turn } from "../../src/conversations/memory.ts";
import type { StoredResponse } from "../../src/conversations/stored_responses.ts";
import { createTurnLocks } from "../../src/conversations/turn_locks.ts";
import { createWriteQueue } from "../../src/conversations/write_queue.ts";
import { Problem } from "../../src/problem.ts";
import { encodeEvent } from "../../src/sse/encode.ts";
import { createRamStore } from "../../src/store/ram_store.ts";
import type { Store } from "../../src/store/store.ts";
import type { ResponsesObject } from "../../src/wire/responses.ts";

const DEFAULTS = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, row]) => [key, row.default]),
) as unknown as Settings;

const NOW_MS = 1_795_000_000_000;

function createArchive(wrap: (store: Store) => Store = (store) => store): Archive {
  const store = wrap(createRamStore(() => NOW_MS));
  return {
    store,
    queue: createWriteQueue(store),
    locks: createTurnLocks(store, () => Promise.resolve()),
    settings: () => DEFAULTS,
    nowMs: () => NOW_MS,
    newId: () => "1",
    log: () => {},
  };
}

/** A turn that notes what is saved and when it ends. */
function createTurn(onSave: () => void = () => {}): { readonly turn: Turn; readonly said: string[] } {
  const said: string[] = [];
  const turn: Turn = {
    input: [],
    earlier: 0,
    cacheKey: undefined,
    sessionId: undefined,
    warning: () => undefined,
    save(response: ResponsesObject) {
      said.push(response.status);
      onSave();
      return Promise.resolve();
    },
    end: () => Promise.resolve(void said.push("end")),
  };
  return { turn, said };
}

function event(type: string, status: string, number: number): string {
  const response = { id: "resp_1", status, background: true, output: [] };
  return encodeEvent(type, JSON.stringify({ type, sequence_number: number, response }));
}

/** An answer whose pieces are pushed by the test. */
function openAnswer() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({ start: (made) => void (controller = made) });
  return {
    answer: new Response(stream),
    push: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
    close: () => controller?.close(),
  };
}

const BEGUN = event("response.created", "in_progress", 0);

Deno.test("a background response that ended well is written by its turn and not saved again", async () => {
  for (const status of ["completed", "incomplete"]) {
    const { turn, said } = createTurn();
    const backgrounds = createBackgrounds(createArchive());
    const { answer, push, close } = openAnswer();
    push(BEGUN);
    const response = await backgrounds.start({ owner: "a", limit: 1, answer, turn, stream: true });
    push(event(`response.${status}`, status, 1));
    close();
    await response.text();
    assertEquals(said, ["in_progress", "end"], status);
  }
});

Deno.test("a background response that broke off is saved as failed before its turn ends", async () => {
  const { turn, said } = createTurn();
  const backgrounds = createBackgrounds(createArchive());
  const { answer, push, close } = openAnswer();
  push(BEGUN);
  const response = await backgrounds.start({ owner: "a", limit: 1, answer, turn, stream: true });
  close();
  await response.text();
  assertEquals(said, ["in_progress", "failed", "end"]);
});

Deno.test("the events of a background response are kept only for one that was streamed, and its lease is given up", async () => {
  for (const stream of [true, false]) {
    const archive = createArchive();
    const backgrounds = createBackgrounds(archive);
    const { answer, push, close } = openAnswer();
    push(BEGUN);
    const response = await backgrounds.start({
      owner: "a",
      limit: 1,
      answer,
      turn: createTurn().turn,
      stream,
    });
    assertEquals(response.headers.get("content-type") === "application/json", !stream);
    const lease = keyOf("lease", "a", "resp_1");
    assertEquals(await archive.store.getHead(lease) === undefined, false);
    const followed = backgrounds.follow("a", "resp_1", 0);
    push(event("response.completed", "completed", 1));
    close();
    await response.text();
    // From the event behind the one that was asked for.
    assertEquals(await new Response(followed).text(), event("response.completed", "completed", 1));
    assertEquals((await backgrounds.keptEvents("a", "resp_1"))?.length, stream ? 2 : undefined);
    assertEquals(await archive.store.getHead(lease), undefined);
    assertEquals(backgrounds.follow("a", "resp_1", 0), undefined);
  }
});

Deno.test("so many background responses run at once as the limit says, and no more", async () => {
  const backgrounds = createBackgrounds(createArchive());
  const first = openAnswer();
  first.push(BEGUN);
  await backgrounds.start({
    owner: "a",
    limit: 1,
    answer: first.answer,
    turn: createTurn().turn,
    stream: false,
  });
  const second = openAnswer();
  second.push(BEGUN);
  const thrown = await assertRejects(() =>
    backgrounds.start({ owner: "a", limit: 1, answer: second.answer, turn: createTurn().turn, stream: false })
  );
  assertEquals(thrown instanceof Problem && thrown.code, "too_many_requests");
  await backgrounds.stop();
});

Deno.test("a background response that the shutdown ends is saved as failed, one that is cancelled as cancelled", async () => {
  const ended = async (how: "stop" | "cancel") => {
    const { turn, said } = createTurn();
    const backgrounds = createBackgrounds(createArchive());
    const { answer, push } = openAnswer();
    push(BEGUN);
    await backgrounds.start({ owner: "a", limit: 1, answer, turn, stream: false });
    if (how === "stop") await backgrounds.stop();
    else await backgrounds.cancel("a", STORED);
    return said;
  };
  assertEquals(await ended("stop"), ["in_progress", "failed", "end"]);
  assertEquals(await ended("cancel"), ["in_progress", "cancelled", "end"]);
});

const STORED: StoredResponse = {
  id: "resp_1",
  response: { id: "resp_1", status: "in_progress", background: true },
  head: {},
  links: { chain: [], conversation: undefined } as unknown as StoredResponse["links"],
  cacheKey: undefined,
  input: [],
  output: [],
};

Deno.test("a response whose process is gone has failed, unless it has ended well since it was read", async () => {
  const settled = async (status: string, hasLease: boolean) => {
    const archive = createArchive();
    const expiresAtMs = NOW_MS + 60_000;
    await archive.queue.add([
      {
        op: "put",
        key: keyOf("response", "a", "resp_1"),
        head: { response: { ...STORED.response, status } },
        items: [],
        expiresAtMs,
      },
      ...(hasLease
        ? [{ op: "put" as const, key: keyOf("lease", "a", "resp_1"), head: {}, items: [], expiresAtMs }]
        : []),
    ]);
    const { response } = await createBackgrounds(archive).settle("a", STORED);
    const kept = await archive.store.getHead(keyOf("response", "a", "resp_1"));
    return [response["status"], (kept?.head["response"] as ResponsesObject).status];
  };
  assertEquals(await settled("in_progress", false), ["failed", "failed"]);
  assertEquals(await settled("in_progress", true), ["in_progress", "in_progress"]);
  assertEquals(await settled("completed", false), ["completed", "completed"]);
});

Deno.test("a response that did not run in the background cannot be cancelled", async () => {
  const stored = { ...STORED, response: { ...STORED.response, background: false } };
  const thrown = await assertRejects(() => createBackgrounds(createArchive()).cancel("a", stored));
  assertEquals(thrown instanceof Problem && [thrown.code, thrown.param], ["bad_request", "response_id"]);
});

Deno.test("a background response that cannot be kept ends, and its place is free again", async () => {
  const backgrounds = createBackgrounds(createArchive());
  const failing = openAnswer();
  failing.push(BEGUN);
  const { turn } = createTurn(() => {
    throw new Error("no store");
  });
  await assertRejects(() =>
    backgrounds.start({ owner: "a", limit: 1, answer: failing.answer, turn, stream: false })
  );
  assertEquals(backgrounds.follow("a", "resp_1", 0), undefined);
});
