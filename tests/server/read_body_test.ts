import { assert, assertEquals, assertRejects } from "@std/assert";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { Problem } from "../../src/problem.ts";
import { readBody } from "../../src/server/read_body.ts";

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
  const error = await assertRejects(() => readBody(request, LIMIT_BYTES, 1));
  assertEquals(error instanceof Problem && [error.code, error.status], ["bad_request", 408]);
});
