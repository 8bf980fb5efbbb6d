import { assert, assertEquals } from "@std/assert";
import { denoDir } from "../program_process.ts";
import { openSqliteStore } from "../../src/store/sqlite_store.ts";

/** Series at once, each with a store of its own: most of the time goes into starting processes. */
const SERIES = 2;
/** Times that a writing process is killed, in each series. */
const KILLS = 120;
/** Processes one after the other share a session up to this many turns; then the next one begins. */
const TURNS = 400;

/** A small generator with a seed, so that a failure can be seen again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Starts a writer, kills it after so many acknowledged turns and some random time; gives the last acknowledged. */
async function writeAndKill(path: string, first: number, acks: number, spins: number): Promise<number> {
  const viaMap = import.meta.resolve("@std/toml/parse").startsWith("file:");
  const map = new URL("../../tools/std/import_map.json", import.meta.url).href;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--no-check",
      "--cached-only",
      ...(viaMap ? ["--no-lock", `--import-map=${map}`] : []),
      "--allow-read",
      "--allow-write",
      new URL("crash_writer.ts", import.meta.url).href,
      path,
      `${first}`,
    ],
    env: { DENO_DIR: denoDir() ?? "", DENO_NO_UPDATE_CHECK: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let text = "";
  let seen = 0;
  let killed = false;
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    seen += piece.split("\n").length - 1;
    if (seen < acks || killed) continue;
    killed = true;
    // Somewhere between two acknowledgements, not right behind one.
    for (let n = 0; n < spins; n++) await Promise.resolve();
    child.kill("SIGKILL");
  }
  await child.status;
  const numbers = text.split("\n").slice(0, -1);
  return Number(numbers.at(-1) ?? first - 1);
}

Deno.test({
  name: "kill -9 at any time loses no acknowledged turn and leaves no half one",
  ignore: Deno.build.os === "windows",
  async fn() {
    await Promise.all(Array.from({ length: SERIES }, (_, n) => killSeries(20_261_122 + n)));
  },
});

async function killSeries(seed: number): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ccproxy-crash-" });
  const random = createRandom(seed);
  const path = `${folder}/store.db`;
  try {
    let next = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const acks = Math.floor(random() * 6);
      const acknowledged = await writeAndKill(path, next, acks, Math.floor(random() * 3000));
      next = await checkStore(path, acknowledged, kill % 20 === 0);
      if (next <= TURNS) continue;
      next = 0;
      for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a killed process left: gives the number of turns. */
async function checkStore(path: string, acknowledged: number, thorough: boolean): Promise<number> {
  const store = openSqliteStore({ path, nowMs: Date.now });
  const session = await store.get({ kind: "session", owner: "", id: "crash" });
  const texts = (session?.items ?? []).map(({ item }) =>
    (item as { content: { text: string }[] }).content[0]?.text
  );
  const turns = texts.length / 3;
  assert(turns > acknowledged, `${turns} turns are there, ${acknowledged + 1} were acknowledged`);
  const expected = Array.from(
    { length: turns },
    (_, n) => [`question ${n}`, `answer ${n} 1`, `answer ${n} 2`],
  );
  assertEquals(texts, expected.flat());
  assertEquals(session?.head["turns"] ?? 0, turns);
  // A turn is one transaction: its response is there when the session has it, and not otherwise.
  const first = thorough ? 0 : Math.max(0, turns - 3);
  for (let n = first; n <= turns; n++) {
    const response = await store.get({ kind: "response", owner: "", id: `resp_${n}` });
    const item = await store.getHead({ kind: "item", owner: "", id: `msg_${n}_2` });
    assertEquals(
      [response?.items.length, item?.head["id"]],
      n < turns ? [3, `resp_${n}`] : [undefined, undefined],
    );
  }
  await store.close();
  return turns;
}
