import { assert, assertEquals } from "@std/assert";
import { createFrameReader, type Received } from "../../../src/wire/websocket/frame_reader.ts";
import { closePayload, encodeFrame, OPCODES, toFrames } from "../../../src/wire/websocket/frames.ts";

const LIMIT = 1 << 20;
const MASK = new Uint8Array([0x37, 0xfa, 0x21, 0x3d]);

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** A frame of a server. */
function server(opcode: number, payload: Uint8Array | string, isLast = true): Uint8Array {
  const bytes = typeof payload === "string" ? utf8(payload) : payload;
  return encodeFrame({ opcode: opcode as 1, isLast, payload: bytes });
}

function read(pieces: readonly Uint8Array[], isMasked = false, limitBytes = LIMIT): Received[] {
  const reader = createFrameReader({ isMasked, limitBytes });
  return pieces.flatMap((piece) => reader.read(piece));
}

/** Reads in one piece, byte by byte, and in two pieces with every cut: always the same. */
function readEveryCut(bytes: Uint8Array, isMasked = false, limitBytes = LIMIT): Received[] {
  const whole = read([bytes], isMasked, limitBytes);
  assertEquals(read([...bytes].map((byte) => new Uint8Array([byte])), isMasked, limitBytes), whole);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const pieces = [bytes.slice(0, cut), bytes.slice(cut)];
    assertEquals(read(pieces, isMasked, limitBytes), whole, `cut at ${cut}`);
  }
  return whole;
}

Deno.test("frames: the examples of RFC 6455, 5.7, are written and read byte for byte", () => {
  const hello = { opcode: OPCODES.text, isLast: true, payload: utf8("Hello") };
  assertEquals(encodeFrame(hello), hex("81 05 48 65 6c 6c 6f"));
  assertEquals(encodeFrame(hello, MASK), hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
  assertEquals(readEveryCut(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58"), true), [{
    kind: "text",
    text: "Hello",
  }]);
  assertEquals(readEveryCut(hex("01 03 48 65 6c 80 02 6c 6f")), [{ kind: "text", text: "Hello" }]);
  assertEquals(readEveryCut(hex("89 05 48 65 6c 6c 6f")), [{ kind: "ping", payload: utf8("Hello") }]);
  assertEquals(readEveryCut(hex("8a 85 37 fa 21 3d 7f 9f 4d 51 58"), true), [
    { kind: "pong", payload: utf8("Hello") },
  ]);
});

Deno.test("frames: every length has its form", () => {
  for (
    const [length, head] of [
      [0, "82 00"],
      [125, "82 7d"],
      [126, "82 7e 00 7e"],
      [65_535, "82 7e ff ff"],
      [65_536, "82 7f 00 00 00 00 00 01 00 00"],
    ] as const
  ) {
    const bytes = encodeFrame({ opcode: OPCODES.binary, isLast: true, payload: new Uint8Array(length) });
    const expected = hex(head);
    assertEquals(bytes.slice(0, expected.length), expected);
    assertEquals(bytes.length, expected.length + length);
    assertEquals(read([bytes]), [{ kind: "binary", bytes: length }]);
  }
});

Deno.test("frames: control frames come between the pieces of a message, and two messages in one packet", () => {
  const bytes = joined(
    server(OPCODES.text, "gr", false),
    server(OPCODES.ping, "1"),
    server(OPCODES.continuation, "", false),
    server(OPCODES.pong, ""),
    server(OPCODES.continuation, utf8("ü").slice(0, 1), false),
    server(OPCODES.continuation, joined(utf8("ü").slice(1), utf8("n"))),
    server(OPCODES.text, "\ufeffsecond"),
    server(OPCODES.text, ""),
    server(OPCODES.close, closePayload(1011, "keepalive ping timeout")),
    server(OPCODES.text, "too late"),
  );
  assertEquals(readEveryCut(bytes), [
    { kind: "ping", payload: utf8("1") },
    { kind: "pong", payload: new Uint8Array(0) },
    { kind: "text", text: "grün" },
    { kind: "text", text: "\ufeffsecond" },
    { kind: "text", text: "" },
    { kind: "close", code: 1011, reason: "keepalive ping timeout" },
  ]);
});

