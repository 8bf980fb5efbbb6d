import { assertEquals } from "@std/assert";
import { CHAT } from "../../src/dialects/chat/dialect.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { openReader } from "../../src/upstream/byte_reader.ts";
import { pumpAnswer } from "../../src/server/pump.ts";
import { contextOf, readDraft } from "../dialects/answer_ways.ts";
import { textAnswer } from "../fake/answers.ts";
import { frame } from "../fake/script.ts";

Deno.test("translation 103: usage is recorded also when the client leaves right after the end of the answer", async () => {
  for (const dialect of [CHAT, RESPONSES]) {
    const request = dialect === CHAT ? { messages: [{ role: "user", content: "Hi" }] } : { input: "Hi" };
    const translator = dialect.createTranslator(
      contextOf(readDraft(dialect === CHAT ? "chat" : "responses", request, {})),
    );
    const usage = { inputTokens: 7, outputTokens: 3 };
    const upstream = textAnswer(["Hi"], { usage }).map((event) => frame(event)).join("");
    const ended = Promise.withResolvers<number | undefined>();
    const body = await pumpAnswer(openReader(new Blob([upstream]).stream()), translator, {
      signal: new AbortController().signal,
      keepaliveMs: 0,
      keepAlive: dialect.framing.keepAlive,
      idleTimeoutMs: 60_000,
      holdMs: 60_000,
      lingerMs: 0,
      hide: (text) => text,
      onEnd: () => ended.resolve(translator.facts.usage?.output_tokens),
    });
    // Nothing of the answer was read: the client left with all of it on its way.
    await body.cancel();
    assertEquals(await ended.promise, 3);
  }
});
