import { assert, assertEquals } from "@std/assert";
import { detail } from "../../src/demo/refusal.ts";
import type { BackendRequest } from "../fake/backend.ts";
import { post, withProgram } from "./setup.ts";

/** A model that the catalogue marks as lite. */
const MODEL = "gpt-6.1-sol";
const CHAT = "/codex/v1/chat/completions";
const ASK = {
  model: MODEL,
  messages: [{ role: "user", content: "What is the weather?" }],
  tools: [{
    type: "function",
    function: { name: "weather", parameters: { type: "object", properties: {} } },
  }],
  tool_choice: "required",
};

/** The lanes that requests took, and the tool choice of each. */
function lanes(asks: readonly BackendRequest[]): string[] {
  return asks.map(({ headers, json }) => {
    const lite = headers["x-openai-internal-codex-responses-lite"] === "true" ? "lite" : "standard";
    const choice = typeof json === "object" && json !== null && "tool_choice" in json
      ? json.tool_choice
      : "none";
    return `${lite} ${choice}`;
  });
}

Deno.test("serve asks a lite model on the standard lane, forced tools included (translation 128)", async () => {
  await withProgram(async ({ program, backend }) => {
    const response = await post(program, CHAT, ASK);
    await response.body?.cancel();
    assertEquals(response.status, 200);
    assertEquals(lanes(backend.asks()), ["standard required"]);
  });
});

Deno.test("serve learns that the standard lane is refused, tries once, and says what lite cannot do (translation 128)", async () => {
  for (const status of [400, 404]) {
    await withProgram(async ({ program, backend }) => {
      backend.refuseStandard(MODEL, detail("This request shape is not supported", status));
      for (const _ of [1, 2]) {
        const response = await post(program, CHAT, ASK);
        await response.body?.cancel();
        assertEquals([response.status, response.headers.get("x-ccproxy-ignored-params")], [
          200,
          "tool_choice",
        ]);
      }
      assertEquals(lanes(backend.asks()), ["standard required", "lite auto", "lite auto"]);
    });
  }
});

Deno.test("serve answers with the first refusal when the lite lane refuses as well, and learns nothing (translation 128)", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.refuseStandard(MODEL, detail("Something about the request is wrong"));
    const noLite = { ...ASK, reasoning_effort: "low" };
    backend.answer({ status: 400, body: JSON.stringify({ detail: "Another refusal" }) });
    const response = await post(program, CHAT, noLite);
    const { error } = await response.json();
    assertEquals(response.status, 400);
    assert(error.message.includes("Something about the request is wrong"), error.message);
    backend.refuseStandard(MODEL, undefined);
    await (await post(program, CHAT, noLite)).body?.cancel();
    assertEquals(lanes(backend.asks()), ["standard required", "lite auto", "standard required"]);
  });
});

Deno.test("serve does not try the lite lane for hosted tools, nor for models without the mark (translation 128)", async () => {
  await withProgram(async ({ program, backend }) => {
    for (const model of [MODEL, "gpt-5.5"]) {
      backend.refuseStandard(model, detail("No"));
      const tools = model === MODEL ? [{ type: "web_search" }] : ASK.tools;
      const response = await post(program, CHAT, { ...ASK, model, tools, tool_choice: "auto" });
      await response.body?.cancel();
      assertEquals(response.status, 400);
    }
    assertEquals(lanes(backend.asks()), ["standard auto", "standard auto"]);
  });
});
