import { assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../src/cli/run.ts";
import { createFakeWorld, type FakeWorldOptions } from "./fake_world.ts";
import { SAMPLE } from "./sample_table.ts";

async function runSample(args: string[], options: FakeWorldOptions = {}) {
  const fake = createFakeWorld(options);
  const code = await run(args, fake.world, SAMPLE);
  return { code, stdout: fake.stdout(), stderr: fake.stderr() };
}

Deno.test("run() prints the version", async () => {
  assertEquals(await runSample(["--version"]), { code: 0, stdout: "ccproxy 0.0.0 (test)\n", stderr: "" });
});

Deno.test("run() gives the command's exit code", async () => {
  assertEquals(await runSample(["zoo", "look-around"]), { code: 3, stdout: "", stderr: "" });
});

Deno.test("run() writes a wrong usage to standard error and ends with 2", async () => {
  assertEquals(await runSample(["fetch", "here", "--jsn"]), {
    code: 2,
    stdout: "",
    stderr:
      'Wrong usage: unknown flag "--jsn" for "ccproxy fetch"\nhint: Did you mean "ccproxy fetch --json"?\n',
  });
});

Deno.test("run() writes errors of a --json command as one JSON line", async () => {
  const { code, stdout, stderr } = await runSample(["fetch", "--json"]);
  assertEquals({ code, stdout, json: JSON.parse(stderr) }, {
    code: 2,
    stdout: "",
    json: {
      error: {
        code: "usage",
        message: "Wrong usage: SOURCE is missing",
        hint: 'Run "ccproxy fetch --help" to see what it takes',
        param: "source",
        exit_code: 2,
      },
    },
  });
});

Deno.test("run() reports a bug without a stack, and with one under CCPROXY_DEBUG", async () => {
  const plain = await runSample(["zoo", "set"]);
  assertEquals(plain, {
    code: 1,
    stdout: "",
    stderr:
      "Internal error: TypeError: the zoo is on fire\nhint: This is a bug in ccproxy: please report it with " +
      'the command line and the output of "CCPROXY_DEBUG=1" before it\n',
  });
  const debug = await runSample(["zoo", "set"], { env: { CCPROXY_DEBUG: "1" } });
  assertStringIncludes(debug.stderr, "sample_table.ts");
});

Deno.test("run() colours an error on a terminal and strips control characters from it", async () => {
  const { stderr } = await runSample(["fetch", "\x1b[2Jhere"], { colour: true });
  assertEquals(
    stderr,
    '\x1b[31mWrong usage: unknown source "[2Jhere": known are here, there\x1b[39m\n' +
      '\x1b[36mhint:\x1b[39m Run "ccproxy fetch --help" to see what it takes\n',
  );
});
