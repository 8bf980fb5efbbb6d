import { assert, assertEquals, assertThrows } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { CHAT } from "../../src/dialects/chat/dialect.ts";
import { MESSAGES } from "../../src/dialects/messages/dialect.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { dialectOfRefusal, findRoute } from "../../src/server/find_route.ts";
import { RESERVED, ROUTES } from "../../src/server/routes.ts";
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
  assertEquals(found.map(({ route, params, name }) => [route.path, params.session, name]), [
    ["P/chat/completions", undefined, "/codex/chat/completions"],
    ["P/chat/completions", undefined, "/codex/v1/chat/completions"],
    ["P/chat/completions", undefined, "/v1/chat/completions"],
    ["P/chat/completions", "chat-1", "/codex/{session_id}/chat/completions"],
    ["P/chat/completions", "chat-1", "/codex/{session_id}/v1/chat/completions"],
  ]);
});

Deno.test("findRoute() takes session ids that only look like routes", () => {
  for (const id of ["chat-1", "models.3", "v1x", "r\u00e9sum\u00e9", "a b"]) {
    assertEquals(findRoute("POST", `/codex/${encodeURIComponent(id)}/responses`).params.session, id);
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
  const wrongMethod = refusal(() => findRoute("PUT", "/codex/v1/responses"));
  assertEquals([wrongMethod.status, wrongMethod.headers["allow"]], [405, "POST, GET"]);
  const unknown = refusal(() => findRoute("POST", "/codex/v1/no/such/route"));
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

Deno.test("dialectOfRefusal() knows the shapes of every path, whether it is a route or not", () => {
  const shapes = [
    ["/codex/messages", MESSAGES],
    ["/codex/s-1/v1/messages/count_tokens", MESSAGES],
    ["/v1/messages/batches", MESSAGES],
    ["/messages", MESSAGES],
    ["/codex/v1/chat/completions", CHAT],
    ["/codex/v1/responses", RESPONSES],
    ["/codex/messages-1/responses", RESPONSES],
    ["/codex/v1/%zz", RESPONSES],
    ["/health", RESPONSES],
    ["/", RESPONSES],
    ["", RESPONSES],
  ] as const;
  for (const [path, dialect] of shapes) {
    assertEquals(dialectOfRefusal(new Headers(), path).name, dialect.name, path);
    const anthropic = new Headers({ "anthropic-version": "2023-06-01" });
    assertEquals(dialectOfRefusal(anthropic, path).name, "messages", path);
  }
});

Deno.test("ROUTES: whatever begins with the same word speaks the same dialect, so that its refusals do", () => {
  for (const { path, dialect } of ROUTES) {
    const refused = dialectOfRefusal(new Headers(), path.replace(/^P/, "/v1"));
    assertEquals(refused.name, (dialect ?? RESPONSES).name, path);
  }
});

Deno.test("ROUTES: only the health check and the empty page are open, and what is recorded is one request of one dialect", () => {
  const paths = (rows: typeof ROUTES) => rows.map(({ path }) => path);
  assertEquals(paths(ROUTES.filter((row) => "local" in row && row.isOpen)), [
    "/",
    "/page/script.js",
    "/page/style.css",
    "/health",
  ]);
  assertEquals(paths(ROUTES.filter((row) => "model" in row && row.isRecorded)), [
    "P/chat/completions",
    "P/responses",
    "P/messages",
    "P/completions",
  ]);
});

Deno.test("findRoute() says which base URL to set where a piece of the path stands twice", () => {
  for (
    const [path, twice, base] of [
      ["/codex/v1/v1/chat/completions", "/v1", "codex/v1"],
      ["/v1/v1/models", "/v1", "v1"],
      ["/codex/v1/chat/chat/completions", "/chat", "codex/v1"],
      ["/codex/v1/chat/completions/chat/completions", "/chat/completions", "codex/v1"],
      ["/codex/s1/v1/v1/responses", "/v1", "codex/s1/v1"],
    ] as const
  ) {
    const problem = refusal(() => findRoute("POST", path));
    assertEquals(problem.code, "not_found");
    assertEquals([problem.message.includes(`"${twice}" stands there twice`), problem.hint], [
      true,
      `Set the base URL of the client to ".../${base}"`,
    ], path);
  }
});

Deno.test("findRoute() blames no doubled piece where there is no route without it either", () => {
  // Nothing of that name; and `/metrics` has no prefix.
  for (const path of ["/v1/v1/nothing", "/nothing/nothing", "/v1/v1/metrics", "/codex/v1/metrics/metrics"]) {
    const problem = refusal(() => findRoute("GET", path));
    assertEquals([problem.code, problem.message.includes("twice")], ["not_found", false], path);
  }
});

Deno.test("findRoute() takes a model's name with its vendor in front", () => {
  const { params } = findRoute("GET", "/codex/v1/models/openai/gpt-5");
  assertEquals(params.id, "gpt-5");
});
