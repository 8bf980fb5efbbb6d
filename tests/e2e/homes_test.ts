/** The program in the homes that people and machines have. */
import { assertEquals, assertMatch } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { authJson, makeTokens } from "../fake/tokens.ts";
import { makeHome, runProgram, startProgram } from "../program.ts";
import { HELLO, post } from "./setup.ts";

/** Makes the home below a fresh folder, and gives what the environment says of it. */
const HOMES: Readonly<Record<string, (folder: string) => Promise<Record<string, string | undefined>>>> = {
  "with spaces and ü": (folder) => withLogin(`${folder}/a b ü`),
  "that is a link": async (folder) => {
    await withLogin(`${folder}/real`);
    await Deno.symlink(`${folder}/real`, `${folder}/link`);
    return { HOME: `${folder}/link` };
  },
  "whose .codex is a link": async (folder) => {
    await withLogin(`${folder}/elsewhere`);
    await Deno.mkdir(`${folder}/home`);
    await Deno.symlink(`${folder}/elsewhere/.codex`, `${folder}/home/.codex`);
    return { HOME: `${folder}/home` };
  },
  "whose auth.json is a link": async (folder) => {
    await withLogin(`${folder}/elsewhere`);
    await Deno.mkdir(`${folder}/home/.codex`, { recursive: true });
    await Deno.symlink(`${folder}/elsewhere/.codex/auth.json`, `${folder}/home/.codex/auth.json`);
    return { HOME: `${folder}/home` };
  },
  "with ~ in CODEX_HOME": async (folder) => {
    await withLogin(folder);
    await Deno.rename(`${folder}/.codex`, `${folder}/cx`);
    return { HOME: folder, CODEX_HOME: "~/cx" };
  },
  "that is none, with XDG directories elsewhere": async (folder) => {
    await withLogin(folder);
    return {
      HOME: undefined,
      XDG_CONFIG_HOME: `${folder}/c`,
      XDG_STATE_HOME: `${folder}/s`,
      XDG_CACHE_HOME: `${folder}/k`,
      CODEX_HOME: `${folder}/.codex`,
    };
  },
  "that does not exist, with the login in the environment": (folder) =>
    Promise.resolve({ HOME: `${folder}/none`, CCPROXY_AUTH_JSON: JSON.stringify(authJson(makeTokens())) }),
};

for (const [what, make] of Object.entries(HOMES)) {
  Deno.test({
    name: `serve answers from a home ${what}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const folder = await makeHome();
      try {
        const env = await make(folder);
        await using backend = await startFakeBackend();
        backend.setDefault({ events: textAnswer(["Hi"]) });
        await using program = await startProgram({ backend, env, credentials: null });
        const answer = await post(program, "/v1/chat/completions", HELLO);
        assertEquals(
          [answer.status, program.stderr().includes("permission")],
          [200, false],
          await answer.text(),
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  name: "a job with an access token in its environment and no home is served, and told what is not kept",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using backend = await startFakeBackend({ accepts: (token) => token.startsWith("at-") });
    await using issuer = await startFakeIssuer();
    backend.setDefault({ events: textAnswer(["Hi"]) });
    const env = {
      HOME: undefined,
      CODEX_ACCESS_TOKEN: issuer.accessTokens.make(),
      CODEX_AUTHAPI_BASE_URL: `${issuer.url}/api/accounts`,
    };
    await using program = await startProgram({ backend, issuer, env, credentials: null });
    const answer = await post(program, "/v1/chat/completions", HELLO);
    assertEquals(answer.status, 200, await answer.text());
    const ready = await (await program.fetch("/health/ready")).json();
    assertMatch(ready.memory, /kept in this process only/);
    const stderr = await program.stderrUntil(/Account {3}person@example\.com/);
    assertMatch(stderr, /HOME must hold .*: found nothing; sessions and responses are kept in memory/);
    assertEquals(/permission|no command will trust/.test(stderr), false);
    const { code, stdout } = await runProgram(["doctor", "--json"], {
      backend,
      issuer,
      env,
      credentials: null,
    });
    const checks: { check: string; detail: string }[] = JSON.parse(stdout).checks;
    const storage = checks.find(({ check }) => check === "storage");
    assertEquals([code, storage?.detail], [
      0,
      "no home directory is known: conversations are kept in memory until the server ends",
    ]);
  },
});

Deno.test({
  name: "serve --demo needs no home",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using program = await startProgram({
      args: ["serve", "--demo", "--port", "0", "--demo-pace", "0"],
      env: { HOME: undefined },
      credentials: null,
    });
    const answer = await post(program, "/v1/chat/completions", HELLO);
    assertEquals(answer.status, 200, await answer.text());
  },
});

Deno.test({
  name: "a login that is a dangling link is told as what it is, and without a home the variables are named",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const home = await makeHome();
    try {
      await Deno.symlink(`${home}/nowhere`, `${home}/.codex`);
      const status = await runProgram(["auth", "status"], { home, credentials: null });
      assertEquals(status.code, 3);
      assertMatch(status.stderr, /there is no/);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
    const ended = await runProgram(["auth", "status"], { env: { HOME: undefined }, credentials: null });
    assertEquals(ended.code, 2);
    assertMatch(ended.stderr, /Set HOME, or XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME and CODEX_HOME/);
  },
});

async function withLogin(home: string): Promise<{ HOME: string }> {
  await Deno.mkdir(`${home}/.codex`, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${home}/.codex/auth.json`, JSON.stringify(authJson(makeTokens())), {
    mode: 0o600,
  });
  return { HOME: home };
}
