import { assert, assertEquals } from "@std/assert";
import { createFrameReader, type Received } from "../../../src/wire/websocket/frame_reader.ts";
import { encodeFrame, type Opcode, OPCODES } from "../../../src/wire/websocket/frames.ts";
import { createSocket } from "../../../src/upstream/websocket/socket.ts";
import type { Wire } from "../../../src/upstream/websocket/wire.ts";
import { createManualClock } from "./manual_clock.ts";

/** A wire in memory, whose other end takes bytes only when the test lets it. */
function createWire() {
  const incoming: Uint8Array[] = [];
  const outgoing: Uint8Array[] = [];
  let arrival = Promise.withResolvers<void>();
  let allowed = Promise.withResolvers<void>();
  let isClosed = false;
  const wire: Wire = {
    async read(buffer) {
      for (;;) {
        if (isClosed) throw new Error("closed here");
        const next = incoming.shift();
        if (next !== undefined) {
          buffer.set(next);
          return next.length;
        }
        await arrival.promise;
      }
    },
    async write(bytes) {
      await allowed.promise;
      if (isClosed) throw new Error("closed here");
      allowed = Promise.withResolvers();
      // In two halves, as a system does whose buffer is nearly full.
      const taken = bytes.slice(0, Math.max(1, bytes.length >> 1));
      outgoing.push(taken);
      return taken.length;
    },
    close() {
      isClosed = true;
      arrival.resolve();
      allowed.resolve();
    },
  };
  const frames = createFrameReader({ isMasked: true, limitBytes: 1 << 24 });
  return {
    wire,
    give(opcode: Opcode, text: string) {
      incoming.push(encodeFrame({ opcode, isLast: true, payload: new TextEncoder().encode(text) }));
      arrival.resolve();
      arrival = Promise.withResolvers();
    },
    /** Takes one write, and gives what it completes. */
    async take(): Promise<Received[]> {
      allowed.resolve();
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      return outgoing.splice(0).flatMap((bytes) => frames.read(bytes));
    },
    isClosed: () => isClosed,
  };
}

function openOn(wire: Wire) {
  const clock = createManualClock();
  const options = { rest: new Uint8Array(0), limitBytes: 1 << 20, after: clock.after };
  return {
    clock,
    socket: createSocket(wire, { ...options, randomBytes: () => new Uint8Array([1, 2, 3, 4]) }),
  };
}

Deno.test("socket: a pong leaves between the pieces of a large message, and only the last of a flood of pings", async () => {
  const far = createWire();
  const { socket } = openOn(far.wire);
  const text = "x".repeat(300_000);
  const sending = socket.send(text);
  assertEquals(await far.take(), []);
  for (const name of ["1", "2", "3"]) far.give(OPCODES.ping, name);
  const received: Received[] = [];
  for (let writes = 0; writes < 200 && received.length < 2; writes++) received.push(...await far.take());
  assertEquals(received, [
    { kind: "pong", payload: new TextEncoder().encode("3") },
    { kind: "text", text },
  ]);
  assertEquals(await sending, true);
  socket.abort();
});

Deno.test("socket: closing in the middle of a message ends with a close frame, and the message is not sent whole", async () => {
  const far = createWire();
  const { socket } = openOn(far.wire);
  const sending = socket.send("x".repeat(300_000));
  await far.take();
  const closing = socket.close(1001, "going away");
  const received: Received[] = [];
  for (let writes = 0; writes < 200 && received.length < 1; writes++) received.push(...await far.take());
  assertEquals(received, [{ kind: "close", code: 1001, reason: "going away" }]);
  assertEquals(await sending, false);
  assert(!far.isClosed());
  far.give(OPCODES.close, "");
  await closing;
  assertEquals([far.isClosed(), socket.end], [true, { code: 1001, reason: "going away", by: "us" }]);
  assertEquals(await socket.send("more"), false);
});

Deno.test("socket: a peer that takes no bytes does not hold up the end", async () => {
  const far = createWire();
  const { socket, clock } = openOn(far.wire);
  const sending = socket.send("hello");
  const closing = socket.close();
  clock.advance(2000);
  await closing;
  assertEquals([await sending, clock.waiting()], [false, 0]);
});

Deno.test("socket: messages that came before the end are still given", async () => {
  const far = createWire();
  const { socket } = openOn(far.wire);
  far.give(OPCODES.text, "one");
  far.give(OPCODES.text, "two");
  far.give(OPCODES.close, "");
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  await far.take();
  await far.take();
  for (let writes = 0; writes < 8; writes++) await far.take();
  assertEquals(await socket.receive(), { text: "one" });
  assertEquals(await socket.receive(), { text: "two" });
  assertEquals(await socket.receive(), { end: { code: 1005, reason: "", by: "peer" } });
});

Deno.test("socket: pings are sent while it is quiet; any byte is a sign of life, none is the end", async () => {
  const far = createWire();
  const { socket, clock } = openOn(far.wire);
  for (let round = 0; round < 10; round++) {
    clock.advance(25_000);
    let pings: Received[] = [];
    for (let writes = 0; writes < 10 && pings.length === 0; writes++) pings = await far.take();
    assertEquals(pings.map(({ kind }) => kind), ["ping"]);
    far.give(OPCODES.pong, "");
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  assertEquals(socket.end, undefined);
  clock.advance(5 * 25_000);
  assertEquals(socket.end, { code: 1006, reason: "no sign of life", by: "network" });
  assertEquals(clock.waiting(), 0);
});
