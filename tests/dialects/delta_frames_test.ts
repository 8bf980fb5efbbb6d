import { assertEquals } from "@std/assert";
import { createDeltaFrames, type DeltaFrames } from "../../src/dialects/responses/delta_frames.ts";

const TYPE = "response.output_text.delta";
const encoder = new TextEncoder();

function frameOf(event: Record<string, unknown>): { bytes: Uint8Array; text: string } {
  const text = `event: ${event["type"]}\ndata: ${JSON.stringify(event)}\n\n`;
  return { bytes: encoder.encode(text), text };
}

function delta(text: string, number: number, numberLast = false, item = "msg_1") {
  const place = { item_id: item, output_index: 3, content_index: 1, delta: text, obfuscation: 'x"y' };
  return frameOf(
    numberLast
      ? { type: TYPE, ...place, sequence_number: number }
      : { type: TYPE, sequence_number: number, ...place },
  );
}

for (const numberLast of [false, true]) {
  const where = numberLast ? "last" : "first";
  Deno.test(`createDeltaFrames() matches deltas of a part it learnt, number ${where}`, () => {
    const texts: unknown[] = [];
    const frames = createDeltaFrames((type, output, part, literal) =>
      texts.push([type, output, part, JSON.parse(literal ?? "")])
    );
    const first = delta("a", 9, numberLast);
    assertEquals(matches(frames, first.bytes), false);
    frames.learn(first.bytes, first.text, TYPE);
    for (const [index, text] of ["b", 'say "hi"\\', "日本", "", "\u0000\ud83d", "\ude00"].entries()) {
      const { bytes } = delta(text, 10 + index, numberLast);
      assertEquals([matches(frames, bytes), frames.number], [true, 10 + index]);
      frames.keep(bytes);
    }
    frames.flush();
    frames.flush();
    assertEquals(texts, [[TYPE, 3, 1, 'bsay "hi"\\日本\u0000\ud83d\ude00']]);
  });

  Deno.test(`createDeltaFrames() tells where the number stands, number ${where}`, () => {
    const frames = createDeltaFrames(() => {});
    const { bytes, text } = delta("a", 1, numberLast);
    frames.learn(bytes, text, TYPE);
    const next = delta("bc", 123, numberLast);
    frames.match(next.bytes, 0);
    assertEquals(next.text.slice(frames.numberStart, frames.numberEnd), "123");
  });
}

function matches(frames: DeltaFrames, bytes: Uint8Array): boolean {
  return frames.match(bytes, 0) === bytes.length;
}

Deno.test("createDeltaFrames() matches no frame that differs from what it learnt", () => {
  const frames = createDeltaFrames(() => {});
  const { bytes, text } = delta("a", 1);
  frames.learn(bytes, text, TYPE);
  const good = new TextDecoder().decode(delta("b", 2).bytes);
  const others = [
    delta("b", 2, false, "msg_2").bytes,
    encoder.encode(good.replace('"output_index":3', '"output_index":4')),
    encoder.encode(good.replace('"sequence_number":2', '"sequence_number":')),
    encoder.encode(good.replace("}\n\n", "\n\n")),
    encoder.encode(good.replace("}\n\n", '}\ndata: {"x":1}\n\n')),
    encoder.encode(good.slice(0, -1)),
    encoder.encode(good.replaceAll("output_text", "refusal_tex")),
    encoder.encode(good.slice(0, 40)),
    new Uint8Array(0),
  ];
  assertEquals(others.map((other) => matches(frames, other)), others.map(() => false));
  assertEquals(matches(frames, encoder.encode(good)), true);
  frames.forget();
  assertEquals(matches(frames, encoder.encode(good)), false);
});

Deno.test("createDeltaFrames() keeps the texts of parts whose deltas come in turns apart", () => {
  const texts: unknown[] = [];
  const frames = createDeltaFrames((_type, _output, _part, literal) => texts.push(JSON.parse(literal ?? "")));
  for (const item of ["msg_1", "msg_2"]) {
    const { bytes, text } = delta("x", 1, false, item);
    frames.learn(bytes, text, TYPE);
  }
  for (const [item, text] of [["msg_1", "a"], ["msg_2", "b"], ["msg_1", "c"], ["msg_2", "d"]]) {
    const { bytes } = delta(text ?? "", 2, false, item);
    assertEquals(matches(frames, bytes), true);
    frames.keep(bytes);
  }
  frames.flush();
  assertEquals(texts.sort(), ["ac", "bd"]);
});

Deno.test("createDeltaFrames() learns nothing from a frame whose text it would not find by its bytes", () => {
  const start = `event: ${TYPE}\ndata: {"type":"${TYPE}","sequence_number":1,`;
  const frames = [
    // Characters of more than one byte, an object or a second line in front of the text; no text.
    `${start}"item_id":"mü","delta":"a"}\n\n`,
    `${start}"item":{"id":"1"},"delta":"a"}\n\n`,
    `${start}"item":["1"],"delta":"a"}\n\n`,
    `${start}\ndata: "item_id":"1","delta":"a"}\n\n`,
    `${start}"item_id":"1"}\n\n`,
  ];
  const learns = (text: string) => {
    const reader = createDeltaFrames(() => {});
    const bytes = encoder.encode(text);
    reader.learn(bytes, text, TYPE);
    return matches(reader, bytes);
  };
  assertEquals(frames.map(learns), frames.map(() => false));
  assertEquals(learns(`${start}"item_id":"1","delta":"a"}\n\n`), true);
});
