import { assertEquals } from "@std/assert";
import { toAnthropicError } from "../../../src/dialects/messages/problem.ts";
import { Problem, type ProblemCode } from "../../../src/problem.ts";

Deno.test("toAnthropicError() names the type that the SDKs know for each status", () => {
  const types: readonly (readonly [ProblemCode, string])[] = [
    ["bad_request", "invalid_request_error"],
    ["no_credentials", "authentication_error"],
    ["plan_required", "permission_error"],
    ["model_not_available", "not_found_error"],
    ["session_busy", "invalid_request_error"],
    ["body_too_large", "request_too_large"],
    ["rate_limited", "rate_limit_error"],
    ["internal", "api_error"],
    ["backend_unreachable", "api_error"],
    ["overloaded", "overloaded_error"],
    ["backend_timeout", "timeout_error"],
  ];
  for (const [code, type] of types) {
    const problem = new Problem(code, "found this", { hint: "Do that" });
    assertEquals(toAnthropicError(problem, "req_1"), {
      type: "error",
      error: { type, message: `${problem.message}. Do that` },
      request_id: "req_1",
    });
  }
});

Deno.test("toAnthropicError() says of a conversation that is too long what Claude Code looks for", () => {
  const problem = new Problem("backend_refused", "too much", {
    apiCode: "context_length_exceeded",
    hint: "Cut it",
  });
  assertEquals(toAnthropicError(problem), {
    type: "error",
    error: {
      type: "invalid_request_error",
      message: "prompt is too long. The ChatGPT backend refused the request: too much. Cut it",
    },
  });
});
