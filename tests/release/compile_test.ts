import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { versionText } from "../../src/version.ts";
import {
  bakeFacts,
  compileArguments,
  readOptions,
  repositoryOf,
  runtimeAdvice,
} from "../../tools/compile.ts";
import { hostTarget, permissionFlags, TARGETS } from "../../tools/permissions.ts";
import { readCompiled } from "./compiled_executable.ts";
import { runDeno, withTempDir } from "./run.ts";

const BUNDLE = '// main.ts\nvar COMMIT = "source";\nvar REPOSITORY = "";\nrun(COMMIT, REPOSITORY);\n';

Deno.test("versionText() names the commit of a build, and says so when there is none", () => {
  assertEquals(
    [versionText("abc1234", "2.9.6").replace(/\d+\.\d+\.\d+/, "V"), versionText("source", "2.9.6")],
    [
      "ccproxy V (commit abc1234, Deno 2.9.6)",
      versionText("abc1234", "2.9.6").replace("commit abc1234", "from source"),
    ],
  );
});

Deno.test("readOptions() takes targets, a folder and the route flags in any order", () => {
  assertEquals(
    readOptions(["--no-lock", "--import-map=m.json", "--target", "aarch64-apple-darwin", "--out=x"]),
    { targets: ["aarch64-apple-darwin"], out: "x", routeFlags: ["--no-lock", "--import-map=m.json"] },
  );
  assertEquals(readOptions([]), { targets: undefined, out: "dist", routeFlags: [] });
  assertEquals(readOptions(["--all"]).targets, TARGETS);
});

Deno.test("readOptions() refuses what it does not know, and names the targets", () => {
  for (const words of [["--targt"], ["--target", "riscv64"], ["--out"], ["--target"]]) {
    assertThrowsWith(() => readOptions(words), "x86_64-pc-windows-msvc");
  }
});

Deno.test("bakeFacts() writes commit and repository, and takes out paths of the building machine", () => {
  assertEquals(
    bakeFacts(`${BUNDLE}// ../../home/me/.cache/deno/npm/registry/deno-std/1.4.0/toml/parse.js\n`, {
      COMMIT: "abc1234",
      REPOSITORY: "owner/name",
    }),
    '// main.ts\nvar COMMIT = "abc1234";\nvar REPOSITORY = "owner/name";\nrun(COMMIT, REPOSITORY);\n' +
      "// deno-std/1.4.0/toml/parse.js\n",
  );
});

Deno.test("bakeFacts() fails where a constant is missing or stands twice", () => {
  const facts = { COMMIT: "abc1234", REPOSITORY: "owner/name" };
  assertThrowsWith(
    () => bakeFacts(BUNDLE.replace("var COMMIT", "var COMMIT2"), facts),
    "declares COMMIT 0 times",
  );
  assertThrowsWith(() => bakeFacts(BUNDLE + BUNDLE, facts), "declares COMMIT 2 times");
});

Deno.test("bakeFacts() leaves a program of ASCII alone, with the same texts", () => {
  const baked = bakeFacts(`${BUNDLE}var text = "\u00e9 \u2019 \u{1f600}";\n`, {
    COMMIT: "abc1234",
    REPOSITORY: "",
  });
  assertEquals([...baked].filter((letter) => letter > "\x7f"), []);
  assertStringIncludes(baked, String.raw`"\u00e9 \u2019 \ud83d\ude00"`);
});

Deno.test("bakeFacts() passes over a constant that the program does not use", () => {
  const facts = { COMMIT: "abc1234", REPOSITORY: "owner/name" };
  assertEquals(
    bakeFacts('\nvar COMMIT = "source";\nrun(COMMIT);\n', facts),
    '\nvar COMMIT = "abc1234";\nrun(COMMIT);\n',
  );
});

Deno.test("repositoryOf() reads both forms of a GitHub remote and nothing else", () => {
  assertEquals(
    [
      "https://github.com/owner/cc.proxy.git\n",
      "git@github.com:owner/ccproxy.git",
      "https://github.com/owner/ccproxy",
      "https://example.com/owner/ccproxy.git",
      "",
    ].map(repositoryOf),
    ["owner/cc.proxy", "owner/ccproxy", "owner/ccproxy", "", ""],
  );
});

