/** "To fix" lines: the command that is shown is run, and the fault is gone. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { type Home, makeHome } from "./home.ts";

/** Runs a command line as a person would who copies it; `ccproxy` and `sudo` are ours. */
async function runFix(home: Home, fix: string): Promise<void> {
  const line = fix.replaceAll("~/", `${home.path}/`);
  const shell = line.split(" && ").filter((part) => !part.startsWith("ccproxy ")).join(" && ");
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", `sudo() { "$@"; }; ${shell}`],
    env: { HOME: home.path },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], line);
}

async function fixOf(home: Home, env: Record<string, string> = {}): Promise<string> {
  const ran = await home.run("auth status --json", { env });
  const { fix } = JSON.parse(ran.stdout);
  assertEquals([ran.code, typeof fix], [3, "string"]);
  assert(!/^ccproxy (auth status|auth openai-info|doctor)/.test(fix), fix);
  // All places say the same.
  const doctor = JSON.parse((await home.run("doctor --json", { env })).stdout);
  const login = doctor.checks.find(({ check }: { check: string }) => check === "login");
  assertEquals(login.fix, fix);
  for (const check of doctor.checks) assert(!String(check.fix).includes("ccproxy doctor"), check.fix);
  return fix;
}

/** What is at the place of the credentials after the fix lets a login through. */
async function assertLoginWorks(home: Home, env: Record<string, string> = {}): Promise<void> {
  const ran = await home.run("auth login-openai", {
    env: { ...env, DISPLAY: ":0" },
    tty: true,
    keepStdinOpen: true,
    openUrl: (url) => {
      void fetch(url).then((response) => response.body?.cancel());
      return true;
    },
  });
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals((await home.run("auth status", { env })).code, 0);
}

async function withHome(work: (home: Home) => Promise<void>): Promise<void> {
  await using issuer = await startFakeIssuer();
  await using backend = await startFakeBackend();
  await using home = await makeHome({ issuer, backend });
  await work(home);
}

Deno.test("a directory in the place of the credentials is moved away by what is shown, then a login works", () =>
  withHome(async (home) => {
    await Deno.mkdir(`${home.authPath}/something`, { recursive: true });
    const fix = await fixOf(home);
    assertMatch(fix, /^mv \S+auth\.json \S+auth\.json\.old && ccproxy auth login-openai$/);
    const refused = await home.run("auth login-openai");
    assertStringIncludes(refused.stderr, `hint: Run "${fix.replaceAll(home.path, "~")}"`);
    await runFix(home, fix);
    assertEquals((await Deno.stat(`${home.authPath}.old/something`)).isDirectory, true);
    await assertLoginWorks(home);
  }));

Deno.test("a link that leads nowhere is named, and a login goes through it", () =>
  withHome(async (home) => {
    await Deno.mkdir(`${home.path}/.codex`);
    await Deno.symlink(`${home.path}/elsewhere/auth.json`, home.authPath);
    const status = await home.run("auth status");
    assertStringIncludes(
      status.stderr.replaceAll(/\s+/g, " "),
      "it is a link to ~/elsewhere/auth.json, which is not there",
    );
    assertEquals(await fixOf(home), "ccproxy auth login-openai");
    await assertLoginWorks(home);
    assertEquals((await Deno.lstat(home.authPath)).isSymlink, true);
  }));

Deno.test("a link to where no directory can be made is taken away by what the login shows", () =>
  withHome(async (home) => {
    await Deno.mkdir(`${home.path}/.codex`);
    await Deno.writeTextFile(`${home.path}/file`, "");
    await Deno.symlink(`${home.path}/file/auth.json`, home.authPath);
    const refused = await home.run("auth login-openai");
    assertEquals(refused.code, 1);
    const [, fix = ""] = /hint: Run "(.*?)"/.exec(refused.stderr) ?? [];
    await runFix(home, fix);
    await assertLoginWorks(home);
  }));

Deno.test("a loop of links is taken away by what is shown", () =>
  withHome(async (home) => {
    await Deno.mkdir(`${home.path}/.codex`);
    await Deno.symlink(home.authPath, `${home.path}/.codex/other`);
    await Deno.symlink(`${home.path}/.codex/other`, home.authPath);
    await runFix(home, await fixOf(home));
    await assertLoginWorks(home);
  }));

Deno.test("a file in the place of the directory is moved away by what is shown", () =>
  withHome(async (home) => {
    await Deno.writeTextFile(`${home.path}/.codex`, "");
    await runFix(home, await fixOf(home));
    await assertLoginWorks(home);
  }));

Deno.test("a path with blanks and quotes stays one word in what is shown", () =>
  withHome(async (home) => {
    const path = `${home.path}/it's my $place/auth.json`;
    await Deno.mkdir(path, { recursive: true });
    const env = { CCPROXY_AUTH__FILE: path };
    await runFix(home, await fixOf(home, env));
    await assertLoginWorks(home, env);
  }));

Deno.test("a login of our own file never sends to the Codex CLI, which does not know it", async () => {
  await using home = await makeHome();
  const hint = async (env: Record<string, string>) =>
    (await home.run("usage", { env })).stderr.split("\n")[1];
  assertEquals(
    await hint({}),
    'hint: Run "ccproxy auth login-openai" (or "codex login") and try again',
  );
  assertEquals(
    await hint({ CCPROXY_AUTH__FILE: `${home.path}/own.json` }),
    'hint: Run "ccproxy auth login-openai" and try again',
  );
  assertEquals(
    await hint({ CCPROXY_AUTH_JSON: "{}" }),
    'hint: Run "unset CCPROXY_AUTH_JSON; ccproxy auth login-openai"',
  );
});

Deno.test("doctor unsets the variable that keeps the provider off, since the file could not switch it on", async () => {
  await using home = await makeHome();
  const fix = async (env: Record<string, string>) =>
    JSON.parse((await home.run("doctor --json", { env })).stdout).checks
      .find(({ check }: { check: string }) => check === "provider")?.fix;
  assertEquals(await fix({ CCPROXY_CODEX__ENABLED: "false" }), "unset CCPROXY_CODEX__ENABLED");
  await home.writeConfig("[codex]\nenabled = false\n");
  assertEquals(await fix({}), "ccproxy config codex --enable");
});
