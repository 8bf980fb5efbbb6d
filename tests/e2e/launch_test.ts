import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { runProgram, startCommand, startProgram } from "../program.ts";

/** A client that tells how it was started, and asks what its settings name. */
const CLIENT = `
const env = Deno.env.toObject();
const at = Deno.args.findIndex((word) => word === "--config" || word === "--settings");
const file = env.AICHAT_CONFIG_FILE ?? Deno.args[at + 1];
const isFile = env.AICHAT_CONFIG_FILE !== undefined || at >= 0;
const text = isFile ? await Deno.readTextFile(file) : env.OPENCODE_CONFIG_CONTENT ?? Deno.args.join(" ");
const mode = isFile ? (Deno.statSync(file).mode & 0o777).toString(8) : undefined;
const found = /http:[^"']*codex\\/v1/.exec(text)?.[0] ?? env.ANTHROPIC_BASE_URL + "/v1";
const response = await fetch(found + "/chat/completions", {
  method: "POST",
  headers: { "content-type": "application/json", authorization: "Bearer " + (env.CCPROXY_API_KEY ?? "x") },
  body: JSON.stringify({ messages: [{ role: "user", content: "say Hi" }] }),
});
const { choices, error } = await response.json();
const said = choices?.[0].message.content ?? error.message;
console.log(JSON.stringify({ url: found, said, mode, file: isFile ? file : undefined, args: Deno.args }));
if (Deno.args.includes("wait")) {
  Deno.addSignalListener("SIGTERM", () => Deno.exit(42));
  console.error("waiting");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}
Deno.exit(7);
`;

/** A folder with programs of the clients' names, to be put on the PATH. */
async function makeClients(
  ...names: readonly string[]
): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/client.ts`, CLIENT);
  for (const name of names) {
    const line = `exec '${Deno.execPath()}' run -q --no-config --no-lock -A '${folder}/client.ts' "$@"`;
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }
  return {
    path: `${folder}:${Deno.env.get("PATH") ?? ""}`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const ignore = Deno.build.os === "windows";

for (
  const [client, program] of [["codex", "codex"], ["claude-code", "claude"], ["opencode", "opencode"], [
    "continue",
    "cn",
  ], ["aichat", "aichat"]]
) {
  Deno.test({
    name: `launch ${client} --demo starts it with a proxy of its own, ends as it does and leaves nothing`,
    ignore,
    fn: async () => {
      await using clients = await makeClients(program ?? "");
      const folder = await Deno.makeTempDir();
      try {
        const env = { PATH: clients.path, TMPDIR: folder };
        const { code, stdout, stderr } = await runProgram([
          "launch",
          client ?? "",
          "--demo",
          "--",
          "-p",
          "a b",
        ], { env });
        assertEquals([code, stderr], [7, ""]);
        const told = JSON.parse(stdout);
        assertStringIncludes(told.said, "Hi");
        assertEquals(told.args.slice(-2), ["-p", "a b"]);
        if (told.file !== undefined) assertEquals(told.mode, "600");
        // The runtime of an executable keeps compiled code there.
        const left = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
        assertEquals(left.filter((name) => name !== "deno-compile-ccproxy.cache"), []);
        assertEquals(await fetch(told.url).then(() => "answers", () => "gone"), "gone");
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  name: "launch uses the proxy that runs, and its key",
  ignore,
  fn: async () => {
    await using clients = await makeClients("codex");
    await using backend = await startFakeBackend();
    await using server = await startProgram({ backend, env: { CCPROXY_SERVER__API_KEY: "a-key-of-mine" } });
    const { port } = new URL(server.url);
    const { code, stdout } = await runProgram(["launch", "codex"], {
      home: server.home,
      backend,
      env: { PATH: clients.path, CCPROXY_SERVER__API_KEY: "a-key-of-mine", CCPROXY_SERVER__PORT: port },
    });
    const told = JSON.parse(stdout);
    assertEquals([code, told.url], [7, `http://127.0.0.1:${port}/codex/v1`]);
    assertEquals(backend.asks().length, 1);
    assert(!told.args.join(" ").includes("a-key-of-mine"), "a key on the command line is seen by every user");
  },
});

Deno.test({
  name: "launch hands SIGTERM on, and ends with what the client ends with",
  ignore,
  fn: async () => {
    await using clients = await makeClients("codex");
    const running = await startCommand(["launch", "codex", "--demo", "--", "wait"], {
      env: { PATH: clients.path },
    });
    await running.stderrUntil(/waiting/);
    running.kill("SIGTERM");
    assertEquals((await running.status).code, 42);
  },
});

Deno.test({
  name: "launch says how to install a client that is not there, and names login and demo without a login",
  ignore,
  fn: async () => {
    const env = { PATH: "/nonexistent" };
    const gone = await runProgram(["launch", "codex", "--demo"], { env });
    assertEquals([gone.code, gone.stderr.split("\n")[1]], [
      1,
      "hint: Install it: npm install -g @openai/codex",
    ]);
    await using clients = await makeClients("codex");
    const out = await runProgram(["launch", "codex"], { credentials: null, env: { PATH: clients.path } });
    assertEquals(out.code, 3);
    assertStringIncludes(out.stderr, "ccproxy launch codex --demo");
    assertEquals(out.stdout, "");
  },
});
