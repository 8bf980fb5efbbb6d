import { assert, assertEquals } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { authJson } from "../fake/tokens.ts";
import { makeHome, startProgram } from "../program.ts";
import { HELLO, post } from "../e2e/setup.ts";
import type { CredentialRow } from "./credential_row.ts";
import { IN_THE_CREDENTIALS } from "./in_the_credentials.ts";

/** Programs that run at once: most of the time of a row goes into the pauses between attempts. */
const AT_ONCE = 6;

Deno.test("faults of the login", async (test) => {
  for (let first = 0; first < IN_THE_CREDENTIALS.length; first += AT_ONCE) {
    await Promise.all(
      IN_THE_CREDENTIALS.slice(first, first + AT_ONCE).map((row) =>
        test.step({
          name: row.fault,
          fn: () => runRow(row),
          // Steps that run at the same time cannot tell whose resources are whose; the test as a whole can.
          sanitizeOps: false,
          sanitizeResources: false,
          sanitizeExit: false,
        })
      ),
    );
  }
});

async function runRow(row: CredentialRow): Promise<void> {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend({ accepts: (token) => token.startsWith("at-") });
  const accessToken = issuer.accessTokens.make();
  const hasFile = row.file !== "none";
  const tokens = issuer.issue({ expiresInSeconds: row.expiresInSeconds ?? -60 });
  // The program's own questions at its start, for models and accounts, are not what this is about.
  const config = "[codex]\nenable_dynamic_model_info = false\n";
  const home = await makeHome();
  try {
    // A server asks at its start whose an access token is.
    if (!hasFile) row.lay(issuer, backend, tokens, accessToken);
    await using program = await startProgram({
      backend,
      issuer,
      home,
      config,
      // Written below: what the program does at its start with a login is not what this counts.
      credentials: null,
      env: hasFile ? {} : { CODEX_ACCESS_TOKEN: accessToken },
      args: ["serve", "--port", "0", "--log-format", "json"],
    });
    const file = `${home}/.codex/auth.json`;
    const before = JSON.stringify(authJson(tokens));
    if (hasFile) {
      await Deno.mkdir(`${home}/.codex`, { recursive: true, mode: 0o700 });
      await Deno.writeTextFile(file, before, { mode: 0o600 });
      row.lay(issuer, backend, tokens, accessToken);
    }
    const answer = await post(program, "/v1/chat/completions", HELLO);
    const text = await answer.text();
    assertEquals(answer.status, row.status, text);
    assert(row.text.test(text), `${row.text} is not in ${text}`);
    assert(!/<html|fakeSecret|eyJ/.test(text), text);
    const line = new RegExp(`^.*"message":"request".*"${answer.headers.get("x-request-id")}".*$`, "m");
    const logged = JSON.parse(line.exec(await program.stderrUntil(line))?.[0] ?? "{}");
    assertEquals(logged.problem, row.log);
    const [refreshes, asks] = [issuer.refreshes().length, backend.asks().length];
    assert(refreshes <= row.refreshes && asks <= row.asks, `${refreshes} refreshes, ${asks} requests`);
    if (!hasFile) return assertEquals(await Deno.stat(`${home}/.codex`).catch(() => "none"), "none");
    const after = await Deno.readTextFile(file);
    assertEquals(after === before ? "as it was" : "rotated", row.file);
    // Whole, of this user only, and nothing half written beside it.
    assert(JSON.parse(after).tokens.access_token !== undefined);
    const names = (await Array.fromAsync(Deno.readDir(`${home}/.codex`))).map(({ name }) => name);
    assertEquals(names.filter((name) => /tmp|temp/i.test(name)), []);
    if (Deno.build.os !== "windows") assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
    const metrics = await (await program.fetch("/metrics")).text();
    assert(metrics.includes("ccproxy_requests_running 1\n"), metrics);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
