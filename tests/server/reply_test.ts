import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { CHAT } from "../../src/dialects/chat/dialect.ts";
import { createNote } from "../../src/server/note.ts";
import { openReader } from "../../src/upstream/byte_reader.ts";
import { type Reply, replyOpaque, replyWhole } from "../../src/server/reply.ts";

Deno.test("replyOpaque() hands on the very body object of the backend, so that no byte is touched", async () => {
  const upstream = new Response(new Blob(["data: x\n\n"]).stream(), {
    headers: {
      "content-type": "text/event-stream",
      "content-encoding": "gzip",
      "content-length": "5",
      "set-cookie": "__cf_bm=1",
      "x-codex-primary-used-percent": "12",
      "x-request-id": "up_1",
    },
  });
  const response = replyOpaque(upstream, CHAT.framing);
  assertStrictEquals(response.body, upstream.body);
  assertEquals(Object.fromEntries(response.headers), {
    "cache-control": "no-cache, no-transform",
    "content-type": "text/event-stream",
    "x-accel-buffering": "no",
    "x-codex-primary-used-percent": "12",
    "x-upstream-request-id": "up_1",
  });
  assert(!upstream.bodyUsed);
  await response.body?.cancel();
});

/** A reply to a chat request whose answer the test feeds. */
function chatReply() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
    cancel: () => cancelled.resolve(),
  });
  const { want } = CHAT.readRequest({ model: "m", messages: [{ role: "user", content: "x" }] }, {
    unsupportedParams: "ignore",
    reasoningOutput: "tags",
  });
  const ends: unknown[] = [];
  const reply: Reply = {
    dialect: CHAT,
    context: { id: "1", created: 1, model: "m", want, nowMs: () => 0, inputTokens: () => 1 },
    source: openReader(body),
    upstreamHeaders: new Headers(),
    headers: () => ({}),
    limits: { keepaliveMs: 0, idleTimeoutMs: 60_000 },
    signal: new AbortController().signal,
    hide: (text) => text,
    note: createNote("1", "POST", 0),
    onEnd: (response) => void ends.push(response?.id),
  };
  const push = (type: string, rest: Record<string, unknown>) =>
    controller?.enqueue(new TextEncoder().encode(`data: ${JSON.stringify({ type, ...rest })}\n\n`));
  return { reply, push, close: () => controller?.close(), cancelled: cancelled.promise, ends };
}

Deno.test("replyWhole() hands a long answer over before it is there, and gives it whole", async () => {
  const { reply, push, close, ends } = chatReply();
  let isOver = false;
  reply.note.work.onOver(() => isOver = true);
  const response = await replyWhole(reply, 1);
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/json"]);
  push("response.output_text.delta", { output_index: 0, content_index: 0, delta: "Hi" });
  push("response.completed", { response: { id: "resp_1", status: "completed", output: [] } });
  close();
  assertEquals(isOver, false);
  assertEquals((await response.json()).choices[0].message.content, "Hi");
  assertEquals([ends, isOver], [["resp_1"], true]);
});

Deno.test("replyWhole() ends the upstream when the client leaves a long answer", async () => {
  const { reply, cancelled, ends } = chatReply();
  const response = await replyWhole(reply, 1);
  await response.body?.cancel();
  await cancelled;
  assertEquals(reply.note.problem ?? "client_closed", "client_closed");
  assert(ends.length <= 1);
});

Deno.test("replyWhole() breaks the connection when a long answer fails, so that it never looks finished", async () => {
  const { reply, push, close, ends } = chatReply();
  let isOver = false;
  reply.note.work.onOver(() => isOver = true);
  const response = await replyWhole(reply, 1);
  push("response.failed", { response: { error: { code: "server_error", message: "Oops" } } });
  close();
  await assertRejects(() => response.text());
  assertEquals([reply.note.problem, ends, isOver], ["backend_error", [undefined], true]);
});

Deno.test("replyWhole() gives the answer when it is remembered, and its headers know how that went", async () => {
  const { reply, push, close } = chatReply();
  let isKept = false;
  const response = replyWhole({
    ...reply,
    headers: () => ({ "x-kept": `${isKept}` }),
    async onEnd() {
      await new Promise((resolve) => setTimeout(resolve, 0));
      isKept = true;
    },
  });
  push("response.output_text.delta", { output_index: 0, content_index: 0, delta: "Hi" });
  push("response.completed", { response: { id: "resp_1", status: "completed", output: [] } });
  close();
  assertEquals((await response).headers.get("x-kept"), "true");
  await (await response).text();
});
