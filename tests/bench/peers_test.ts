import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createBook } from "./book.ts";
import { quantile } from "./peer_load.ts";
import { keyOf, peerPart, type PeerRow } from "./peer_table.ts";
import { PEERS } from "./peers.ts";
import { parentOf } from "./proc_stat.ts";

const ROW: PeerRow = { name: "other", api: "chat", version: "1.2.3 (npm)", note: "stands as its page says" };
const RUN = {
  command: "deno task bench --peers",
  date: "2026-11-28",
  rounds: 3,
  program: "the source",
  machine: "2 cores",
  loads: [0.2, 7.25],
  mostStreams: 1600,
} as const;

Deno.test("quantile() gives the value that a share does not exceed, in any order", () => {
  assertEquals(quantile([30, 10, 20], 0.5), 20);
  assertEquals(quantile(Array.from({ length: 200 }, (_, at) => at), 0.99), 198);
  assertEquals(quantile([], 0.99), 0);
});

Deno.test("parentOf() reads past a name with spaces and parentheses", () => {
  assertEquals(parentOf("4712 (a (b) c) S 4711 2 3 0"), { pid: 4712, parent: 4711 });
});

Deno.test("peerPart() compares each round with the upstream alone of the same round", () => {
  const book = createBook();
  const direct = keyOf({ name: "direct", api: "responses" });
  for (const [floor, own] of [[1, 3], [10, 11], [2, 7]] as const) {
    book.add("peer.token", direct, floor);
    book.add("peer.token", keyOf(ROW), own);
  }
  assertStringIncludes(peerPart(book, [ROW], [], RUN), "| other | 1.2.3 (npm) | 2.00 (1.00..5.00) | - |");
});

Deno.test("peerPart() says that the last step of the ladder is no limit, and how loaded the machine was", () => {
  const book = createBook();
  for (const streams of [400, 1600, 1600]) book.add("peer.streams", keyOf(ROW), streams);
  for (const kib of [10_240, 20_480, 30_720]) book.add("peer.idle", keyOf(ROW), kib);
  const part = peerPart(book, [ROW], [], RUN);
  assertStringIncludes(part, "| ≥ 1,600 | 20.0 / - / - |");
  assertStringIncludes(part, "Between 0.2 and 7.3 processes wanted a core");
});

Deno.test("peerPart() keeps what could not be measured, with its reason, and notes once", () => {
  const rows = [ROW, { ...ROW, api: "responses" as const }];
  const part = peerPart(createBook(), rows, [{ name: "third 0.1", reason: "ended before it listened" }], RUN);
  assertStringIncludes(part, "- third 0.1: ended before it listened.");
  assertEquals(part.split("stands as its page says").length, 2);
  assertEquals(part.split("| other |").length, 3);
});

Deno.test("every peer is started at the upstream of the run, on its own port, in its own home", () => {
  const place = {
    installed: "/x/bin/python",
    home: "/home-of-peer",
    port: 4711,
    upstream: "http://127.0.0.1:4712",
  };
  for (const peer of PEERS) {
    const { command, env, files } = peer.start(place);
    const all = JSON.stringify([command, env, files, peer.headers?.(place.upstream)]);
    assert(all.includes("4711") && all.includes("127.0.0.1:4712"), peer.name);
    assert(Object.keys(files ?? {}).every((path) => path.startsWith("/home-of-peer/")), peer.name);
  }
});
