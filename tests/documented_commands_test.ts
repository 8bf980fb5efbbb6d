/** Every command that README and the pages show runs, against the fakes, in a home with a login. */
import { assert, assertEquals } from "@std/assert";
import { TABLE } from "../src/cli/commands.ts";
import { usageLine } from "../src/cli/help.ts";
import { commandsOf, documentedCommands } from "./documented_commands.ts";
import { startFakeBackend } from "./fake/backend.ts";
import { startFakeIssuer } from "./fake/issuer.ts";
import { authJson } from "./fake/tokens.ts";
import { makeHome, startProgram } from "./program.ts";
import { denoDir, programCommand } from "./program_process.ts";

const FROM_SOURCE = Deno.env.get("CCPROXY_BIN") === undefined;

/** What a document shows that does not run here, and why. */
const NOT_HERE: Readonly<Record<string, string>> = {
  "sh install.sh": "downloads a release: tests/release/install_sh_test.ts runs it against a release page",
  "npx -y deno@2.9.6 task serve": "npx downloads Deno; deno.json's task runs what tests/program.ts runs",
  "npx -y deno@2.9.6 task test": "it would run this test again",
  "npx -y deno@2.9.6 task ccproxy auth login-openai": "npx downloads Deno; the command itself runs here",
  "source <(ccproxy completions zsh)": "zsh's language: tests/cli/completion_script_test.ts",
  "ccproxy completions powershell | Out-String | Invoke-Expression":
    "PowerShell's language: tests/cli/completion_script_test.ts",
  "deno task ok": "the whole check, of which this test is a part",
  "deno task golden": "rewrites files of the repository",
  "git diff tests/golden": "looks at the repository, not at the program",
};

/** Commands that end with another code than 0 here, and why. */
const OTHER_CODES: Readonly<Record<string, readonly [code: number, why: string]>> = {
  "ccproxy update": [2, "named in a sentence: it needs --check or --apply"],
  "ccproxy config codex": [2, "named in a sentence: it needs --enable or --disable"],
  "ccproxy codex set": [2, "named in a sentence: it needs a setting"],
  "ccproxy usage --redeem": [1, "this account has no reset left"],
  "ccproxy update --apply": [1, "a program from source leaves itself alone"],
  ...FROM_SOURCE && {
    "ccproxy service install": [2, "a service runs the executable: tests/release/service_test.ts"],
    "ccproxy service install --dry-run": [2, "a service runs the executable: tests/release/service_test.ts"],
  },
  "ccproxy service status": [1, "not installed"],
  "ccproxy service status --json": [1, "not installed"],
};

/** Commands that ask first. Nobody can be asked here, so they get "--yes". */
const ASK: readonly string[] = [
  "ccproxy auth logout-openai",
  "ccproxy connect claude-code --write",
  "ccproxy connect NAME --write",
  "ccproxy sessions delete --all",
];

/** Words that stand for what a person puts there. */
const SAMPLES: readonly (readonly [RegExp, string])[] = [
  [/\bNAME\b/g, "claude-code"],
  [/\bTOPIC\b/g, "settings"],
  [/\bFILE\b/g, "info.json"],
  [/\bat-…/g, "at-token"],
  [/--port 9000\b/g, "--port 0"],
  // A refusal is a failure too.
  [/^curl /g, "curl -fsS "],
];

