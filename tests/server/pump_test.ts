import { assert, assertEquals, assertRejects } from "@std/assert";
import { CHAT } from "../../src/dialects/chat/dialect.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import type { AnswerContext, Dialect } from "../../src/dialects/dialect.ts";
import { SSE } from "../../src/dialects/framing.ts";
import { Problem } from "../../src/problem.ts";
import { openReader } from "../../src/upstream/byte_reader.ts";
import { pumpAnswer, type PumpOptions } from "../../src/server/pump.ts";

const encoder = new TextEncoder();

function event(type: string, rest: Record<string, unknown> = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
}

const CREATED = event("response.created", {
  sequence_number: 0,
  response: { id: "resp_1", status: "in_progress" },
});
const DELTA = event("response.output_text.delta", {
  sequence_number: 1,
  output_index: 0,
  content_index: 0,
  delta: "Hi",
});
const COMPLETED = event("response.completed", {
  sequence_number: 2,
  response: { id: "resp_1", status: "completed", output: [] },
});
const FAILED = event("response.failed", {
  sequence_number: 1,
  response: { id: "resp_1", status: "failed", error: { code: "server_is_overloaded", message: "Busy" } },
});

function context(): AnswerContext {
  const draft = CHAT.readRequest({ model: "m", messages: [{ role: "user", content: "x" }] }, {
    unsupportedParams: "ignore",
    reasoningOutput: "tags",
  });
  return { id: "1", created: 1, model: "m", want: draft.want, nowMs: () => 0, inputTokens: () => 1 };
}

/** A source whose pieces the test hands over one by one. */
function handFed() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const cancelled = Promise.withResolvers<void>();
  const source = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
    cancel: () => cancelled.resolve(),
  });
  return {
    source,
    cancelled: cancelled.promise,
    push: (text: string) => controller?.enqueue(encoder.encode(text)),
    close: () => controller?.close(),
    break: (error: Error) => controller?.error(error),
  };
}

function options(more: Partial<PumpOptions> = {}): PumpOptions & { ends: string[] } {
  const ends: string[] = [];
  return {
    signal: new AbortController().signal,
    keepaliveMs: 0,
    keepAlive: SSE.keepAlive,
    idleTimeoutMs: 60_000,
    holdMs: 60_000,
    lingerMs: 0,
    hide: (text) => text,
    onEnd: (how) => void ends.push(how),
    ...more,
    ends,
  };
}

async function pump(dialect: Dialect, pieces: string[], more: Partial<PumpOptions> = {}): Promise<string> {
  const feed = handFed();
  for (const piece of pieces) feed.push(piece);
  feed.close();
  const body = await pumpAnswer(openReader(feed.source), dialect.createTranslator(context()), options(more));
  return await new Response(body).text();
}

Deno.test("pumpAnswer() streams each read on before the next one is there", async () => {
  const feed = handFed();
  const chosen = options();
  feed.push(CREATED + DELTA);
  const body = await pumpAnswer(openReader(feed.source), CHAT.createTranslator(context()), chosen);
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader.read();
  assert(first.value?.includes('"content":"Hi"'));
  feed.push(COMPLETED);
  const second = await reader.read();
  assert(second.value?.endsWith("data: [DONE]\n\n"));
  assertEquals((await reader.read()).done, true);
  assertEquals(chosen.ends, ["done"]);
});

Deno.test("pumpAnswer() ends at the terminal event although the socket lingers", async () => {
  const feed = handFed();
  feed.push(CREATED + DELTA + COMPLETED);
  const body = await pumpAnswer(openReader(feed.source), RESPONSES.createTranslator(context()), options());
  assert((await new Response(body).text()).includes("response.completed"));
  await feed.cancelled;
});

Deno.test("pumpAnswer() cancels the upstream when the client leaves", async () => {
  const feed = handFed();
  const chosen = options();
  feed.push(CREATED + DELTA);
  const body = await pumpAnswer(openReader(feed.source), CHAT.createTranslator(context()), chosen);
  await body.cancel();
  await feed.cancelled;
  assertEquals(chosen.ends, ["left"]);
});

Deno.test("pumpAnswer() turns a failure before the first content into a status", async () => {
  for (const dialect of [CHAT, RESPONSES]) {
    const problem = await assertRejects(() => pump(dialect, [CREATED, FAILED]));
    assert(problem instanceof Problem);
    assertEquals([problem.code, problem.status], ["overloaded", 503]);
  }
});

Deno.test("pumpAnswer() turns an empty answer into a status", async () => {
  const problem = await assertRejects(() => pump(CHAT, []));
  assert(problem instanceof Problem);
  assertEquals(problem.code, "stream_cut");
});

