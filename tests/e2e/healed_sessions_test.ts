import { assertEquals } from "@std/assert";
import { invalid } from "../../src/demo/refusal.ts";
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
