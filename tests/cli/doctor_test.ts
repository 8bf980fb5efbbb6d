import { assertEquals, assertStringIncludes } from "@std/assert";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { type FakeIssuer, startFakeIssuer } from "../fake/issuer.ts";
import type { FakeWorldOptions } from "./fake_world.ts";
import { type Home, makeHome } from "./home.ts";
import { startStandIn } from "./stand_in_server.ts";

interface Check {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
  readonly fix: string | null;
}

interface Setup {
  readonly home: Home;
  readonly backend: FakeBackend;
  readonly issuer: FakeIssuer;
  /** runs `doctor --json` and gives code and checks by name */
  doctor(options?: FakeWorldOptions, args?: string): Promise<{ code: number; checks: Map<string, Check> }>;
}

/** A set-up in which everything is well, for a test to break. */
async function withSetup(work: (setup: Setup) => Promise<void>): Promise<void> {
  await using backend = await startFakeBackend();
  await using issuer = await startFakeIssuer();
  await using home = await makeHome({ backend, issuer });
  await home.signIn({ nowMs: Date.now() });
  await work({
    home,
    backend,
    issuer,
    async doctor(options = {}, args = "doctor --json") {
      const { code, stdout } = await home.run(args, { nowMs: Date.now(), ...options });
      const { checks } = JSON.parse(stdout) as { checks: Check[] };
      return { code, checks: new Map(checks.map((check) => [check.check, check])) };
    },
  });
}

/** The failed checks with what they say. */
function failed(checks: Map<string, Check>): [string, string, string | null][] {
  return [...checks.values()].filter(({ status }) => status === "fail").map((
    { check, detail, fix },
  ) => [check, detail, fix]);
}

Deno.test("doctor finds nothing wrong with a good set-up", () =>
  withSetup(async ({ home, doctor, backend }) => {
    const { code, checks } = await doctor();
    assertEquals([code, [...checks].map(([name, { status }]) => `${name} ${status}`)], [0, [
      "settings ok",
      "login ok",
      "port ok",
      "storage ok",
      "backend ok",
      "issuer ok",
      "clock ok",
      "catalogue ok",
    ]]);
    const text = await home.run("doctor", { nowMs: Date.now() });
    assertEquals([text.code, text.stderr], [0, "\nAll is well\n"]);
    assertStringIncludes(text.stdout, "ok    Login         person@example.com, plan PLUS, expires ");
    assertEquals(backend.asks(), []);
  }));

Deno.test("doctor names a mistake in the settings file and goes on with the defaults", () =>
  withSetup(async ({ home, doctor }) => {
    await home.writeConfig("[codex\nenabled = true\n");
    const broken = await doctor();
    assertEquals([broken.code, broken.checks.get("settings")?.status, broken.checks.has("login")], [
      2,
      "fail",
      true,
    ]);
    assertStringIncludes(broken.checks.get("settings")?.detail ?? "", "~/.config/ccproxy/config.toml:1");
    await home.writeConfig("[codex]\nenabled = 7\n");
    const wrong = await doctor();
    assertStringIncludes(
      wrong.checks.get("settings")?.detail ?? "",
      '"codex.enabled" must be true or false: found 7',
    );
  }));

Deno.test("doctor names a provider that is switched off", () =>
  withSetup(async ({ home, doctor }) => {
    await home.run("config codex --disable");
    const { code, checks } = await doctor();
    assertEquals([code, failed(checks)], [1, [[
      "provider",
      "the Codex provider is switched off, so all requests are answered 503",
      "ccproxy config codex --enable",
    ]]]);
  }));

Deno.test("doctor names a missing login and ends with 3", () =>
  withSetup(async ({ home, doctor }) => {
    await Deno.remove(home.authPath);
    const { code, checks } = await doctor();
    assertEquals([code, failed(checks), checks.get("catalogue")?.status], [
      3,
      [[
        "login",
        "No valid OpenAI credentials found: there is no ~/.codex/auth.json",
        "ccproxy auth login-openai",
      ]],
      "skip",
    ]);
  }));