Deno.test("pumpAnswer() writes a failure after the first content into the stream", async () => {
  const text = await pump(CHAT, [CREATED, DELTA, FAILED]);
  assert(text.includes('"code":"server_is_overloaded"'));
  assert(text.endsWith("data: [DONE]\n\n"));
});

Deno.test("pumpAnswer() never lets a cut answer look finished", async () => {
  const chat = await pump(CHAT, [CREATED, DELTA]);
  assert(chat.includes('"code":"stream_cut"') && !chat.includes('"finish_reason":"'));
  const responses = await pump(RESPONSES, [CREATED, DELTA]);
  assert(responses.includes("event: error") && !responses.includes("response.completed"));
});

Deno.test("pumpAnswer() writes an error when the upstream connection breaks", async () => {
  const feed = handFed();
  feed.push(CREATED + DELTA);
  const body = await pumpAnswer(openReader(feed.source), CHAT.createTranslator(context()), options());
  const text = new Response(body).text();
  feed.break(new TypeError("error reading a body from connection"));
  assert((await text).includes("The answer of the ChatGPT backend ended too early"));
});

Deno.test("pumpAnswer() hands the response over after the hold although only the opening is there", async () => {
  const feed = handFed();
  feed.push(CREATED);
  const body = await pumpAnswer(
    openReader(feed.source),
    CHAT.createTranslator(context()),
    options({ holdMs: 1 }),
  );
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  assert((await reader.read()).value?.includes('"role":"assistant"'));
  feed.push(FAILED);
  assert((await reader.read()).value?.includes('"error"'));
  await reader.cancel();
});

Deno.test("pumpAnswer() rejects when the client left before the answer began", async () => {
  const feed = handFed();
  const controller = new AbortController();
  const chosen = options({ signal: controller.signal });
  const body = pumpAnswer(openReader(feed.source), CHAT.createTranslator(context()), chosen);
  controller.abort();
  const problem = await assertRejects(() => body);
  assert(problem instanceof Problem);
  assertEquals([problem.code, chosen.ends], ["client_closed", ["left"]]);
  await feed.cancelled;
});

Deno.test("pumpAnswer() stops reading while the client does not read", async () => {
  let pulled = 0;
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(encoder.encode(pulled === 1 ? CREATED + DELTA : DELTA));
    },
  }, { highWaterMark: 0 });
  const body = await pumpAnswer(openReader(source), CHAT.createTranslator(context()), options());
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
  assert(pulled < 20, `read ${pulled} pieces ahead`);
  await body.cancel();
});

Deno.test("pumpAnswer() gives up a client that reads nothing for as long as the upstream may be silent", async () => {
  const cancelled = Promise.withResolvers<void>();
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(encoder.encode(CREATED + DELTA)),
    cancel: () => cancelled.resolve(),
  }, { highWaterMark: 0 });
  const chosen = options({ idleTimeoutMs: 1 });
  const body = await pumpAnswer(openReader(source), CHAT.createTranslator(context()), chosen);
  await cancelled.promise;
  assertEquals(chosen.ends, ["left"]);
  await assertRejects(() => new Response(body).text());
});

Deno.test("pumpAnswer() gives nothing of the end before it is remembered, and the rest at once", async () => {
  for (const inOnePiece of [false, true]) {
    const feed = handFed();
    const kept = Promise.withResolvers<void>();
    const ending = Promise.withResolvers<void>();
    const chosen = options({
      onEnd: () => {
        ending.resolve();
        return kept.promise;
      },
    });
    feed.push(CREATED + DELTA + (inOnePiece ? COMPLETED : ""));
    const text: string[] = [];
    const all = (async () => {
      const body = await pumpAnswer(openReader(feed.source), CHAT.createTranslator(context()), chosen);
      for await (const piece of body.pipeThrough(new TextDecoderStream())) text.push(piece);
    })();
    if (!inOnePiece) {
      while (text.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      feed.push(COMPLETED);
    }
    await ending.promise;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    assert(!text.join("").includes('finish_reason":"stop') && !text.join("").includes("[DONE]"));
    kept.resolve();
    await all;
    assert(text.join("").endsWith("data: [DONE]\n\n"));
  }
});

Deno.test("pumpAnswer() lets a client leave while the end is being remembered", async () => {
  const feed = handFed();
  const kept = Promise.withResolvers<void>();
  const ending = Promise.withResolvers<string>();
  const chosen = options({
    onEnd: (how) => {
      ending.resolve(how);
      return kept.promise;
    },
  });
  feed.push(CREATED + DELTA);
  const body = await pumpAnswer(openReader(feed.source), CHAT.createTranslator(context()), chosen);
  const reader = body.getReader();
  await reader.read();
  feed.push(COMPLETED);
  assertEquals(await ending.promise, "done");
  await reader.cancel();
  kept.resolve();
  assertEquals((await reader.read()).done, true);
});
