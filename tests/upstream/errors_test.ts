import { assertEquals } from "@std/assert";
import { BOUNDS } from "../../src/bounds.ts";
import { readRefusal } from "../../src/upstream/errors.ts";

const encoder = new TextEncoder();

function refusal(pieces: readonly Uint8Array[]): Promise<string> {
  return readRefusal(new Response(ReadableStream.from(pieces), { status: 400 })).then(({ body }) => body);
}

Deno.test("readRefusal() keeps characters whole that are cut between two pieces", async () => {
  const bytes = encoder.encode("é日本");
  assertEquals(await refusal([bytes.slice(0, 1), bytes.slice(1, 3), bytes.slice(3)]), "é日本");
});

Deno.test("readRefusal() keeps so many bytes as the limit says, and reads no further", async () => {
  const limit = BOUNDS.errorBody.bytes;
  const piece = (length: number) => new Uint8Array(length).fill(0x78);
  assertEquals((await refusal([piece(limit - 1), piece(1)])).length, limit);
  assertEquals((await refusal([piece(limit - 1), piece(9)])).length, limit);
  let pulls = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++;
      controller.enqueue(piece(limit));
    },
  }, { highWaterMark: 0 });
  assertEquals((await readRefusal(new Response(endless))).body.length, limit);
  assertEquals(pulls, 1);
});

Deno.test("readRefusal() gives what came of a body that breaks off, and nothing of none", async () => {
  async function* broken() {
    yield encoder.encode("half");
    throw new Error("connection reset");
  }
  const { body } = await readRefusal(new Response(ReadableStream.from(broken())));
  assertEquals(body, "half");
  assertEquals((await readRefusal(new Response(null, { status: 400 }))).body, "");
});