Deno.test("doctor names a corrupt credentials file", () =>
  withSetup(async ({ home, doctor }) => {
    await home.writeAuth('{"tokens": {"access');
    const { code, checks } = await doctor();
    assertEquals([code, checks.get("login")?.status], [3, "fail"]);
    assertStringIncludes(checks.get("login")?.detail ?? "", "~/.codex/auth.json is not a credentials file");
  }));

Deno.test("doctor warns of files that others may read or change, with the command that mends it", () =>
  withSetup(async ({ home, doctor }) => {
    await Deno.chmod(home.authPath, 0o644);
    await home.writeConfig("[log]\n");
    await Deno.chmod(home.configPath, 0o666);
    const { code, checks } = await doctor();
    assertEquals([code, checks.get("login_file")?.fix, checks.get("settings_mode")?.fix], [
      0,
      "chmod 600 ~/.codex/auth.json",
      "chmod 600 ~/.config/ccproxy/config.toml",
    ]);
  }));

Deno.test("doctor proves that refreshed tokens could be saved, and leaves nothing behind", () =>
  withSetup(async ({ home, doctor }) => {
    const folder = `${home.path}/.codex`;
    await doctor();
    assertEquals(await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name), ["auth.json"]);
    // No file fits next to a name of this length, whoever makes it.
    const path = `${folder}/${"a".repeat(240)}.json`;
    await Deno.rename(home.authPath, path);
    const { code, checks } = await doctor({ env: { CCPROXY_AUTH__FILE: path } });
    const check = checks.get("login_save");
    assertEquals([code, check?.status], [0, "warn"]);
    assertStringIncludes(check?.detail ?? "", "refreshed tokens cannot be kept: ~/.codex/aaa");
    assertStringIncludes(check?.fix ?? "", "name another one in auth.file");
    assertEquals(checks.has("login_file"), false);
  }));

Deno.test("doctor names a login that the issuer refuses to refresh", () =>
  withSetup(async ({ home, doctor, issuer }) => {
    const tokens = issuer.issue({ expiresInSeconds: -60 });
    issuer.spoil(tokens.refresh_token, "invalidated");
    await home.writeAuth(JSON.stringify({ tokens }));
    const { code, checks } = await doctor();
    assertEquals([code, failed(checks).map(([check]) => check)], [3, ["catalogue"]]);
    assertStringIncludes(checks.get("catalogue")?.detail ?? "", "Token refresh failed: ");
  }));

Deno.test("doctor names a clock that is off", () =>
  withSetup(async ({ doctor }) => {
    const { checks } = await doctor({ nowMs: Date.now() - 20 * 60_000 });
    assertEquals(checks.get("clock")?.status, "fail");
    assertStringIncludes(checks.get("clock")?.detail ?? "", "20 minutes behind");
  }));

Deno.test("doctor tells DNS, refusal, TLS, timeout and missing permission apart", () =>
  withSetup(async ({ doctor, backend }) => {
    const faults: [Error, string][] = [
      [
        new TypeError("fetch failed", {
          cause: new Error("dns error: failed to lookup address information"),
        }),
        "the name cannot be resolved (DNS)",
      ],
      [
        new TypeError("fetch failed", {
          cause: new Error("tcp connect error: Connection refused (os error 111)"),
        }),
        "the connection is refused",
      ],
      [
        new TypeError("fetch failed", { cause: new Error("invalid peer certificate: UnknownIssuer") }),
        "the TLS connection is not trusted: invalid peer certificate: UnknownIssuer",
      ],
      [new DOMException("Signal timed out.", "TimeoutError"), "no answer within 10 s"],
      [
        new Deno.errors.NotCapable("Requires net access"),
        "this program may connect only to the OpenAI hosts and this machine",
      ],
    ];
    for (const [fault, words] of faults) {
      const { code, checks } = await doctor({
        fetch: (input, init) =>
          String(input).startsWith(backend.url) ? Promise.reject(fault) : fetch(input, init),
      });
      assertEquals([code, checks.get("backend")?.detail], [4, `127.0.0.1:${backend.port}: ${words}`]);
    }
  }));

