/**
 * Runs on a small file system of its own (full_disk_test.ts): fills it, deletes, and writes what it saw as JSON.
 *
 * Argument: a folder on that file system.
 */
import { Problem } from "../../src/problem.ts";
import { openSqliteStore } from "../../src/store/sqlite_store.ts";

const [folder = ""] = Deno.args;
const path = `${folder}/store.db`;
const store = openSqliteStore({ path, nowMs: () => 1000 });
const SECRET = "the-very-secret-text ";

const keyOf = (id: string) => ({ kind: "session", owner: "", id });
const put = (id: string, count: number, text: string) =>
  store.write([{
    op: "put",
    key: keyOf(id),
    head: {},
    items: Array.from({ length: count }, () => ({ text })),
    expiresAtMs: 5000,
  }]);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    return error instanceof Problem ? error.code : String(error);
  }
}

await put("first", 400, SECRET.repeat(100));
let fills = 0;
while (await codeOf(put(`filler ${fills}`, 10, "x".repeat(20_000))) === "ok") fills++;
// Whatever is left goes too, down to the last byte: first in the log's own room, then on the disk.
using rest = Deno.openSync(`${folder}/rest`, { write: true, create: true });
try {
  for (;;) rest.writeSync(new Uint8Array(512).fill(1));
} catch {
  // full
}
const full = await codeOf(put("more", 10, "x".repeat(200_000)));
const deleted = await codeOf(
  store.write([{ op: "delete", key: keyOf("first"), erase: true }]),
);
const isGone = await store.get(keyOf("first")) === undefined;
const latin = new TextDecoder("latin1");
const traces = ["", "-wal"].filter((end) => latin.decode(Deno.readFileSync(path + end)).includes(SECRET));
const again = await codeOf(put("again", 10, "y".repeat(1000)));
const swept = await store.sweep(1e12).then(() => "ok", String);
const seen = JSON.stringify({ fills: fills > 2, full, deleted, isGone, traces, again, swept });
Deno.stdout.writeSync(new TextEncoder().encode(seen));
await store.close();
