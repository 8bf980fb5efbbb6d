import { assertEquals, assertRejects } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { LATE_EVENTS, LATE_JSON, replyLate } from "../../src/server/late_reply.ts";
import { createNote } from "../../src/server/note.ts";
import type { Call } from "../../src/server/call.ts";

/** As much of a call as an answer looks at. */
function callOf(signal: AbortSignal = new AbortController().signal): Call {
  return {
    request: new Request("http://localhost/", { signal }),
    settings: { "limits.keepalive_seconds": 1 },
    note: createNote("req_1", "POST", 0),
  } as unknown as Call;
}

const form = (base: typeof LATE_JSON, handOverMs: number) => ({
  ...base,
  handOverMs,
  writeFailure: (problem: Problem) => JSON.stringify({ error: problem.message }),
});

Deno.test("replyLate() answers at once what is made at once, and refuses with the status what fails at once", async () => {
  const call = callOf();
  const answer = await replyLate(
    call,
    form(LATE_JSON, 60_000),
    { "x-more": "1" },
    () => Promise.resolve("{}"),
  );
  assertEquals([await answer.text(), answer.headers.get("x-more"), call.note.work.goesOn], [
    "{}",
    "1",
    false,
  ]);
  const refused = () => Promise.reject(new Problem("backend_refused", "no"));
  await assertRejects(() => replyLate(call, form(LATE_JSON, 60_000), {}, refused));
});

Deno.test("replyLate() sends white space while JSON is made, and the whole is JSON", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const call = callOf();
  const answer = await replyLate(call, form(LATE_JSON, 0), {}, () => promise);
  assertEquals(call.note.work.goesOn, true);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  // The first comes with the headers, the second by the clock.
  for (let pieces = 0; pieces < 2; pieces++) text += (await reader?.read())?.value;
  resolve('{"a":1}');
  for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read()) {
    text += piece.value;
  }
  assertEquals([text.startsWith("\n\n"), JSON.parse(text)], [true, { a: 1 }]);
});

Deno.test("replyLate() breaks JSON behind the error, and ends events with it", async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  const json = await replyLate(callOf(), form(LATE_JSON, 0), {}, () => promise);
  const events = await replyLate(callOf(), form(LATE_EVENTS, 0), {}, () => promise);
  reject(new Problem("backend_error", "gone"));
  let told = "";
  await assertRejects(async () => {
    for await (const bytes of json.body ?? []) told += new TextDecoder().decode(bytes);
  });
  const error = '{"error":"The ChatGPT backend failed: gone"}';
  assertEquals([told.trim(), (await events.text()).split("\n\n").at(-1)], [error, error]);
});

Deno.test("replyLate() ends the work of a client that leaves", async () => {
  const call = callOf();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const answer = await replyLate(call, form(LATE_JSON, 0), {}, (signal) => {
    signal.addEventListener("abort", () => resolve());
    return ended.then(() => Promise.reject(signal.reason));
  });
  await answer.body?.cancel();
  await ended;
});