Deno.test("frames: what is against the protocol ends the connection with its code, at the first byte that says so", () => {
  const rows: readonly (readonly [name: string, bytes: Uint8Array, code: number, isMasked?: boolean])[] = [
    ["reserved bit 1, compression that nobody offered", hex("c1 00"), 1002],
    ["reserved bit 2", hex("a1 00"), 1002],
    ["reserved bit 3", hex("91 00"), 1002],
    ["an unknown kind of data", hex("83 00"), 1002],
    ["an unknown kind of control", hex("8b 00"), 1002],
    ["a masked frame of a server", hex("81 80 00 00 00 00"), 1002],
    ["an unmasked frame of a client", hex("81 00"), 1002, true],
    ["a ping in pieces", hex("09 00"), 1002],
    ["a ping that is too long", hex("89 7e 00 7e"), 1002],
    ["a close that is too long", hex("88 7e 00 7e"), 1002],
    ["a continuation of nothing", hex("80 00"), 1002],
    ["a text within a text", hex("01 01 61 81 01 62"), 1002],
    ["a close of one byte", hex("88 01 03"), 1002],
    ["a close with 1005", hex("88 02 03 ed"), 1002],
    ["a close with 1006", hex("88 02 03 ee"), 1002],
    ["a close with 999", hex("88 02 03 e7"), 1002],
    ["a close with 2000", hex("88 02 07 d0"), 1002],
    ["a close reason that is not UTF-8", hex("88 03 03 e8 ff"), 1007],
    ["text that is not UTF-8", hex("81 01 ff"), 1007],
    ["half a surrogate", hex("81 03 ed a0 80"), 1007],
    ["text that ends within a character", hex("81 01 c3"), 1007],
    ["a length beyond what is exact", hex("81 7f 80 00 00 00 00 00 00 00"), 1009],
    ["a length over the limit", hex("81 7f 00 00 00 00 00 10 00 01"), 1009],
  ];
  for (const [name, bytes, code, isMasked] of rows) {
    const received = readEveryCut(joined(bytes, hex("00 00 00 00")), isMasked);
    assertEquals(received.length, 1, name);
    const [fault] = received;
    assert(fault?.kind === "fault", name);
    assertEquals(fault.code, code, name);
  }
});

Deno.test("frames: the limit counts all frames of a message, and a bad character ends it before its rest is there", () => {
  const pieces = [server(OPCODES.text, "abc", false), server(OPCODES.continuation, "de")];
  assertEquals(read(pieces, false, 5), [{ kind: "text", text: "abcde" }]);
  assertEquals(read(pieces, false, 4).map(({ kind }) => kind), ["fault"]);
  // A control frame within it does not count.
  const [first, second] = pieces;
  assert(first !== undefined && second !== undefined);
  assertEquals(
    readEveryCut(joined(first, server(OPCODES.ping, "123456"), second), false, 5).map(({ kind }) => kind),
    ["ping", "text"],
  );
  const early = server(OPCODES.text, new Uint8Array([0xff, ...new Uint8Array(100)])).slice(0, 3);
  assertEquals(read([early]).map(({ kind }) => kind), ["fault"]);
});

Deno.test("frames: every close code that may be sent is read; a reason is cut between characters", () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999]) {
    assertEquals(read([server(OPCODES.close, closePayload(code, "so"))]), [{
      kind: "close",
      code,
      reason: "so",
    }]);
  }
  assertEquals(read([server(OPCODES.close, "")]), [{ kind: "close", code: 1005, reason: "" }]);
  const payload = closePayload(1000, "ü".repeat(100));
  assertEquals(payload.length, 124);
  assertEquals(read([server(OPCODES.close, payload)]), [
    { kind: "close", code: 1000, reason: "ü".repeat(61) },
  ]);
});

Deno.test("frames: a message in pieces has its kind once and its end once", () => {
  const frames = [...toFrames(OPCODES.text, utf8("abcde"), 2)];
  assertEquals(frames.map(({ opcode, isLast }) => [opcode, isLast]), [[1, false], [0, false], [0, true]]);
  assertEquals(read(frames.map((frame) => encodeFrame(frame, MASK)), true), [{
    kind: "text",
    text: "abcde",
  }]);
  assertEquals([...toFrames(OPCODES.text, utf8("ab"), 2)].length, 1);
  assertEquals([...toFrames(OPCODES.text, utf8(""), 2)].length, 1);
});
