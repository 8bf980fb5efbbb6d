/**
 * The program that crash_test.ts kills: takes turns in a session and writes the number of each to standard output as
 * soon as it is acknowledged, that is, when a client would get the last bytes of its answer.
 *
 * Arguments: database file, number of the first turn.
 */
import { SETTINGS, type Settings } from "../../src/config/settings.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { createMemory } from "../../src/conversations/memory.ts";
import { createMemoryHealth } from "../../src/conversations/memory_health.ts";
import { openSqliteStore } from "../../src/store/sqlite_store.ts";

const [path = "", first = "0"] = Deno.args;
const settings = Object.fromEntries(Object.entries(SETTINGS).map(([key, row]) => [key, row.default]));
function log(_: string, message: string): never {
  throw new Error(message);
}

const memory = createMemory({
  store: openSqliteStore({ path, nowMs: Date.now }),
  settings: () => settings as unknown as Settings,
  nowMs: Date.now,
  newId: () => crypto.randomUUID().replaceAll("-", ""),
  log,
  health: createMemoryHealth(Date.now, log),
  sleep: () => Promise.resolve(),
  accountId: () => Promise.resolve("account"),
});
const encoder = new TextEncoder();
for (let number = Number(first);; number++) {
  const draft = RESPONSES.readRequest({ input: `question ${number}` }, {
    unsupportedParams: "ignore",
    reasoningOutput: "tags",
  });
  const turn = await memory.begin({
    requestId: "req_1",
    owner: "",
    settings: settings as unknown as Settings,
    storesResponse: true,
    draft,
    sessionId: "crash",
    model: "m",
    signal: new AbortController().signal,
  });
  const item = (n: number) => ({
    type: "message",
    id: `msg_${number}_${n}`,
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: `answer ${number} ${n}`, annotations: [], logprobs: [] }],
  });
  const answer = { id: `resp_${number}`, status: "completed", output: [item(1), item(2)] };
  await turn.end({ answer, cacheKey: "key" });
  Deno.stdout.writeSync(encoder.encode(`${number}\n`));
}
