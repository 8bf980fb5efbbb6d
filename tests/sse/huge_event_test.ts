/** One event of 64 MB, an image in one data line, in reads of 64 KB: linear work, no copy per read (translation 83). */
import { assert, assertEquals } from "@std/assert";
import { createEventReader } from "../../src/sse/event_reader.ts";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { CHAT } from "../../src/dialects/chat/dialect.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { contextOf, readDraft } from "../dialects/answer_ways.ts";

const IMAGE_BYTES = 64 * 1024 * 1024;
const READ_BYTES = 64 * 1024;
const encoder = new TextEncoder();
const READ = new Uint8Array(READ_BYTES).fill("A".charCodeAt(0));

const HEAD =
  'event: response.output_item.done\ndata: {"type":"response.output_item.done","sequence_number":1,' +
  '"output_index":0,"item":{"id":"ig_1","type":"image_generation_call","status":"completed","result":"';
const TAIL = '"}}\n\n';
const CREATED = 'event: response.created\ndata: {"type":"response.created","sequence_number":0,' +
  '"response":{"id":"resp_1","status":"in_progress","output":[]}}\n\n';
const COMPLETED = 'event: response.completed\ndata: {"type":"response.completed","sequence_number":2,' +
  '"response":{"id":"resp_1","status":"completed","output":[]}}\n\n';

function* reads(): Generator<Uint8Array> {
  yield encoder.encode(CREATED + HEAD);
  for (let sent = 0; sent < IMAGE_BYTES; sent += READ_BYTES) yield READ;
  yield encoder.encode(TAIL);
  yield encoder.encode(COMPLETED);
}

Deno.test("createEventReader() passes an event of 64 MB (translation 83)", () => {
  const sizes: number[] = [];
  const reader = createEventReader((data) => sizes.push(data.length));
  for (const bytes of reads()) reader.read(bytes);
  const around = HEAD.length - HEAD.indexOf("{") + TAIL.trimEnd().length;
  assertEquals(sizes[1], IMAGE_BYTES + around);
});

for (const [name, dialect] of [["chat", CHAT], ["responses", RESPONSES]] as const) {
  Deno.test(`a ${name} stream passes an event of 64 MB (translation 83)`, () => {
    const written = bytesOf(dialect);
    const times = Math.floor(written / IMAGE_BYTES);
    assert(name === "chat" ? times === 1 : times >= 2, `it wrote ${written} bytes`);
  });
}

/** How much a client gets: of chat the image once; of Responses in its events and in the final output. */
function bytesOf(dialect: Dialect): number {
  const request = dialect === CHAT ? { messages: [{ role: "user", content: "Hi" }] } : { input: "Hi" };
  const translator = dialect.createTranslator(
    contextOf(readDraft(dialect === CHAT ? "chat" : "responses", request, {})),
  );
  let written = 0;
  const sink = { enqueue: (bytes: Uint8Array) => written += bytes.length };
  for (const bytes of reads()) translator.transform(bytes, sink);
  assert(translator.isOver && translator.facts.problem === undefined);
  return written;
}
