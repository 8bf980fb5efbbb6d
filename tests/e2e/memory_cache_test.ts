import { assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { makeHome } from "../cli/home.ts";
import { dataOf, post, withProgram } from "./setup.ts";

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

Deno.test("prompt_cache_options.comparison_response_id says what differs first from that response, streamed and whole (translation 140)", async () => {
  await withProgram(async ({ program, backend }) => {
    let count = 0;
    const ask = async (body: object, cachedTokens = 0) => {
      const usage = { inputTokens: 4000, cachedTokens, outputTokens: 1 };
      backend.answer({ events: textAnswer(["ok"], { seed: `${count++}`, usage }) });
      const response = await post(program, "/codex/v1/responses", {
        model: "gpt-5.5",
        prompt_cache_key: "k",
        ...body,
      });
      const text = await response.text();
      assertEquals(response.status, 200, text);
      const answer = text.startsWith("{")
        ? JSON.parse(text)
        : JSON.parse(dataOf(text).at(-1) ?? "{}").response;
      return {
        id: answer.id,
        found: answer.prompt_cache_diagnostics,
        ignored: response.headers.get("x-ccproxy-ignored-params"),
      };
    };
    const input = [{ role: "user", content: "a".repeat(3000) }, { role: "user", content: "b".repeat(1000) }];
    const first = await ask({ input });
    assertEquals(first.found, undefined);
    const compared = { prompt_cache_options: { comparison_response_id: first.id } };
    const longer = [...input, { role: "user", content: "c" }];
    assertEquals((await ask({ input: longer, ...compared }, 3000)).found, { type: "cache_hit" });
    assertEquals((await ask({ input: longer, ...compared })).found, { type: "unavailable" });
    assertEquals((await ask({ input, model: "gpt-5.4", ...compared })).found, {
      type: "cache_miss",
      reason: "model_changed",
      cache_missed_tokens: 4000,
    });
    const reasons: [body: object, reason: string][] = [
      [{ input, prompt_cache_key: "other" }, "prompt_cache_key_changed"],
      [{ input, tools: [{ type: "function", name: "f", parameters: { type: "object" } }] }, "tools_changed"],
      [
        { input, text: { format: { type: "json_schema", name: "x", schema: { type: "object" } } } },
        "text_format_changed",
      ],
      [{ input, text: { verbosity: "low" } }, "verbosity_changed"],
      [{ input, reasoning: { effort: "low" } }, "reasoning_effort_changed"],
      [{ input, instructions: "Be brief." }, "input_changed"],
      [{ input: input.slice(0, 1) }, "context_compacted"],
    ];
    for (const [body, reason] of reasons) {
      assertEquals((await ask({ ...body, ...compared })).found.reason, reason);
    }
    const { found } = await ask({
      input: [input[0], { role: "user", content: "x" }],
      stream: true,
      ...compared,
    });
    assertEquals([found.type, found.reason], ["cache_miss", "input_changed"]);
    const nearly = (tokens: number, about: number) => tokens > about * 0.7 && tokens < about * 1.3;
    assertEquals(nearly(found.comparison_reusable_tokens, 2900), true, JSON.stringify(found));
    const unknown = await ask({
      input,
      prompt_cache_options: { comparison_response_id: "resp_x", ttl: "30m" },
    });
    assertEquals([unknown.found, unknown.ignored], [
      { type: "comparison_response_not_found" },
      "prompt_cache_options.ttl",
    ]);
  });
});
