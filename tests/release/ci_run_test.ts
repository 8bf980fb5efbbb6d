import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Ended, run, withTempDir } from "./run.ts";

/** Runs .ci/run with an `npx` that prints `test` and `check` and ends with their codes. */
async function ciRun(
  test: { says: string; code: number },
  check: { says: string; code: number },
  env: Record<string, string> = {},
): Promise<Ended & { last: string }> {
  let ended: Ended = { code: -1, stdout: "", stderr: "" };
  await withTempDir(async (dir) => {
    const lines = ["#!/bin/sh", 'case "$*" in'];
    for (const [name, task] of Object.entries({ test, check })) {
      await Deno.writeTextFile(`${dir}/${name}`, task.says);
      lines.push(`"-y deno@2.9.6 task ${name}") cat "${dir}/${name}"; exit ${task.code} ;;`);
    }
    lines.push("*) exit 99 ;;", "esac");
    await Deno.writeTextFile(`${dir}/npx`, `${lines.join("\n")}\n`, { mode: 0o755 });
    // As on a machine without a way to the packages that an executable is made of.
    await Deno.writeTextFile(`${dir}/python3`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    ended = await run("bash", [".ci/run"], { PATH: `${dir}:${Deno.env.get("PATH") ?? ""}`, ...env });
  });
  return { ...ended, last: ended.stdout.trimEnd().split("\n").at(-1) ?? "" };
}

const GOOD = { says: "a ... ok (1ms)\n\nok | 7 passed (1 step) | 0 failed | 1 ignored (19ms)\n\n", code: 0 };
const CLEAN = { says: "Checked 3 files\n", code: 0 };

function ciTest(name: string, test: () => Promise<void>): void {
  Deno.test({ name: `.ci/run ${name}`, ignore: Deno.build.os === "windows", fn: test });
}

ciTest("ends with the count of the run", async () => {
  const ended = await ciRun(GOOD, CLEAN);
  assertEquals([ended.code, ended.last], [0, "7 passed, 0 failed"]);
});

ciTest("says so where no executable can be built", async () => {
  assertStringIncludes((await ciRun(GOOD, CLEAN)).stdout, "No executable was tested: ");
});

ciTest("fails when a test failed", async () => {
  const ended = await ciRun({ says: "FAILED | 5 passed | 2 failed (9ms)\n", code: 1 }, CLEAN);
  assertEquals([ended.code, ended.last], [1, "5 passed, 2 failed"]);
});

ciTest("counts a failed check as one more", async () => {
  const ended = await ciRun(GOOD, { says: "error: Found 1 not formatted file\n", code: 1 });
  assertEquals([ended.code, ended.last], [1, "7 passed, 1 failed"]);
});

ciTest("counts a run that broke off before its closing line, and one without tests, as failed", async () => {
  const broken = await ciRun({ says: "error: Type checking failed.\n", code: 1 }, CLEAN);
  const none = await ciRun({ says: "ok | 0 passed | 0 failed (1ms)\n", code: 0 }, CLEAN);
  assertEquals([broken.code, broken.last, none.code, none.last], [
    1,
    "0 passed, 1 failed",
    1,
    "0 passed, 1 failed",
  ]);
});

ciTest("gives npm a home where HOME is empty, and shows what the commands said", async () => {
  const ended = await ciRun(GOOD, CLEAN, { HOME: "" });
  assertEquals([ended.code, ended.last], [0, "7 passed, 0 failed"]);
  assertStringIncludes(ended.stdout, GOOD.says + CLEAN.says);
});
