import { assertEquals } from "@std/assert";
import { Problem } from "../../src/problem.ts";
import { problemResponse } from "../../src/server/send_problem.ts";

Deno.test("problemResponse() answers in Anthropic's shape below messages, in OpenAI's elsewhere", async () => {
  const problem = new Problem("rate_limited", "all used", { headers: { "retry-after": "5" } });
  const shapes: readonly (readonly [string, string])[] = [
    ["/codex/messages", "type,error,request_id"],
    ["/codex/s-1/v1/messages/count_tokens?beta=true", "type,error,request_id"],
    ["/v1/messages/batches", "type,error,request_id"],
    ["/codex/v1/responses", "error"],
    ["/codex/messages-1/responses", "error"],
    ["/?/messages", "error"],
  ];
  for (const [path, keys] of shapes) {
    const response = problemResponse(problem, `http://127.0.0.1:8000${path}`, "req_1", (text) => text);
    assertEquals([response.status, response.headers.get("retry-after")], [429, "5"]);
    assertEquals(Object.keys(await response.json()).join(), keys, path);
  }
});
