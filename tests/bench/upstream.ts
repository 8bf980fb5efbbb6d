/**
 * The upstream of the benchmark, in a process of its own: HTTP/1.1 spoken by hand on plain sockets, because it must
 * never be what limits a run (a Deno.serve stream costs several times the pass-through it is meant to feed).
 *
 * Takes one JSON line per command on stdin and answers one JSON line: `{"plan": Plan}` -> `{"events","text","lastAskBytes"}`;
 * `{"go": true}` opens the gate. When a gate is full it says `{"opened": n}`. Its first line is `{"port"}`.
 * Accepts any bearer token; every POST gets the answer of the plan, everything else 404.
 */
import { readLines, writeLine } from "./lines.ts";
import { readHead } from "./http_head.ts";
import { buildScript, type Plan, type Script, SHORT_ANSWER } from "./script.ts";

interface Paced {
  readonly conn: Deno.Conn;
  readonly done: () => void;
  next: number;
  busy: boolean;
}

let plan: Plan = SHORT_ANSWER;
let script: Script = buildScript(plan);
let waiting = 0;
/** size of the last body, with its chunk framing where it has one */
let lastAskBytes = 0;
let gate = Promise.withResolvers<void>();
/** Streams that get one write per `delayMs`, spread over slots so that they do not all fire in one instant. */
let slots: Set<Paced>[] = [];
let nextSlot = 0;
let ticker: ReturnType<typeof setInterval> | undefined;

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let done = await conn.write(bytes);
  while (done < bytes.length) done += await conn.write(bytes.subarray(done));
}

async function step(slot: Set<Paced>, stream: Paced): Promise<void> {
  const bytes = script.writes[stream.next++];
  if (bytes !== undefined) {
    stream.busy = true;
    try {
      await writeAll(stream.conn, bytes);
    } catch {
      stream.next = script.writes.length;
    }
    stream.busy = false;
  }
  if (stream.next >= script.writes.length) {
    slot.delete(stream);
    stream.done();
  }
}

/** Starts the clock of a plan: every stream is served once per `delayMs`, never twice in one tick. */
function startTicker(): void {
  clearInterval(ticker);
  ticker = undefined;
  if (plan.delayMs === 0) return;
  const count = Math.min(plan.delayMs, 50);
  const slotMs = plan.delayMs / count;
  slots = Array.from({ length: count }, () => new Set());
  let dueAtMs = performance.now();
  ticker = setInterval(() => {
    const nowMs = performance.now();
    if (nowMs - dueAtMs > plan.delayMs) dueAtMs = nowMs - plan.delayMs;
    for (; dueAtMs <= nowMs; dueAtMs += slotMs) {
      const slot = slots[nextSlot++ % count];
      for (const stream of slot ?? []) if (!stream.busy && slot !== undefined) step(slot, stream);
    }
  }, Math.max(1, Math.floor(slotMs)));
}

function pace(conn: Deno.Conn, next: number): Promise<void> {
  return new Promise((done) => {
    const slot = slots.reduce((least, one) => one.size < least.size ? one : least);
    slot.add({ conn, next, busy: false, done });
  });
}

async function answer(conn: Deno.Conn): Promise<void> {
  const { writes } = script;
  const { gate: gateSize, gateAt, delayMs } = plan;
  let next = 0;
  if (gateSize > 0) {
    while (next < gateAt && next < writes.length) await writeAll(conn, writes[next++] ?? new Uint8Array());
    if (++waiting === gateSize) await writeLine({ opened: waiting });
    await gate.promise;
  }
  if (delayMs > 0) return await pace(conn, next);
  while (next < writes.length) await writeAll(conn, writes[next++] ?? new Uint8Array());
}

const NOT_FOUND = new TextEncoder().encode(
  'HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 22\r\n\r\n{"detail":"Not Found"}',
);

async function serve(conn: Deno.TcpConn): Promise<void> {
  conn.setNoDelay(true);
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const head = await readHead(conn, buffer);
      if (head === undefined) break;
      let got = head.bodyBytes.length;
      let tail = String.fromCharCode(...head.bodyBytes.subarray(-5));
      while (head.chunked ? tail !== "0\r\n\r\n" : got < head.contentLength) {
        const count = await conn.read(buffer);
        if (count === null) return;
        got += count;
        tail = (tail + String.fromCharCode(...buffer.subarray(Math.max(0, count - 5), count))).slice(-5);
      }
      lastAskBytes = got;
      if (head.firstLine.startsWith("POST ")) await answer(conn);
      else await writeAll(conn, NOT_FOUND);
    }
  } catch {
    // The candidate went away in the middle of a stream: what that means is for the load client to say.
  } finally {
    conn.close();
  }
}

async function accept(listener: Deno.TcpListener): Promise<void> {
  for await (const conn of listener) serve(conn);
}

if (import.meta.main) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  accept(listener);
  await writeLine({ port: listener.addr.port });
  for await (const line of readLines(Deno.stdin.readable)) {
    const command: { plan?: Plan; go?: true } = JSON.parse(line);
    if (command.plan !== undefined) {
      plan = command.plan;
      script = buildScript(plan);
      waiting = 0;
      gate = Promise.withResolvers();
      startTicker();
      await writeLine({ events: script.events, text: script.text, lastAskBytes });
    } else if (command.go) {
      gate.resolve();
      await writeLine({ gone: waiting });
    }
  }
  Deno.exit(0);
}