Deno.test("compileArguments() carries the permissions of every target, and names the target only across machines", () => {
  for (const target of TARGETS) {
    const across = target === "x86_64-unknown-linux-gnu" ? [] : ["--target", target];
    assertEquals(compileArguments(target, "x86_64-unknown-linux-gnu", "main.js", "out"), [
      "compile",
      ...permissionFlags(target),
      "--no-config",
      "--no-lock",
      ...across,
      "-o",
      "out",
      "main.js",
    ]);
  }
});

Deno.test("runtimeAdvice() says what to set where dl.deno.land is out of reach, and only there", () => {
  const failure =
    "error sending request for url (https://dl.deno.land/release/v2.9.6/denort-x.zip): dns error";
  const advice = runtimeAdvice(failure, "aarch64-apple-darwin", "/cache") ?? "";
  assertStringIncludes(advice, "DENORT_BIN=FILE");
  assertStringIncludes(
    advice,
    `/cache/dl/release/v${Deno.version.deno}/denort-aarch64-apple-darwin.zip`,
  );
  assertEquals(runtimeAdvice("error: Module not found", "aarch64-apple-darwin", "/cache"), undefined);
});

Deno.test({
  name: "deno task compile bakes exactly the permissions of the list, one file and no argument",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await withTempDir(async (dir) => {
      const route = await runDeno(["run", "-q", "--no-config", "-A", "tools/flags.ts", "std"]);
      const routeFlags = route.stdout.trim().split(/\s+/).filter((flag) => flag !== "");
      // The plain deno stands in for Deno's runtime: the file does not run the program, but all of it is inside.
      const built = await runDeno(["run", "-A", "-q", "tools/compile.ts", ...routeFlags, "--out", dir], {
        DENORT_BIN: Deno.execPath(),
        GITHUB_REPOSITORY: "owner/name",
      });
      assertStringIncludes(built.stderr, 'must name "denort", the runtime for executables, and not "deno"');
      assertEquals(built.code, 1);

      const { metadata, files } = readCompiled(await Deno.readFile(`${dir}/ccproxy`));
      const expected = expectedPermissions();
      const permissions = Object(metadata["permissions"]);
      for (const [name, value] of Object.entries(permissions)) {
        if (name === "prompt" || name === "allow_import") continue;
        assertEquals([name, value], [name, expected.get(name) ?? null]);
        expected.delete(name);
      }
      assertEquals(expected.size, 0);
      assertEquals(
        [permissions.prompt, metadata["argv"], metadata["env_vars_from_env_file"], metadata["log_level"]],
        [false, [], {}, "ERROR"],
      );

      assertEquals([...files.keys()], ["main.js"]);
      const program = files.get("main.js") ?? "";
      assertEquals(program.includes('var REPOSITORY = "";'), false);
      assertEquals(program.includes(`${Deno.env.get("HOME") ?? "/home"}/`), false);

      // What was embedded is the program: it runs, and knows its commit.
      await Deno.writeTextFile(`${dir}/embedded.js`, program);
      const commit = /^var COMMIT = "([0-9a-f]{7}(?:-dirty)?|unknown)";$/m.exec(program)?.[1] ?? "none";
      const flags = permissionFlags(hostTarget());
      const said = await runDeno(["run", "--no-config", ...flags, `${dir}/embedded.js`, "--version"]);
      assertEquals(said, { code: 0, stdout: `${versionText(commit)}\n`, stderr: "" });
    });
  },
});

/** The flags of the list in the form of the metadata: `allow_net` and its values. */
function expectedPermissions(): Map<string, string[]> {
  const expected = new Map<string, string[]>();
  for (const flag of permissionFlags(hostTarget())) {
    const found = /^--(allow-\w+)=(.*)$/.exec(flag);
    if (found !== null) expected.set((found[1] ?? "").replace("-", "_"), (found[2] ?? "").split(","));
  }
  return expected;
}

function assertThrowsWith(fn: () => unknown, part: string): void {
  const error = assertThrows(fn);
  assertStringIncludes(error instanceof Error ? error.message : "", part);
}
