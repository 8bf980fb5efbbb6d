import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { startFakeIssuer } from "../fake/issuer.ts";
import { runProgram, startProgram } from "../program.ts";
import { hasProgram, run, withTempDir } from "./run.ts";

const DOCKERFILE = await Deno.readTextFile("tools/container/Dockerfile");

/** The JSON list behind an instruction of the Dockerfile; `HEALTHCHECK` and `CMD` are told apart by indentation. */
function listOf(instruction: RegExp): string[] {
  const line = DOCKERFILE.split("\n").find((line) => instruction.test(line)) ?? "[]";
  return JSON.parse(line.slice(line.indexOf("[")));
}

const ENTRYPOINT = listOf(/^ENTRYPOINT /);
const COMMAND = listOf(/^CMD /);
const HEALTH_CHECK = listOf(/^ +CMD /);

/** What the image sets with ENV. */
function imageEnvironment(): Record<string, string> {
  return Object.fromEntries(
    [...DOCKERFILE.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

Deno.test("The image runs as a user without rights, in a home that the executable may write", () => {
  assertMatch(DOCKERFILE, /^USER 65532:65532$/m);
  const { HOME = "" } = imageEnvironment();
  assertMatch(HOME, /^\/\w+/);
  assertEquals(ENTRYPOINT, ["/usr/bin/ccproxy"]);
});

Deno.test("The image ends before it would be killed: its answers have less than the 10 s of docker stop", () => {
  const { CCPROXY_SERVER__SHUTDOWN_GRACE_SECONDS: grace } = imageEnvironment();
  assertEquals(Number(grace) > 0 && Number(grace) < 10, true);
});

Deno.test("The image compiles with the Deno of this project and downloads nothing by itself", () => {
  assertEquals(
    [...DOCKERFILE.matchAll(/^FROM (?:--platform=\$BUILDPLATFORM )?(\S+)/gm)].map((found) => found[1]),
    ["denoland/deno:2.9.6", "busybox:1.37.0-musl", "gcr.io/distroless/cc-debian12:nonroot"],
  );
  assertEquals(/\b(?:curl|apt-get|ADD)\b/.test(DOCKERFILE), false);
});

Deno.test("The image's command refuses to listen for others without a key", async () => {
  const { HOME: _, ...env } = imageEnvironment();
  const ended = await runProgram([...COMMAND, "--port", "0"], { env });
  assertEquals(ended.code, 2);
  assertStringIncludes(ended.stderr, "CCPROXY_SERVER__API_KEY");
});

Deno.test({
  name:
    "The image's health check is content with its command, and with nothing else, whatever the proxies say",
  ignore: Deno.build.os !== "linux" || !await hasProgram("busybox"),
  fn: async () => {
    const { HOME: _, ...env } = imageEnvironment();

    const check = (port: number) =>
      run(
        "busybox",
        // In the image the file busybox is called wget, which chooses the command.
        ["wget", ...HEALTH_CHECK.slice(1).map((word) => word.replace(":8000/", `:${port}/`))],
        { http_proxy: "http://127.0.0.1:9" },
      );
    await using program = await startProgram({
      args: [...COMMAND, "--port", "0"],
      env: { ...env, CCPROXY_SERVER__API_KEY: "key" },
      credentials: null,
    });
    assertEquals((await check(program.port)).code, 0);
    await program.stop();
    assertEquals((await check(program.port)).code, 1);
  },
});

Deno.test({
  name:
    "the job of the example workflow gets its answer from a service with nothing but the example's variables",
  ignore: Deno.build.os === "windows" || !await hasProgram("curl"),
  fn: async () => {
    const example = await Deno.readTextFile("tools/container/examples/ci-job.yml");
    await using backend = await startFakeBackend({ accepts: (token) => token.startsWith("at-") });
    await using issuer = await startFakeIssuer();
    backend.setDefault({ events: textAnswer(["Hello"]) });
    const known: Record<string, string> = {
      "secrets.CODEX_ACCESS_TOKEN": issuer.accessTokens.make(),
      "github.run_id": "1234",
      "github.run_attempt": "1",
    };
    const filled = example.replace(/\$\{\{ (.+?) \}\}/g, (_, name) => known[name] ?? `no ${name}`);
    const [service = "", job = ""] = filled.split("    steps:\n");
    const variables = (text: string) =>
      Object.fromEntries(
        [...text.matchAll(/^ +([A-Z][A-Z_]+): (\S+)$/gm)].map(([, name = "", value = ""]) => [name, value]),
      );
    assertEquals(Object.keys(variables(service)), ["CODEX_ACCESS_TOKEN", "CCPROXY_SERVER__API_KEY"]);
    const { HOME: _, ...env } = { ...imageEnvironment(), ...variables(service) };
    await using program = await startProgram({
      backend,
      issuer,
      args: [...COMMAND, "--port", "0"],
      env: { ...env, CODEX_AUTHAPI_BASE_URL: `${issuer.url}/api/accounts` },
      credentials: null,
    });
    const script = job.slice(job.indexOf("run: |") + "run: |".length);
    const asked = await run("bash", ["-e", "-c", script], {
      ...variables(job),
      OPENAI_BASE_URL: (variables(job)["OPENAI_BASE_URL"] ?? "").replace(":8000/", `:${program.port}/`),
    });
    assertEquals([asked.code, JSON.parse(asked.stdout).choices[0].message.content], [0, "Hello"]);
  },
});

Deno.test({
  name: "context.sh lays the executables out where the Dockerfile takes them from",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withTempDir(async (dir) => {
      for (const machine of ["x86_64", "aarch64"]) {
        await Deno.writeTextFile(`${dir}/ccproxy-${machine}-unknown-linux-gnu`, machine);
      }
      const { stdout } = await run("bash", ["tools/container/context.sh", dir], { TMPDIR: dir });
      const context = stdout.trim();
      assertEquals(
        [
          await Deno.readTextFile(`${context}/built/amd64/ccproxy`),
          await Deno.readTextFile(`${context}/built/arm64/ccproxy`),
        ],
        ["x86_64", "aarch64"],
      );
      assertStringIncludes(
        DOCKERFILE,
        "COPY --from=build --chmod=755 /built/${TARGETARCH}/ccproxy /usr/bin/ccproxy\n",
      );
    }),
});

Deno.test("compose.yaml gives the container a key, a read-only file system and no rights", async () => {
  const compose = await Deno.readTextFile("tools/container/compose.yaml");
  for (
    const line of [
      "CCPROXY_SERVER__API_KEY: ${CCPROXY_API_KEY:?",
      "CCPROXY_SERVER__ALLOWED_HOSTS: ccproxy\n",
      '- "127.0.0.1:8000:8000"\n',
      "read_only: true\n",
      "cap_drop:\n      - ALL\n",
      "no-new-privileges:true\n",
      "- home:/home/nonroot\n",
    ]
  ) assertStringIncludes(compose, line);
});

for (
  const [program, files] of [
    ["hadolint", ["tools/container/Dockerfile"]],
    ["shellcheck", ["smoke", "context", "push"].map((name) => `tools/container/${name}.sh`)],
  ] as const
) {
  Deno.test({
    name: `${program} has nothing to say about the container files, where it is installed`,
    ignore: !await hasProgram(program),
    fn: async () => assertEquals(await run(program, files), { code: 0, stdout: "", stderr: "" }),
  });
}
