import { assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { makeHome } from "../cli/home.ts";
import { post, withProgram } from "./setup.ts";

Deno.test("usage --cache shows the share of cached input and what broke the prefix", async () => {
  await withProgram(async ({ program, backend }) => {
    const answer = (cachedTokens: number, seed: string) =>
      backend.answer({
        events: textAnswer(["ok"], { seed, usage: { inputTokens: 4000, cachedTokens, outputTokens: 1 } }),
      });
    const tool = (name: string) => ({ type: "function", function: { name, parameters: { type: "object" } } });
    const ask = async (text: string, tools: unknown[]) => {
      const body = { model: "gpt-5.5", messages: [{ role: "user", content: text }], tools };
      await (await post(program, "/codex/cached/chat/completions", body)).text();
    };
    answer(0, "1");
    await ask("one", [tool("a"), tool("b")]);
    answer(3600, "2");
    await ask("two", [tool("a"), tool("b")]);
    answer(400, "3");
    await ask("three", [tool("b"), tool("a")]);
    await program.stderrUntil(/share of cached input dropped.*another order/);
    const { data: [entry] } = await (await program.fetch("/codex/usage/cache")).json();
    assertEquals(
      [entry.session, entry.turns, entry.cached_percent, entry.last_percent, entry.drops, entry.last_drop],
      ["cached", 3, 33.3, 10, 1, "the tools came in another order"],
    );
    await using home = await makeHome();
    const { code, stdout } = await home.run("usage --cache", {
      env: { CCPROXY_SERVER__PORT: `${program.port}` },
    });
    assertEquals(
      [code, stdout.includes("cached: the share dropped because the tools came in another order")],
      [
        0,
        true,
      ],
    );
    const nobody = await home.run("usage --cache");
    assertEquals([nobody.code, nobody.stdout], [4, ""]);
  });
});
