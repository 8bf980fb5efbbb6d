import { assertEquals } from "@std/assert";
import { createTransportMemory, fallbackOf } from "../../../src/upstream/websocket/fallback.ts";
import { createManualClock } from "./manual_clock.ts";

const PAUSE_MS = 600_000;
const REFUSED = fallbackOf({ kind: "refused", refusal: { status: 426, headers: new Headers(), body: "" } });
const UNREACHABLE = fallbackOf({
  kind: "unreachable",
  phase: "connect",
  detail: "Connection refused",
  isTimeout: false,
  cause: undefined,
});

Deno.test("fallback: what says that there are no WebSockets is remembered; then one request tries again", () => {
  const clock = createManualClock();
  const memory = createTransportMemory(clock.nowMs, PAUSE_MS);
  assertEquals(memory.reason(), undefined);
  memory.failed(REFUSED);
  assertEquals(memory.reason(), "the upgrade was refused (426)");
  clock.advance(PAUSE_MS - 1);
  assertEquals(memory.reason(), "the upgrade was refused (426)");
  clock.advance(1);
  assertEquals(memory.reason(), undefined);
  assertEquals(memory.reason(), "the upgrade was refused (426)", "only one tries");
  memory.worked();
  assertEquals(memory.reason(), undefined);
});

Deno.test("fallback: a connection that fails is remembered from the second time in a row", () => {
  const memory = createTransportMemory(() => 0, PAUSE_MS);
  memory.failed(UNREACHABLE);
  assertEquals(memory.reason(), undefined);
  memory.worked();
  memory.failed(UNREACHABLE);
  assertEquals(memory.reason(), undefined);
  memory.failed(UNREACHABLE);
  assertEquals(memory.reason(), "connect: Connection refused");
});

Deno.test("fallback: what is about one request or account says nothing about WebSockets", () => {
  const memory = createTransportMemory(() => 0, PAUSE_MS);
  for (const status of [401, 403, 429, 500, 503]) {
    memory.failed(fallbackOf({ kind: "refused", refusal: { status, headers: new Headers(), body: "" } }));
    memory.failed(
      fallbackOf({ kind: "error", refusal: { status, headers: new Headers(), body: "" }, events: [] }),
    );
  }
  memory.failed(fallbackOf({ kind: "too_large", bytes: 1 }));
  memory.failed(fallbackOf({ kind: "no_room" }));
  memory.failed(fallbackOf({ kind: "aborted" }));
  const end = { code: 1011, reason: "", by: "peer" } as const;
  memory.failed(fallbackOf({ kind: "closed", end, wasSent: true }));
  assertEquals(memory.reason(), undefined);
});