Deno.test("doctor recognises a Cloudflare challenge", () =>
  withSetup(async ({ doctor, backend }) => {
    const page = () =>
      new Response("<html><title>Just a moment...</title></html>", {
        status: 403,
        headers: { "content-type": "text/html", "cf-mitigated": "challenge" },
      });
    const { code, checks } = await doctor({
      fetch: (input, init) =>
        String(input).startsWith(backend.url) ? Promise.resolve(page()) : fetch(input, init),
    });
    assertEquals([code, failed(checks).map(([check]) => check)], [4, ["backend"]]);
    assertStringIncludes(checks.get("backend")?.detail ?? "", "Cloudflare browser check");
  }));

Deno.test("doctor names a port that another program has, and knows its own", () =>
  withSetup(async ({ home, doctor }) => {
    await using server = await startStandIn({ version: "nginx" });
    const env = { CCPROXY_SERVER__PORT: `${server.port}` };
    const other = await doctor({ env });
    assertEquals([other.code, failed(other.checks)], [1, [[
      "port",
      `127.0.0.1:${server.port} is in use by another program`,
      `Stop that program, or choose another port: ccproxy codex set --set server.port=${server.port + 1}`,
    ]]]);
    await using stranger = await startStandIn();
    const unproven = await doctor({ env: { CCPROXY_SERVER__PORT: `${stranger.port}` } });
    assertEquals([unproven.code, unproven.checks.get("port")?.status], [0, "warn"]);
    await using own = await startStandIn({ home });
    const ours = await doctor({ env: { CCPROXY_SERVER__PORT: `${own.port}` } });
    assertEquals([ours.code, ours.checks.get("port")?.detail], [
      0,
      `ccproxy 0.1.0 (test) runs on 127.0.0.1:${own.port}`,
    ]);
  }));

Deno.test("doctor names an address that others can reach without a key", () =>
  withSetup(async ({ doctor }) => {
    const { code, checks } = await doctor({ env: { CCPROXY_SERVER__HOST: "0.0.0.0" } });
    assertEquals([code, failed(checks).map(([check]) => check)], [2, ["settings"]]);
    assertStringIncludes(checks.get("settings")?.detail ?? "", '"server.api_key" is empty');
  }));

Deno.test("doctor names a prompt file that does not exist", () =>
  withSetup(async ({ home, doctor }) => {
    await home.writeConfig('codex.instructions = "file:~/prompt.md"\n');
    const { code, checks } = await doctor();
    assertEquals([code, failed(checks).map(([check]) => check)], [2, ["settings"]]);
    assertEquals(checks.get("settings")?.fix, 'Create "~/prompt.md", or correct codex.instructions');
  }));

Deno.test("doctor names a storage that cannot be written", () =>
  withSetup(async ({ home, doctor }) => {
    await Deno.writeTextFile(`${home.path}/file`, "");
    const { code, checks } = await doctor({
      env: { CCPROXY_STORAGE__PATH: `${home.path}/file/x/ccproxy.db` },
    });
    assertEquals([code, checks.get("storage")?.status], [1, "fail"]);
    assertStringIncludes(checks.get("storage")?.detail ?? "", "~/file/x/ccproxy.db cannot be written");
  }));

Deno.test("doctor names an account to which the backend gives nothing", () =>
  withSetup(async ({ doctor, backend }) => {
    backend.answer({
      status: 403,
      body: { error: { code: "usage_not_included", message: "Your plan does not include Codex" } },
    }, "/models");
    const { code, checks } = await doctor();
    assertEquals([code, failed(checks).map(([check]) => check)], [1, ["catalogue"]]);
    assertStringIncludes(checks.get("catalogue")?.detail ?? "", "ChatGPT Plus subscription required");
  }));

Deno.test("doctor --live sends one word through everything", () =>
  withSetup(async ({ doctor, backend }) => {
    const { code, checks } = await doctor({}, "doctor --live --json");
    assertEquals(
      [code, checks.get("live")?.status, backend.asks().length],
      [0, "ok", 1],
      checks.get("live")?.detail,
    );
    assertEquals(backend.refusals().filter(({ route }) => route === "/responses"), []);
  }));

Deno.test("doctor keeps within a narrow terminal", async () => {
  await withSetup(async ({ home }) => {
    const { stdout } = await home.run("doctor", { nowMs: Date.now(), columns: 40 });
    // A path is never broken: it is there to be copied.
    const long = stdout.split("\n").filter((line) => line.length > 40 && !/[~/]/.test(line));
    assertEquals(long, []);
  });
});
