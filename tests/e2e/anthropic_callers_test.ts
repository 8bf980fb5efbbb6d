import { assert, assertEquals } from "@std/assert";
import { isRecord, type JsonObject } from "../../src/wire/json.ts";
import { textAnswer } from "../fake/answers.ts";
import type { FakeBackend } from "../fake/backend.ts";
import type { Program } from "../program.ts";
import { post, withProgram } from "./setup.ts";

/** What every Anthropic SDK sends. */
const HEADERS = { "anthropic-version": "2023-06-01", "x-api-key": "dummy" };
const ASK = { model: "claude-sonnet-5", max_tokens: 1000, messages: [{ role: "user", content: "Hi" }] };

async function get(
  program: Program,
  path: string,
  headers: Record<string, string> = HEADERS,
): Promise<JsonObject> {
  const response = await program.fetch(path, { headers });
  return { ...await response.json(), status: response.status, requestId: response.headers.get("request-id") };
}

function idsOf(list: JsonObject): string[] {
  const data = Array.isArray(list["data"]) ? list["data"] : [];
  return data.map((entry) => entry.id);
}

function lastAsk(backend: FakeBackend): JsonObject {
  const ask = backend.asks().at(-1)?.json;
  assert(isRecord(ask));
  return ask;
}

/** The account's list would come between two requests, with another default. */
const ONE_LIST = "[codex]\nenable_dynamic_model_info = false\n";

Deno.test("translation 117: an Anthropic caller lists models under names of its own too, page by page", async () => {
  await withProgram(async ({ program }) => {
    const openAi = idsOf(await get(program, "/v1/models", {}));
    assertEquals(openAi.filter((id) => id.includes("claude")), []);
    // Anthropic's API has no route for pictures.
    const others = openAi.filter((id) => !id.includes("image"));
    assert(others.length < openAi.length);
    const all = await get(program, "/v1/models");
    assertEquals(idsOf(all), [...others, ...others.map((id) => `claude-${id}`)]);
    assert(typeof all["requestId"] === "string");
    const seen: string[] = [];
    let after = "";
    for (let more = true; more;) {
      const page = await get(program, `/codex/v1/models?limit=4${after}`);
      seen.push(...idsOf(page));
      after = `&after_id=${page["last_id"]}`;
      more = page["has_more"] === true;
    }
    assertEquals(seen, idsOf(all));
    const refused = await get(program, "/v1/models?limit=0");
    assertEquals([refused["status"], refused["type"]], [400, "error"]);
    // The list of the account would come between two of these answers.
  }, { config: ONE_LIST });
});

Deno.test("translation 117: an Anthropic caller retrieves every name that it may ask with", async () => {
  await withProgram(async ({ program }) => {
    const [first] = idsOf(await get(program, "/v1/models"));
    for (const id of ["claude-sonnet-5", `claude-${first}`, String(first)]) {
      const model = await get(program, `/v1/models/${id}`);
      assertEquals([model["status"], model["id"], model["type"]], [200, id, "model"]);
      assert(typeof model["max_input_tokens"] === "number" && typeof model["max_tokens"] === "number");
    }
    const missing = await get(program, "/v1/models/llama");
    const { error } = missing;
    assert(isRecord(error));
    assertEquals([missing["status"], missing["type"], error["type"]], [404, "error", "not_found_error"]);
    assertEquals(
      (await get(program, "/v1/models/claude-sonnet-5", {}))["status"],
      404,
      "no name of OpenAI's callers",
    );
  });
});

Deno.test("translation 117: a model of the catalogue behind claude- is that model, with an effort too", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["Hello"]) });
    const slugs = idsOf(await get(program, "/v1/models", {})).filter((id) => !id.includes("image"));
    const slug = slugs.at(-1) ?? "";
    const asked = async (model: string) => {
      const answer = await post(program, "/v1/messages", { ...ASK, model });
      assertEquals((await answer.json())["model"], model);
      const { model: sent, reasoning } = lastAsk(backend);
      return [sent, isRecord(reasoning) ? reasoning["effort"] : undefined];
    };
    assertEquals((await asked(`claude-${slug}`))[0], slug);
    assertEquals(await asked(`claude-${slug}-high`), [slug, "high"]);
    assertEquals((await asked("claude-opus-9"))[0], slugs[0]);
  }, { config: ONE_LIST });
});

Deno.test("translation 118: agents of one Claude Code session share a cache key, whatever they say; others do not", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault({ events: textAnswer(["Hello"]) });
    const keyOf = async (body: JsonObject, headers: Record<string, string> = {}) => {
      const answer = await post(program, "/v1/messages", { ...ASK, ...body }, { headers });
      assertEquals([answer.status, answer.headers.get("x-ccproxy-ignored-params")], [200, null]);
      await answer.text();
      return lastAsk(backend)["prompt_cache_key"];
    };
    const say = (content: string) => ({ messages: [{ role: "user", content }] });
    const asJson = JSON.stringify({ device_id: "d", account_uuid: "", session_id: "s-1" });
    const root = await keyOf({ ...say("Root"), metadata: { user_id: asJson } });
    const others = [
      await keyOf({ ...say("Agent"), metadata: { user_id: "user_1_account__session_s-1" } }),
      await keyOf(say("Tool"), { "x-claude-code-session-id": "s-1" }),
    ];
    assertEquals(others, [root, root]);
    const foreign = [
      await keyOf(say("Root"), { "x-claude-code-session-id": "s-2" }),
      await keyOf(say("Root")),
    ];
    assertEquals(new Set([root, ...foreign]).size, 3);
  });
});

Deno.test("translation 119: what is only counted may end with the assistant; what is sent may not", async () => {
  await withProgram(async ({ program, backend }) => {
    const messages = [...ASK.messages, { role: "assistant", content: "It is" }];
    const counted = await post(program, "/v1/messages/count_tokens", { ...ASK, messages });
    assertEquals(counted.status, 200);
    const sent = await post(program, "/v1/messages", { ...ASK, messages });
    assertEquals(sent.status, 400);
    await Promise.all([counted.body?.cancel(), sent.body?.cancel()]);
    assertEquals(backend.asks().length, 0);
  });
});
