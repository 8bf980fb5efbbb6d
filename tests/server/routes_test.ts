import { assert, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { findRoute } from "../../src/server/find_route.ts";
import { RESERVED } from "../../src/server/routes.ts";
import { checkSessionId, sessionIdFromHeaders } from "../../src/server/session_id.ts";

function refusal(run: () => unknown): Problem {
  const error = assertThrows(run);
  assert(error instanceof Problem, String(error));
  return error;
}

Deno.test("findRoute() knows every prefix", () => {
  const found = ["/codex", "/codex/v1", "/v1", "/codex/chat-1", "/codex/chat-1/v1"].map((prefix) =>
    findRoute("POST", `${prefix}/chat/completions`)
  );
  assertEquals(found.map(({ endpoint, sessionId, name }) => [endpoint.kind, sessionId, name]), [
    ["chat", undefined, "/codex/chat/completions"],
    ["chat", undefined, "/codex/v1/chat/completions"],
    ["chat", undefined, "/v1/chat/completions"],
    ["chat", "chat-1", "/codex/{session_id}/chat/completions"],
    ["chat", "chat-1", "/codex/{session_id}/v1/chat/completions"],
  ]);
});

Deno.test("findRoute() takes session ids that only look like routes", () => {
  for (const id of ["chat-1", "models.3", "v1x", "r\u00e9sum\u00e9", "a b"]) {
    assertEquals(findRoute("POST", `/codex/${encodeURIComponent(id)}/responses`).sessionId, id);
  }
});

Deno.test("findRoute() refuses reserved words as session ids, naming the parameter", () => {
  for (const id of RESERVED) {
    if (id === "v1") continue;
    const problem = refusal(() => findRoute("POST", `/codex/${id}/chat/completions`));
    assertEquals([problem.code, problem.param], ["bad_request", "session_id"], id);
  }
});

Deno.test("findRoute() names the allowed methods and the known routes", () => {
  const wrongMethod = refusal(() => findRoute("GET", "/codex/v1/responses"));
  assertEquals([wrongMethod.status, wrongMethod.headers["allow"]], [405, "POST"]);
  const unknown = refusal(() => findRoute("POST", "/codex/v1/embeddings"));
  assertEquals(unknown.status, 404);
  assert(unknown.message.includes("POST /codex/v1/chat/completions"));
});

Deno.test("checkSessionId() refuses long ids and control characters", () => {
  assertEquals(checkSessionId("x".repeat(128)).length, 128);
  assertEquals(refusal(() => checkSessionId("x".repeat(129))).param, "session_id");
  assertEquals(refusal(() => checkSessionId("a\nb")).param, "session_id");
});

Deno.test("sessionIdFromHeaders() reads the guide's header and both dashed ones", () => {
  for (const name of ["session_id", "session-id", "x-session-id"]) {
    assertEquals(sessionIdFromHeaders(new Headers({ [name]: "my-session-456" })), "my-session-456");
  }
  assertEquals(sessionIdFromHeaders(new Headers()), undefined);
});