/** Programs that commands start: a browser that follows its address, and others that only end well. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "xdg-open": 'curl -sL -o /dev/null "$1" &',
  ...Object.fromEntries(["code", "vi", "systemctl", "codex", "claude"].map((name) => [name, "exit 0"])),
};

const isGrammar = (line: string) => /[<[]\w/.test(line) && !line.startsWith("source ");
const keepsRunning = (line: string) => /\bccproxy serve\b|--watch\b/.test(line);
const needsTheCallbackPort = (line: string) => /login-openai(?! --device)/.test(line);

Deno.test("commandsOf() joins continued lines, leaves comments and other languages, and finds commands in a text", () => {
  const page =
    "```bash\n# A\nccproxy a \\\n  --b\n```\n\n```python\nccproxy no\n```\n\nRun `ccproxy c`, not `other d`.";
  assertEquals(commandsOf(page), ["ccproxy a --b", "ccproxy c"]);
});

Deno.test("documents: forms of commands, as in ccproxy connect [client], are those of the table", async () => {
  const forms = TABLE.commands.map(usageLine).flatMap((form) => [form, form.replace(/ \[flags\]$/, "")]);
  const wrong = (await documentedCommands()).filter(({ line }) => isGrammar(line) && !forms.includes(line));
  assertEquals(wrong, []);
});

Deno.test("documents: what is not run here stands in a document, and so does what ends with another code", async () => {
  const shown = new Set((await documentedCommands()).map(({ line }) => line));
  assertEquals(
    [...Object.keys(NOT_HERE), ...Object.keys(OTHER_CODES), ...ASK].filter((line) => !shown.has(line)),
    [],
  );
});

Deno.test({
  name: "documents: every command that they show runs",
  // The lines are for bash, and the stand-ins of browser and editor are scripts.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using backend = await startFakeBackend();
    await using issuer = await startFakeIssuer({ device: { approved: true, interval: "1" } });
    await using page = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => Response.json({ version: "999.0.0" }),
    );
    await using stage = await makeStage(backend, issuer, `http://127.0.0.1:${page.addr.port}`);
    const lines = (await documentedCommands()).map(({ line }) => line)
      .filter((line) => !isGrammar(line) && !Object.hasOwn(NOT_HERE, line));
    const wrong: string[] = [];
    const runAll = async (queue: string[]) => {
      for (let line = queue.shift(); line !== undefined; line = queue.shift()) {
        const { code, output } = await stage.run(line);
        const wanted = OTHER_CODES[line]?.[0] ?? 0;
        if (code !== wanted) wrong.push(`${line}: ended with ${code}\n${output}`);
      }
    };
    const others = lines.filter((line) => !needsTheCallbackPort(line));
    await Promise.all([
      runAll(lines.filter(needsTheCallbackPort)),
      runAll(others),
      runAll(others),
      runAll(others),
    ]);
    assert(wrong.length === 0, wrong.join("\n"));
    assert(lines.length > 80);
  },
});

interface Stage extends AsyncDisposable {
  run(line: string): Promise<{ readonly code: number; readonly output: string }>;
}

/** A server that runs, and a copy of its home for each command: with a login, settings, two keys and a session. */
async function makeStage(
  backend: Awaited<ReturnType<typeof startFakeBackend>>,
  issuer: Awaited<ReturnType<typeof startFakeIssuer>>,
  releasePage: string,
): Promise<Stage> {
  const root = await makeHome();
  const home = `${root}/home`;
  for (const folder of [".config/ccproxy", ".config/fish/completions", ".codex"]) {
    await Deno.mkdir(`${home}/${folder}`, { recursive: true, mode: 0o700 });
  }
  const { file, args } = programCommand();
  const quoted = [file, ...args].map((word) => `'${word}'`).join(" ");
  await Deno.mkdir(`${root}/bin`);
  for (const [name, script] of Object.entries({ ...PROGRAMS, ccproxy: `exec ${quoted} "$@"` })) {
    await Deno.writeTextFile(`${root}/bin/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  await Deno.writeTextFile(`${home}/.config/ccproxy/config.toml`, "[codex]\nenabled = true\n", {
    mode: 0o600,
  });
  await Deno.writeTextFile(`${home}/other.toml`, "[codex]\nenabled = true\n", { mode: 0o600 });
  const server = await startProgram({ home, backend, issuer, credentials: authJson(issuer.issue()) });
  await (await server.fetch("/codex/my-session/chat/completions", {
    method: "POST",
    body: JSON.stringify({ model: "gpt-5", messages: [{ role: "user", content: "Hi" }] }),
  })).text();
  const env = (own: string, port: number) => ({
    HOME: own,
    PATH: `${root}/bin:${Deno.env.get("PATH")}`,
    NO_COLOR: "1",
    EDITOR: "vi",
    DISPLAY: ":0",
    NO_PROXY: "127.0.0.1",
    no_proxy: "127.0.0.1",
    CCPROXY_CODEX__BASE_URL: backend.url,
    CCPROXY_AUTH__ISSUER: issuer.url,
    CCPROXY_UPDATE_BASE: releasePage,
    CCPROXY_SERVER__PORT: `${port}`,
    DENO_DIR: denoDir() ?? "",
    DENO_NO_UPDATE_CHECK: "1",
  });
  const inHome = (own: string, line: string) =>
    runLine(line, own, env(own, keepsRunning(line) ? 0 : server.port));
  for (const line of ["ccproxy keys create alice", "ccproxy keys create ci"]) {
    const { code, output } = await inHome(home, line);
    assertEquals(code, 0, output);
  }
  let made = 0;
  return {
    async run(line) {
      const own = `${root}/${made++}`;
      await new Deno.Command("cp", { args: ["-a", home, own] }).output();
      const login = `${own}/.codex/auth.json`;
      if (/^ccproxy auth login-openai(?!.*--force)/.test(line)) await Deno.remove(login);
      // A refresh token works once, so each home has its own.
      else await Deno.writeTextFile(login, JSON.stringify(authJson(issuer.issue())));
      const sample = SAMPLES.reduce((text, [word, given]) => text.replaceAll(word, given), line)
        .replaceAll("http://127.0.0.1:8000", server.url);
      // What makes a key that the home has already begins without it.
      const created = /keys create (\w+)/.exec(sample)?.[1];
      if (created !== undefined) await inHome(own, `ccproxy keys delete ${created}`);
      return await inHome(own, ASK.includes(line) ? `${sample} --yes` : sample);
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** Runs one line in bash; what keeps running is ended once it has said something. */
async function runLine(line: string, home: string, env: Record<string, string>) {
  const child = new Deno.Command("bash", {
    args: ["-ec", line],
    cwd: home,
    env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("y\n")).catch(() => {});
  await writer.close().catch(() => {});
  let output = "";
  let ending = false;
  let opened = false;
  const collect = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      // The person who opens the address in a browser.
      const address = /^http\S+\/oauth\/authorize\S+(?=\n)/m.exec(output)?.[0];
      if (address !== undefined && line.includes("--no-browser") && !opened) {
        opened = true;
        await (await fetch(address)).text();
      }
      if (ending || !keepsRunning(line) || !/http:\/\/|%/.test(output)) continue;
      ending = true;
      child.kill("SIGTERM");
    }
  };
  const [{ code }] = await Promise.all([child.status, collect(child.stdout), collect(child.stderr)]);
  return { code, output };
}
