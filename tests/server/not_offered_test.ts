import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { findRoute } from "../../src/server/find_route.ts";
import { NOT_OFFERED } from "../../src/server/not_offered.ts";
import { post, withProgram } from "../e2e/setup.ts";

Deno.test("NOT_OFFERED: each path is refused below every prefix, with a reason and what to use", () => {
  for (const { path, instead } of NOT_OFFERED) {
    for (const prefix of ["/codex", "/codex/v1", "/v1", "/codex/s-1/v1"]) {
      for (const place of [`${prefix}/${path}`, `${prefix}/${path}/x-1/y`]) {
        const problem = assertThrows(() => findRoute("POST", place));
        assert(problem instanceof Problem, place);
        assertEquals([problem.status, problem.code, problem.hint], [404, "not_offered", instead], place);
      }
    }
  }
});

Deno.test("what is not offered is refused in the caller's dialect, and nothing is sent anywhere", () =>
  withProgram(async ({ program, backend }) => {
    const before = backend.requests.filter(({ method }) => method === "POST").length;
    const openai = await post(program, "/v1/embeddings", { model: "text-embedding-3-small", input: "Hi" });
    const { error } = await openai.json();
    assertEquals([openai.status, error.type, error.code], [404, "invalid_request_error", "not_offered"]);
    assertStringIncludes(error.message, "its token goes to no other host. Use a local embedding model");
    const anthropic = await post(program, "/codex/v1/messages/batches", {}, {
      headers: { "anthropic-version": "2023-06-01" },
    });
    const body = await anthropic.json();
    assertEquals([anthropic.status, body.type, body.error.type], [404, "error", "not_found_error"]);
    assertStringIncludes(body.error.message, "Send the requests one by one");
    assertEquals(backend.requests.filter(({ method }) => method === "POST").length, before);
  }));
