/**
 * What a run is given is what it uses, seen by the runtime's own record of every permission that it checks
 * (`DENO_AUDIT_PERMISSIONS`): nothing is used that is not kept, and nothing is kept that is not used.
 */
import { assertEquals } from "@std/assert";
import { TABLE } from "../../src/cli/commands.ts";
import { clientFilesOf } from "../../src/cli/keep.ts";
import { type Kept, keptBy } from "../../src/cli/keeps.ts";
import { parseLine } from "../../src/cli/parse.ts";
import { loadSettings } from "../../src/config/load.ts";
import { configPlace, type Place } from "../../src/config/paths.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { authJson } from "../fake/tokens.ts";
import { makeHome, runProgram, startProgram } from "../program.ts";
import { HELLO, post } from "./setup.ts";

interface Check {
  readonly permission: string;
  readonly value: string;
}

/** Executables write no record (Deno 2.6.10); on other systems temporary folders are links. */
const IS_RECORDED = Deno.build.os === "linux" && Deno.env.get("CCPROXY_BIN") === undefined;

/** Commands that end by themselves, with words that make them use all that they keep. */
const COMMANDS: readonly (readonly string[])[] = [
  ["config", "path"],
  ["config", "show"],
  ["codex", "set", "--set", "log.level=debug"],
  ["auth", "status"],
  ["auth", "refresh"],
  ["codex", "info"],
  ["usage"],
  ["sessions", "list"],
  ["sessions", "show", "none"],
  ["sessions", "delete", "none", "--yes"],
  ["keys", "list"],
  ["keys", "create", "alice"],
  ["keys", "delete", "alice"],
  ["models"],
  ["auth", "openai-info"],
  ["auth", "logout-openai", "--yes"],
  ["auth", "logout-openai", "--keep-file"],
  ["config", "codex", "--disable"],
  ["connect", "curl"],
  ["doctor"],
];

for (const words of COMMANDS) {
  Deno.test({
    name: `ccproxy ${words.join(" ")} is permitted what it uses and nothing else`,
    ignore: !IS_RECORDED,
    fn: () =>
      inHome(async (_home, options) => {
        // Before: a command may change what it depends on.
        const kept = await keptIn(options, words);
        await runProgram(words, options);
        await compare(options, kept);
      }),
  });
}

Deno.test({
  name: "ccproxy connect --write is permitted what it uses and nothing else",
  ignore: !IS_RECORDED,
  fn: () =>
    inHome(async (home, options) => {
      await Deno.mkdir(`${home}/.claude`);
      const words = ["connect", "claude-code", "--write", "--yes"];
      const kept = await keptIn(options, words);
      const { code, stderr } = await runProgram(words, options);
      assertEquals(code, 0, stderr);
      await compare(options, kept);
    }),
});

Deno.test({
  name: "ccproxy with an access token asks the issuer whose it is, and touches no credentials",
  ignore: !IS_RECORDED,
  fn: () =>
    inHome(async (home, { env, ...options }) => {
      await Deno.remove(`${home}/.codex`, { recursive: true });
      await using authApi = await startFakeIssuer();
      const variables = {
        CODEX_ACCESS_TOKEN: authApi.accessTokens.make(),
        CODEX_AUTHAPI_BASE_URL: `${authApi.url}/api/accounts`,
      };
      const run = { ...options, credentials: null, env: { ...env, ...variables } };
      const { code } = await runProgram(["auth", "status"], run);
      assertEquals(code, 0);
      await compare(run, await keptIn(run, ["auth", "status"]));
    }),
});

Deno.test({
  name: "ccproxy serve is permitted what it uses and nothing else",
  ignore: !IS_RECORDED,
  fn: () =>
    inHome(async (_home, options) => {
      const program = await startProgram(options);
      const answer = await post(program, "/v1/chat/completions", HELLO);
      assertEquals(answer.status, 200, await answer.text());
      await program.stop();
      await compare(options, await keptIn(options, ["serve", "--port", "0"]));
    }),
});

Deno.test({
  name: "ccproxy --version is permitted nothing",
  ignore: !IS_RECORDED,
  fn: () =>
    inHome(async (home, options) => {
      await runProgram(["--version"], options);
      assertEquals((await readChecks(home)).filter(({ permission }) => permission !== "env"), []);
    }),
});

