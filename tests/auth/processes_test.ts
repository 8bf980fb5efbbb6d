/** Real processes on one credentials file: many at once, and ones that are killed. */
import { assert, assertEquals } from "@std/assert";
import { createAccess } from "../../src/auth/access.ts";
import { readAuthJson } from "../../src/wire/auth_json.ts";
import { cliAuthJson, startIssuer, withHome } from "./issuer.ts";

const HERE = new URL(".", import.meta.url);
const MODULE = new URL("refresh_process.ts", HERE).href;
/** The route to @std that this run takes itself: refresh_process.ts imports the same modules. */
const STD = import.meta.resolve("@std/toml/parse").includes("tools/std/")
  ? ["--no-lock", `--import-map=${new URL("../../tools/std/import_map.json", HERE).href}`]
  : [];

interface Child {
  readonly pid: number;
  readonly ready: Promise<void>;
  /** settles with the first saved refresh */
  readonly refreshed: Promise<void>;
  go(): Promise<void>;
  kill(): Promise<void>;
  /** the last line it printed */
  result(): Promise<string>;
}

function start(issuer: string, path: string, mode: "once" | "forever"): Child {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-check", ...STD, "--no-prompt", "-A", MODULE, issuer, path, mode],
    env: { NO_PROXY: "127.0.0.1,localhost" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const ready = Promise.withResolvers<void>();
  const refreshed = Promise.withResolvers<void>();
  let text = "";
  const reading = (async () => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.includes("ready")) ready.resolve();
      if (text.includes("refreshed")) refreshed.resolve();
    }
    ready.resolve();
    refreshed.resolve();
  })();
  const writer = child.stdin.getWriter();
  return {
    pid: child.pid,
    ready: ready.promise,
    refreshed: refreshed.promise,
    go: () => writer.write(new TextEncoder().encode("\n")),
    async kill() {
      child.kill("SIGKILL");
      await child.status;
      await writer.abort().catch(() => {});
      await reading;
    },
    async result() {
      await child.status;
      await writer.abort().catch(() => {});
      await reading;
      return text.trim().split("\n").at(-1) ?? "";
    },
  };
}

Deno.test("ten processes with an expired token refresh once, and all get the same token", async () => {
  await using issuer = startIssuer();
  await withHome(cliAuthJson(Date.now() / 1000 - 60), async ({ path }) => {
    const children = Array.from({ length: 10 }, () => start(issuer.url, path, "once"));
    await Promise.all(children.map((child) => child.ready));
    await Promise.all(children.map((child) => child.go()));
    const tokens = await Promise.all(children.map((child) => child.result()));
    assertEquals(new Set(tokens).size, 1);
    assertEquals(/^[0-9a-f]{64}$/.test(tokens[0] ?? ""), true, tokens[0]);
    assertEquals(issuer.seen.length, 1);
    const saved = readAuthJson(await Deno.readTextFile(path));
    assert(saved.kind === "tokens");
    assertEquals(saved.tokens.refreshToken, "rt_1");
  });
});

const KILLS = 300;
const LANES = 3;
const FIRST_REFRESH_MS = 40;
const LATER_REFRESH_MS = 10;

Deno.test({
  name: `${KILLS} processes killed at random points of a refresh leave a usable login each time`,
  ignore: Deno.build.os === "windows",
  async fn() {
    const counts = await Promise.all(Array.from({ length: LANES }, () => killMany(KILLS / LANES)));
    const rotated = counts.reduce((sum, count) => sum + count, 0);
    // The kills must have met refreshes, else this test proves nothing.
    assert(rotated > KILLS / 2, `only ${rotated} refreshes`);
  },
});

/**
 * Kills one process after the other while each refreshes without a pause. After each kill the file must be whole and
 * private, and hold a refresh token that the issuer takes. The issuer overlaps rotations: it takes a used token until
 * its successor is used, because no client can save an answer that it did not live to read. The last step proves the
 * login by a refresh.
 *
 * @returns the number of rotations that the issuer made
 */
async function killMany(times: number): Promise<number> {
  await using issuer = startIssuer();
  issuer.overlap = true;
  await withHome(cliAuthJson(Date.now() / 1000 + 3600), async ({ path }) => {
    for (let kill = 0; kill < times; kill++) {
      const child = start(issuer.url, path, "forever");
      await child.ready;
      await child.go();
      // A first refresh is slow and a later one quick; both are met.
      if (kill % 4 !== 0) await child.refreshed;
      await spin(Math.random() * (kill % 4 === 0 ? FIRST_REFRESH_MS : LATER_REFRESH_MS));
      await child.kill();
      const info = await Deno.stat(path);
      assertEquals((info.mode ?? 0) & 0o777, 0o600);
      const saved = readAuthJson(await Deno.readTextFile(path));
      assert(saved.kind === "tokens", `kill ${kill}: ${saved.kind}`);
      assert(issuer.accepts(saved.tokens.refreshToken), `kill ${kill}: ${saved.tokens.refreshToken}`);
    }
    const access = createAccess({
      place: { kind: "file", path },
      issuer: issuer.url,
      identity: { originator: "codex_cli_rs", userAgent: "test", version: "0.169.0" },
    });
    await access.refresh("proactive_expiry");
    assertEquals((await access.peek()).kind, "signed_in");
  });
  return issuer.refreshes;
}

/** Lets a random while pass, a kill's point in time being what this test is about. */
function spin(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
