/** The README's quick start, command by command, against the demo that it starts. */
import { assertEquals, assertMatch } from "@std/assert";
import { startProgram } from "../program.ts";
import { quickStartArgs, quickStartBlocks } from "./quick_start.ts";

/** What each command must print, in the order of the README. */
const PRINTED: readonly RegExp[] = [
  /"content":"1, 2, 3, 4, 5"/,
  /"content":"You said: My name is Alice.*"content":"Your name is Alice\."/s,
];

const canRun = Deno.build.os !== "windows";

Deno.test({
  name: "README: the commands of the quick start work as written",
  ignore: !canRun,
  async fn() {
    await using program = await startProgram({ args: await quickStartArgs(), credentials: null });
    const [, ...commands] = await quickStartBlocks("bash");
    assertEquals(commands.length, PRINTED.length);
    for (const [at, command] of commands.entries()) {
      const { success, stdout, stderr } = await new Deno.Command("sh", {
        args: ["-ec", command.replaceAll("http://127.0.0.1:8000", program.url)],
        env: { NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" },
      }).output();
      assertEquals(success, true, new TextDecoder().decode(stderr));
      assertMatch(new TextDecoder().decode(stdout), PRINTED[at] ?? /^$/);
    }
  },
});

Deno.test("demo.md: what it says of the demo's answers is so", async () => {
  const page = await Deno.readTextFile(new URL("../../.github/docs/demo.md", import.meta.url));
  const said = [
    ...page.matchAll(/`(count to 5|count from 3 to 1|say hello|reply with exactly: pong|think about it)`/g),
  ]
    .map(([, text = ""]) => text);
  assertEquals(new Set(said).size, 5);
  await using program = await startProgram({ args: await quickStartArgs(), credentials: null });
  const answers: Record<string, string> = {};
  for (const text of new Set(said)) {
    const body = { model: "gpt-5", messages: [{ role: "user", content: text }] };
    const answer = await program.fetch("/codex/v1/chat/completions", {
      method: "POST",
      body: JSON.stringify(body),
    });
    assertMatch(answer.headers.get("x-ccproxy-demo") ?? "", /^true$/);
    answers[text] = (await answer.json()).choices[0].message.content;
  }
  assertEquals(answers["count to 5"], "1, 2, 3, 4, 5");
  assertEquals(answers["count from 3 to 1"], "3, 2, 1");
  assertEquals(answers["say hello"], "hello");
  assertEquals(answers["reply with exactly: pong"], "pong");
  assertMatch(answers["think about it"] ?? "", /^<thinking>/);
});
