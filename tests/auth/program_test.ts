/** The program itself, with the permissions of the executable, on a credentials file that others use too. */
import { assert, assertEquals } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { authJson } from "../fake/tokens.ts";
import { makeHome, runProgram, startCommand, startProgram } from "../program.ts";

const CHAT: RequestInit = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "gpt-5", messages: [{ role: "user", content: "Hi" }] }),
};

/** An expired login in a directory that several programs share. */
async function withSharedFile(
  issuer: { issue(facts: { expiresInSeconds: number }): Parameters<typeof authJson>[0] },
  run: (file: string) => Promise<void>,
): Promise<void> {
  const directory = await makeHome();
  try {
    const file = `${directory}/auth.json`;
    const login = authJson(issuer.issue({ expiresInSeconds: -60 }));
    await Deno.writeTextFile(file, JSON.stringify({ ...login, future_key: { kept: true } }), { mode: 0o600 });
    await run(file);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("two servers and two commands on one expired login refresh it once, and nobody is logged out", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  await withSharedFile(issuer, async (file) => {
    const options = { backend, issuer, credentials: null, env: { CCPROXY_AUTH__FILE: file } };
    const [one, two, ...statuses] = await Promise.all([
      startProgram(options),
      startProgram(options),
      runProgram(["auth", "status"], options),
      runProgram(["auth", "openai-info"], options),
    ]);
    const answers = await Promise.all(
      [one, two, one, two].map((each) => each.fetch("/codex/v1/chat/completions", CHAT)),
    );
    assertEquals(answers.map((answer) => answer.status), [200, 200, 200, 200]);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
    assertEquals(statuses.map((status) => status.code), [0, 0]);
    assertEquals(issuer.refreshes().length, 1);
    const saved = JSON.parse(await Deno.readTextFile(file));
    assertEquals(saved.tokens.refresh_token, issuer.issued.at(-1)?.refresh_token);
    assertEquals(saved.future_key, { kept: true });
    await Promise.all([one.stop(), two.stop()]);
  });
});

Deno.test({
  name: "a server that is told to end in the middle of a refresh saves the rotated tokens first",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using issuer = await startFakeIssuer();
    await using backend = await startFakeBackend();
    await withSharedFile(issuer, async (file) => {
      const gate = issuer.gate();
      const tokens = issuer.issue({ expiresInSeconds: 3600 });
      issuer.answer({ before: gate, body: tokens }, "/oauth/token");
      const asked = issuer.nextRequest("/oauth/token");
      const server = await startProgram({
        backend,
        issuer,
        credentials: null,
        env: { CCPROXY_AUTH__FILE: file },
      });
      await asked;
      server.kill("SIGTERM");
      await server.stderrUntil(/^Ending: /m);
      gate.open();
      const result = await server.status;
      assertEquals(result.code, 0);
      assertEquals(JSON.parse(await Deno.readTextFile(file)).tokens.refresh_token, tokens.refresh_token);
      await server.stop();
    });
  },
});

Deno.test("a rotation by another program is picked up by a running server", async () => {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  await using server = await startProgram({ backend, issuer });
  const first = await server.fetch("/codex/v1/chat/completions", CHAT);
  await first.body?.cancel();
  const rotated = issuer.issue();
  await Deno.writeTextFile(`${server.home}/.codex/auth.json`, JSON.stringify(authJson(rotated)));
  const second = await server.fetch("/codex/v1/chat/completions", CHAT);
  await second.body?.cancel();
  const used = backend.requests.filter((request) => request.method === "POST").map((request) =>
    request.headers["authorization"]
  );
  assertEquals(used.at(-1) === `Bearer ${rotated.access_token}`, true);
  assert(used.at(0) !== used.at(-1));
  assertEquals(issuer.refreshes().length, 0);
});

Deno.test({
  name: "a command that gets Ctrl-C in the middle of a refresh saves the rotated tokens first",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using issuer = await startFakeIssuer();
    await using backend = await startFakeBackend();
    for (const line of ["auth refresh", "usage", "codex info"]) {
      await withSharedFile(issuer, async (file) => {
        const gate = issuer.gate();
        const tokens = issuer.issue({ expiresInSeconds: 3600 });
        issuer.answer({ before: gate, body: tokens }, "/oauth/token");
        const asked = issuer.nextRequest("/oauth/token");
        const running = await startCommand(line.split(" "), {
          backend,
          issuer,
          credentials: null,
          env: { CCPROXY_AUTH__FILE: file },
        });
        await asked;
        running.kill("SIGINT");
        await running.stderrUntil(/Ending when the token refresh is over/);
        gate.open();
        const result = await running.status;
        assertEquals([line, result.signal], [line, null]);
        assertEquals(JSON.parse(await Deno.readTextFile(file)).tokens.refresh_token, tokens.refresh_token);
      });
    }
  },
});

Deno.test({
  name: "a server that is told to end twice and once more still waits for the tokens that are on their way",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using issuer = await startFakeIssuer();
    await using backend = await startFakeBackend();
    await withSharedFile(issuer, async (file) => {
      const gate = issuer.gate();
      const tokens = issuer.issue({ expiresInSeconds: 3600 });
      issuer.answer({ before: gate, body: tokens }, "/oauth/token");
      const asked = issuer.nextRequest("/oauth/token");
      const env = { CCPROXY_AUTH__FILE: file };
      const server = await startProgram({ backend, issuer, credentials: null, env });
      await asked;
      server.kill("SIGINT");
      await server.stderrUntil(/^Ending: /m);
      server.kill("SIGINT");
      server.kill("SIGINT");
      gate.open();
      assertEquals((await server.status).signal, null);
      assertEquals(JSON.parse(await Deno.readTextFile(file)).tokens.refresh_token, tokens.refresh_token);
      await server.stop();
    });
  },
});

Deno.test({
  name: "a command that is killed between request and answer leaves the old login, no lock and no secret",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using issuer = await startFakeIssuer();
    await withSharedFile(issuer, async (file) => {
      const before = await Deno.readTextFile(file);
      const options = { issuer, credentials: null, env: { CCPROXY_AUTH__FILE: file } };
      issuer.answer({ before: issuer.gate(), body: {} }, "/oauth/token");
      const asked = issuer.nextRequest("/oauth/token");
      const running = await startCommand(["auth", "refresh"], options);
      await asked;
      running.kill("SIGKILL");
      await running.status;
      assertEquals(await Deno.readTextFile(file), before);
      const folder = file.replace(/\/[^/]*$/, "");
      const names = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
      const [left = ""] = names.filter((name) => name.endsWith(".tmp"));
      assertEquals((await Deno.readTextFile(`${folder}/${left}`)).trim(), "");
      await Deno.utime(`${folder}/${left}`, 1, 1);
      const next = await runProgram(["auth", "refresh"], options);
      assertEquals(next.code, 0, next.stderr);
      assertEquals(
        (await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name)).filter((name) =>
          name.endsWith(".tmp")
        ),
        [],
      );
    });
  },
});
