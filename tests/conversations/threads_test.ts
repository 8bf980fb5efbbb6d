import { assert, assertEquals, assertRejects } from "@std/assert";
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { openThread } from "../../src/conversations/threads.ts";
import { createTurnLocks } from "../../src/conversations/turn_locks.ts";
import { createWriteQueue } from "../../src/conversations/write_queue.ts";
import { THREADS } from "../../src/dialects/messages/thread.ts";
import { Problem } from "../../src/problem.ts";
import { createRamStore } from "../../src/store/ram_store.ts";
import type { Store } from "../../src/store/store.ts";
import { storeProblem } from "../../src/store/store_problem.ts";

const DEFAULTS = Object.fromEntries(
  Object.entries(SETTINGS).map(([key, row]) => [key, row.default]),
) as unknown as Settings;

function archiveOf(store: Store) {
  return {
    store,
    queue: createWriteQueue(store),
    locks: createTurnLocks(store, () => Promise.resolve()),
    settings: () => DEFAULTS,
    nowMs: () => 0,
    newId: () => "1",
    log: () => {},
  };
}

const MESSAGES = [{ role: "user", content: "Hi" }];
const goOn = (id: string) => ({
  messages: MESSAGES,
  thread: { type: "continue", previous_message_id: id },
});

for (const broken of ["get", "getMany"] as const) {
  Deno.test(`translation 110: a store that is out of reach is a thread that is not there, so that SDKs send the whole (${broken})`, async () => {
    const store = createRamStore(() => 0);
    const whole = archiveOf(store);
    const begun = await openThread(whole, "", THREADS, { messages: MESSAGES, thread: { type: "create" } });
    const answer = { id: "msg_1", content: [{ type: "text", text: "Hello" }] };
    await store.write(begun?.changes(answer) ?? []);
    assert(await openThread(whole, "", THREADS, goOn("msg_1")) !== undefined);
    const fails = () => Promise.reject(storeProblem("redis://store", new Error("connection refused")));
    const problem = await assertRejects(() =>
      openThread(archiveOf({ ...store, [broken]: fails }), "", THREADS, goOn("msg_1"))
    );
    assert(problem instanceof Problem);
    assertEquals([problem.code, problem.status], ["thread_not_found", 404]);
  });
}
