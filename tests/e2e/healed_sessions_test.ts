import { assert, assertEquals } from "@std/assert";
import { invalid } from "../../src/demo/refusal.ts";
import { isRecord, type JsonObject, listAt } from "../../src/wire/json.ts";
import { imageAnswer, textAnswer } from "../fake/answers.ts";
import type { FakeBackend } from "../fake/backend.ts";
import type { Program } from "../program.ts";
import { post, withProgram } from "./setup.ts";

const SESSION = "/codex/cats/v1/responses";

async function turn(program: Program, input: string): Promise<number> {
  const response = await post(program, SESSION, { model: "gpt-5.5", input });
  await response.body?.cancel();
  return response.status;
}

/** A refusal as the backend answers it, once. */
function refused(param: string, code: string) {
  const { status, body } = invalid(`Invalid '${param}'`, param, code);
  return { status, body: JSON.stringify(body) };
}

Deno.test("serve leaves out what the backend refuses of an earlier turn, and the session goes on (translation 130)", async () => {
  await withProgram(async ({ program, backend }) => {
    assertEquals(await turn(program, "One"), 200);
    backend.answer(refused("input[1].content", "invalid_value"));
    assertEquals(await turn(program, "Two"), 200);
    assertEquals(await turn(program, "Three"), 200);
    assertEquals(backend.asks().length, 4);
  });
});

Deno.test("serve hands on a refusal of what the client has just said (translation 130)", async () => {
  await withProgram(async ({ program, backend }) => {
    assertEquals(await turn(program, "One"), 200);
    backend.answer(refused("input[2].content[0]", "invalid_value"));
    assertEquals(await turn(program, "Two"), 400);
    assertEquals(backend.asks().length, 2);
  });
});

/** The items of the last ask, ccproxy's prompt left out. */
function lastItems(backend: FakeBackend): string[] {
  const body = backend.asks().at(-1)?.json;
  return (isRecord(body) ? listAt(body, "input") ?? [] : []).filter(isRecord).map((item) => {
    const text = (listAt(item, "content") ?? []).map((part) => isRecord(part) ? part["text"] : "").join("");
    return item["type"] === "message" ? `${item["role"]}: ${text}` : String(item["type"]);
  });
}

Deno.test("serve remembers what was refused: no later turn of a session sends it, and it can still be seen (translation 123)", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ events: imageAnswer("AAAA", ["A cat"]) });
    assertEquals(await turn(program, "Draw"), 200);
    backend.answer(refused("input[1].result", "invalid_value"));
    assertEquals(await turn(program, "Two"), 200);
    backend.answer({ events: textAnswer(["Three"]) });
    assertEquals(await turn(program, "Three"), 200);
    assertEquals(lastItems(backend), [
      "user: Draw",
      "assistant: A cat",
      "user: Two",
      "assistant: You said: Two",
      "user: Three",
    ]);
    const session = await (await program.fetch("/codex/sessions/cats")).json();
    assert(session.items.some((item: JsonObject) => item["type"] === "image_generation_call"));
  });
});

for (const way of ["previous_response_id", "conversation"] as const) {
  Deno.test(`serve remembers what was refused: no later turn over ${way} sends it (translation 123)`, async () => {
    await withProgram(async ({ program, backend }) => {
      const conversation = way === "conversation"
        ? (await (await post(program, "/v1/conversations", {})).json()).id
        : undefined;
      let previous: unknown;
      const say = async (input: string) => {
        const body = { model: "gpt-5.5", input };
        const link = conversation === undefined ? { previous_response_id: previous } : { conversation };
        const response = await post(program, "/v1/responses", { ...body, ...link });
        const answer = await response.json();
        assertEquals(response.status, 200, JSON.stringify(answer));
        previous = answer.id;
      };
      backend.answer({ events: imageAnswer("AAAA", ["A cat"], { seed: "1" }) });
      await say("Draw");
      backend.answer(refused("input[1].result", "invalid_value"));
      backend.answer({ events: textAnswer(["Two"], { seed: "2" }) });
      await say("Two");
      backend.answer({ events: textAnswer(["Three"], { seed: "3" }) });
      await say("Three");
      assertEquals(lastItems(backend), [
        "user: Draw",
        "assistant: A cat",
        "user: Two",
        "assistant: Two",
        "user: Three",
      ]);
    });
  });
}
