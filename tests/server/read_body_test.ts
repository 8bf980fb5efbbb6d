import { assert, assertEquals, assertRejects } from "@std/assert";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { Problem } from "../../src/problem.ts";
import { createBodyGate } from "../../src/server/body_gate.ts";
import { BASE64_WEIGHT, readBody, readBodyAs } from "../../src/server/read_body.ts";
import { createWork } from "../../src/server/work.ts";

const LIMIT_BYTES = 1000;

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request("http://127.0.0.1/", { method: "POST", body, headers });
}

async function refusal(request: Request): Promise<[number, string]> {
  const error = await assertRejects(() => readBody(request, LIMIT_BYTES));
  assert(error instanceof Problem, String(error));
  return [error.status, error.message];
}

Deno.test("readBody() reads plain, gzip, br and zstd bodies, and keeps the bytes as they came", async () => {
  const text = '{"model":"m","n":12345678901234567890}';
  const packed = { gzip: gzipSync(text), br: brotliCompressSync(text), zstd: zstdCompressSync(text) };
  for (const [encoding, bytes] of Object.entries(packed)) {
    const body = await readBody(post(new Uint8Array(bytes), { "content-encoding": encoding }), LIMIT_BYTES);
    assertEquals([body.encoding, body.json["model"]], [encoding, "m"]);
    assertEquals(body.bytes, new Uint8Array(bytes));
  }
  const plain = await readBody(post(text), LIMIT_BYTES);
  assertEquals(new TextDecoder().decode(plain.bytes), text);
});

Deno.test("readBody() refuses what is too large, declared, streamed or unpacked", async () => {
  const large = " ".repeat(LIMIT_BYTES + 1);
  assertEquals((await refusal(post(large)))[0], 413);
  assertEquals((await refusal(post(new Blob([large]).stream())))[0], 413);
  const bomb = new Uint8Array(gzipSync(" ".repeat(LIMIT_BYTES * 100)));
  assertEquals((await refusal(post(bomb, { "content-encoding": "gzip" })))[0], 413);
});

Deno.test("readBody() says what is wrong with a body, without quoting it", async () => {
  const secret = "my secret prompt";
  for (
    const [body, needle] of [["", "empty"], ["[1]", "object"], [
      `{"a": ${secret}}`,
      "not valid JSON",
    ]] as const
  ) {
    const [status, message] = await refusal(post(body));
    assertEquals(status, 400);
    assert(message.includes(needle), message);
    assert(!message.includes("secret"), message);
  }
  assertEquals((await refusal(post(new Uint8Array([0xff, 0xfe]))))[0], 400);
  assertEquals((await refusal(post("{}", { "content-encoding": "compress" })))[0], 415);
  assertEquals((await refusal(post("{}", { "content-encoding": "gzip" })))[0], 400);
});

Deno.test("readBody() gives up on a body that stops in the middle", async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
  });
  const request = new Request("http://localhost/", { method: "POST", body });
  const error = await assertRejects(() => readBody(request, LIMIT_BYTES, { timeoutMs: 1 }));
  assertEquals(error instanceof Problem && [error.code, error.status], ["bad_request", 408]);
});

/** A JSON body of about so many bytes. */
function large(bytes: number): string {
  return JSON.stringify({ input: "x".repeat(bytes) });
}

/** A request with it, its length declared as clients do. */
function postLarge(bytes: number): Request {
  const body = large(bytes);
  return post(body, { "content-length": String(body.length) });
}

const MB = 1024 * 1024;

Deno.test("readBody() keeps the room of a body until its work is over, and never two bodies that do not fit", async () => {
  const gate = createBodyGate(() => 3 * MB);
  const works = [createWork(), createWork(), createWork()];
  const read: number[] = [];
  const bodies = works.map(async (work, at) => {
    await readBody(postLarge(2 * MB), 10 * MB, { gate, work });
    read.push(at);
  });
  for (const [at, work] of works.entries()) {
    await bodies[at];
    assertEquals(read, works.keys().take(at + 1).toArray());
    assert(gate.working.heldBytes <= 3 * MB, String(gate.working.heldBytes));
    work.finish();
  }
  assertEquals([gate.arriving.heldBytes, gate.working.heldBytes], [0, 0]);
});

Deno.test("readBody() counts what packed and chunked bodies turn out to be, and gives back what it refuses", async () => {
  const gate = createBodyGate(() => 3 * MB);
  const bytes = new Uint8Array(gzipSync(large(2 * MB)));
  const work = createWork();
  await readBody(post(bytes, { "content-encoding": "gzip" }), 10 * MB, { gate, work });
  assert(gate.working.heldBytes > 2 * MB, String(gate.working.heldBytes));
  work.finish();
  const stream = () => new Blob([large(2 * MB)]).stream();
  await readBody(post(stream()), 10 * MB, { gate, work });
  await assertRejects(() => readBody(post(stream()), MB, { gate }));
  const hidden = new Uint8Array(gzipSync(`${large(2 * MB)}!`));
  await assertRejects(() => readBody(post(hidden, { "content-encoding": "gzip" }), 10 * MB, { gate }));
  assertEquals([gate.arriving.heldBytes, gate.working.heldBytes], [0, 0]);
});

Deno.test("readBodyAs() counts what is made of a body by its weight, until its work is over", async () => {
  const gate = createBodyGate(() => 3 * MB);
  const work = createWork();
  const made = await readBodyAs(
    post(large(1.5 * MB)),
    10 * MB,
    (plain) => plain.length,
    { gate, work, weight: BASE64_WEIGHT },
  );
  assertEquals(gate.working.heldBytes, Math.ceil(made.value * 4 / 3));
  work.finish();
  assertEquals([gate.arriving.heldBytes, gate.working.heldBytes], [0, 0]);
});

Deno.test("readBody() never parses two large bodies without a turn of the event loop between", async () => {
  const gate = createBodyGate(() => 100 * MB);
  const order: string[] = [];
  // A message port gets its turn with the sockets, a microtask does not.
  const { port1, port2 } = new MessageChannel();
  const turned = () =>
    new Promise<void>((resolve) => {
      port2.onmessage = () => resolve();
      port1.postMessage(0);
    });
  const bodies = [1, 2, 3].map(async (name) => {
    await readBody(postLarge(2 * MB), 10 * MB, { gate, work: createWork() });
    order.push(`body ${name}`);
  });
  const others = (async () => {
    while (order.filter((entry) => entry.startsWith("body")).length < 3) {
      await turned();
      if (order.at(-1) !== "other") order.push("other");
    }
  })();
  await Promise.all([...bodies, others]);
  port1.close();
  port2.close();
  const bodiesInARow = order.some((entry, at) => entry !== "other" && (order[at + 1] ?? "other") !== "other");
  assertEquals(bodiesInARow, false, order.join(", "));
});
