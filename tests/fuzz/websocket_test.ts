/**
 * Frames that were generated and damaged: what was written is read again however it is cut, and no bytes make the
 * reader throw, hang, or hold more than its limit. `FUZZ_SECONDS` goes on with new seeds, `FUZZ_SEED=n` runs one.
 */
import { assert, assertEquals } from "@std/assert";
import { createFrameReader, type Received } from "../../src/wire/websocket/frame_reader.ts";
import { closePayload, encodeFrame, type Frame, OPCODES, toFrames } from "../../src/wire/websocket/frames.ts";
import { createBodyReader } from "../../src/wire/websocket/body_reader.ts";
import { createHeadReader } from "../../src/wire/websocket/handshake.ts";
import { cutAt } from "../dialects/answer_ways.ts";
import { createRandom, type Random } from "./random.ts";

const SECONDS = Number(Deno.env.get("FUZZ_SECONDS") ?? "0");
const SEED = Deno.env.get("FUZZ_SEED");
const FIXED_SEEDS = 400;
const LIMIT = 200_000;
const TEXTS = ["", "a", "grün", "😀", '{"type":"response.created"}', "\u0000", "\ufeff", "x".repeat(70_000)];

Deno.test("WebSocket frames survive every cut, and damaged ones every reader", () => {
  if (SEED !== undefined) return runSeed(Number(SEED));
  for (let seed = 0; seed < FIXED_SEEDS; seed++) runSeed(seed);
  const until = Date.now() + SECONDS * 1000;
  let runs = 0;
  for (let seed = Date.now() >>> 0; Date.now() < until; seed++, runs++) runSeed(seed);
  if (SECONDS > 0) assert(runs > 0, "the fuzzer ran");
});

function runSeed(seed: number): void {
  try {
    check(createRandom(seed));
  } catch (error) {
    throw new Error(`FUZZ_SEED=${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function check(random: Random): void {
  const isMasked = random.chance(0.5);
  const { bytes, expected } = generate(random, isMasked);
  assertEquals(read(cut(random, bytes), isMasked), expected);
  const damaged = damage(random, bytes);
  const whole = read([damaged], isMasked);
  assertEquals(read(cut(random, damaged), isMasked), whole);
  const last = whole.findIndex(({ kind }) => kind === "close" || kind === "fault");
  assert(last === -1 || last === whole.length - 1, "nothing follows an end");
  checkHttp(random, damaged);
}

/** Messages with control frames between their pieces, and what is to be read of them. */
function generate(random: Random, isMasked: boolean): { bytes: Uint8Array; expected: Received[] } {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const expected: Received[] = [];
  const mask = () => isMasked ? Uint8Array.from({ length: 4 }, () => random.below(256)) : undefined;
  const put = (frame: Frame) => pieces.push(encodeFrame(frame, mask()));
  const putControl = () => {
    const kind = random.pick(["ping", "pong"] as const);
    const payload = Uint8Array.from({ length: random.below(126) }, () => random.below(256));
    put({ opcode: OPCODES[kind], isLast: true, payload });
    expected.push({ kind, payload });
  };
  for (let left = 1 + random.below(5); left > 0; left--) {
    const text = Array.from({ length: 1 + random.below(3) }, () => random.pick(TEXTS)).join("");
    const payload = new TextEncoder().encode(text);
    if (payload.length > LIMIT) continue;
    const isText = random.chance(0.8);
    const size = random.pick([1 + random.below(5), 1000, 1 << 20]);
    const frames = [
      ...toFrames(isText ? OPCODES.text : OPCODES.binary, payload, payload.length > 1000 ? 1 << 14 : size),
    ];
    for (const frame of frames) {
      put(frame);
      if (!frame.isLast && random.chance(0.3)) putControl();
    }
    expected.push(isText ? { kind: "text", text } : { kind: "binary", bytes: payload.length });
  }
  if (random.chance(0.5)) {
    const reason = random.pick(["", "done", "ü"]);
    put({ opcode: OPCODES.close, isLast: true, payload: closePayload(1000, reason) });
    expected.push({ kind: "close", code: 1000, reason });
  }
  return { bytes: Uint8Array.from(pieces.flatMap((piece) => [...piece])), expected };
}

function read(pieces: readonly Uint8Array[], isMasked: boolean): Received[] {
  const reader = createFrameReader({ isMasked, limitBytes: LIMIT });
  const received = pieces.flatMap((piece) => reader.read(piece));
  for (const one of received) assert(one.kind !== "text" || one.text.length <= LIMIT, "within the limit");
  return received;
}

function cut(random: Random, bytes: Uint8Array): Uint8Array[] {
  const cuts = Array.from({ length: random.below(40) }, () => random.below(bytes.length + 1));
  return cutAt(bytes, cuts.sort((a, b) => a - b));
}

function damage(random: Random, bytes: Uint8Array): Uint8Array {
  const damaged = bytes.slice(0, random.chance(0.2) ? random.below(bytes.length + 1) : bytes.length);
  for (let left = 1 + random.below(4); left > 0 && damaged.length > 0; left--) {
    damaged[random.below(Math.min(damaged.length, 64))] = random.below(256);
  }
  return damaged;
}

/** The same bytes as the answer to an upgrade: nothing throws. */
function checkHttp(random: Random, bytes: Uint8Array): void {
  const start = new TextEncoder().encode(
    random.pick(["", "HTTP/1.1 101 X\r\n", "HTTP/1.1 429 X\r\na: b\r\n\r\n"]),
  );
  const reader = createHeadReader();
  for (const piece of [start, ...cut(random, bytes)]) if (reader.read(piece) !== undefined) break;
  const headers = new Headers(
    random.pick([{ "transfer-encoding": "chunked" }, { "content-length": "7" }, {}]),
  );
  const body = createBodyReader(headers, 1000);
  for (const piece of cut(random, bytes)) if (body.read(piece)) break;
  assert(body.soFar().length <= 1000);
}