interface Options {
  readonly home: string;
  readonly backend: { readonly url: string };
  readonly issuer: { readonly url: string };
  readonly env: Readonly<Record<string, string>>;
}

/** A home with a login that is due, a backend and an issuer. */
async function inHome(use: (home: string, options: Options) => Promise<void>): Promise<void> {
  const home = await makeHome();
  try {
    // Of a workspace it is looked up where its requests go, of a personal account only by a server.
    await using issuer = await startFakeIssuer({ facts: { plan: "business" } });
    await using backend = await startFakeBackend({ strict: false });
    const tokens = issuer.issue({ expiresInSeconds: 60 });
    await Deno.mkdir(`${home}/.codex`);
    await Deno.writeTextFile(`${home}/.codex/auth.json`, JSON.stringify(authJson(tokens)), { mode: 0o600 });
    await Deno.mkdir(`${home}/.config/ccproxy`, { recursive: true });
    await Deno.writeTextFile(`${home}/.config/ccproxy/config.toml`, "[log]\n", { mode: 0o600 });
    await use(home, { home, backend, issuer, env: { DENO_AUDIT_PERMISSIONS: auditFile(home) } });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

function auditFile(home: string): string {
  return `${home}/audit.jsonl`;
}

async function readChecks(home: string): Promise<Check[]> {
  const text = await Deno.readTextFile(auditFile(home));
  const checks: Check[] = text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  // Temporary files are named after the process.
  return checks.map(({ permission, value }) => ({
    permission,
    value: value?.replace(/\.\d+\.tmp$/, `.${Deno.pid}.tmp`),
  }));
}

/** What keeps.ts says for a command in that home. */
async function keptIn({ home, backend, issuer, env }: Options, words: readonly string[]) {
  const variables: Record<string, string> = {
    ...env,
    HOME: home,
    CCPROXY_CODEX__BASE_URL: backend.url,
    CCPROXY_AUTH__ISSUER: issuer.url,
    ...words[0] === "serve" ? { CCPROXY_SERVER__PORT: "0" } : {},
  };
  const place: Place = { env: { get: (name) => variables[name] }, os: Deno.build.os };
  const { settings } = await loadSettings({ ...configPlace(place), env: place.env });
  const parsed = parseLine(words, TABLE);
  if (parsed.kind !== "command") throw new Error(`${words.join(" ")} is no command`);
  const { command: { path }, input: { flags, args } } = parsed;
  const clients = await clientFilesOf(path, place, flags, args["client"]);
  return keptBy({ command: path, place, settings, flags, program: "", clients });
}

async function compare({ home }: Options, kept: Kept): Promise<void> {
  const checks = await readChecks(home);
  const used = (kind: string) =>
    new Set(checks.filter(({ permission }) => permission === kind).map(({ value }) => value));
  for (const kind of ["read", "write"] as const) {
    const foreign = [...used(kind)].filter((path) =>
      !path.startsWith(`${home}/.run`) && !kept[kind].some((place) => isBelow(path, place)) &&
      // Where a path leads is looked up, part by part, before anything is given back.
      !(kind === "read" && kept.read.some((place) => isBelow(place, path)))
    );
    assertEquals([kind, foreign], [kind, []]);
    const idle = kept[kind].filter((place) => ![...used(kind)].some((path) => isBelow(path, place)));
    assertEquals([kind, idle], [kind, []]);
  }
  const hosts = [...used("net")].map(hostOf);
  assertEquals(hosts.filter((host) => !kept.net.some((place) => covers(place, host))), []);
  assertEquals(kept.net.filter((place) => !hosts.some((host) => covers(place, host))), []);
  assertEquals([...used("run")], []);
}

function isBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(place === "/" ? place : `${place}/`);
}

/** A check names the whole address of a request. */
function hostOf(value: string): string {
  return URL.parse(value)?.host || value;
}

/** Whether a kept host is that of a check; one without a port is all its ports. */
function covers(place: string, host: string): boolean {
  return host === place || host.startsWith(`${place}:`);
}
