import { assertEquals } from "@std/assert";
import { MESSAGES } from "../../src/dialects/messages/dialect.ts";
import { RESPONSES } from "../../src/dialects/responses/dialect.ts";
import { Problem } from "../../src/problem.ts";
import { problemResponse } from "../../src/server/send_problem.ts";

Deno.test("problemResponse() answers in the shape of the dialect, with the headers of the problem", async () => {
  const problem = new Problem("rate_limited", "all used", { headers: { "retry-after": "5" } });
  for (const [dialect, keys] of [[MESSAGES, "type,error,request_id"], [RESPONSES, "error"]] as const) {
    const response = problemResponse(problem, dialect, "req_1", (text) => text);
    assertEquals([response.status, response.headers.get("retry-after")], [429, "5"]);
    assertEquals(Object.keys(await response.json()).join(), keys);
  }
});
