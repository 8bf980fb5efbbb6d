import { assert, assertEquals, assertMatch } from "@std/assert";
import { startFakeBackend } from "../fake/backend.ts";
import { makeHome, runProgram, startProgram, transcript } from "../program.ts";

Deno.test("runProgram() gives exit code, stdout and stderr of a command", async () => {
  const { code, stdout, stderr } = await runProgram(["--version"]);
  assertMatch(stdout, /^ccproxy \d/);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("runProgram() reports wrong usage with exit code 2", async () => {
  const { code, stdout } = await runProgram(["no-such-command"]);
  assertEquals([code, stdout], [2, ""]);
});

Deno.test("startProgram() waits until the program listens, and leaves no home behind", async () => {
  await using backend = await startFakeBackend();
  const program = await startProgram({ backend });
  try {
    assertEquals(program.serverInfo, { port: program.port, pid: program.pid, url: program.url });
    const answer = await program.fetch("/health");
    const text = await answer.text();
    assertEquals(answer.status, 200);
    assert(transcript().includes(text));
  } finally {
    await program.stop();
  }
  assertEquals((await program.status).code, 0);
  assertEquals(await Deno.stat(program.home).catch(() => "gone"), "gone");
});

Deno.test("startProgram() fails with the output of a program that does not start", async () => {
  const error = await startProgram({ config: "[server]\nport = true\n" }).catch((reason: unknown) => reason);
  assert(error instanceof Error);
  assertMatch(error.message, /^The program ended with 2 before it listened:\n.*port/s);
});

Deno.test("startProgram() uses a given home again, with the files that are in it", async () => {
  const home = await makeHome();
  try {
    for (let i = 0; i < 2; i++) {
      await using program = await startProgram({ home });
      assertEquals(program.home, home);
    }
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
