import { assertEquals } from "@std/assert";
import { readErrorFrame } from "../../src/answer/error_frame.ts";
import { toStreamProblem } from "../../src/answer/failure.ts";

const ERROR = { type: "usage_limit_reached", message: "No", resets_in_seconds: 60 };

Deno.test("error frame: all shapes are the same error", () => {
  for (
    const frame of [
      { type: "error", status: 429, error: ERROR },
      { type: "error", status_code: 429, error: ERROR },
      { type: "error", status: 429, body: { error: ERROR } },
      { type: "error", body: { status: 429, error: ERROR } },
      { type: "error", status: 429, body: ERROR },
      { status: 429, error: ERROR },
    ]
  ) {
    const read = readErrorFrame(frame);
    assertEquals([read?.status, read?.error], [429, ERROR], JSON.stringify(frame));
    const problem = toStreamProblem(frame, 0);
    assertEquals([problem.code, problem.apiCode, problem.status], [
      "rate_limited",
      "usage_limit_reached",
      429,
    ]);
    assertEquals(problem.headers, { "retry-after": "60", "x-should-retry": "false" });
  }
  const flat = { type: "error", status: 400, code: "invalid_prompt", message: "No", param: "input" };
  assertEquals(readErrorFrame(flat)?.error["code"], "invalid_prompt");
  assertEquals(toStreamProblem(flat, 0).param, "input");
});

Deno.test("error frame: a detail in each of its forms is the message", () => {
  const messageOf = (detail: unknown) => readErrorFrame({ type: "error", detail })?.error["message"];
  assertEquals(messageOf("Unsupported parameter: x"), "Unsupported parameter: x");
  assertEquals(messageOf({ message: "No" }), "No");
  assertEquals(messageOf({ code: "deactivated_workspace" }), "deactivated_workspace");
  assertEquals(messageOf([{ msg: "No" }]), '[{"msg":"No"}]');
  assertEquals(readErrorFrame({ detail: "No" })?.error, { message: "No" });
  assertEquals(readErrorFrame({ type: "error", error: "No" })?.error, { message: "No" });
});

Deno.test("error frame: its headers are those that can be headers; a status is one of an error", () => {
  const headers = { "X-Codex-Primary-Used-Percent": "100", n: 5, "bad name": "x", bad: "a\nb", list: [] };
  const read = readErrorFrame({ type: "error", status: 200, headers, error: {} });
  assertEquals([...read?.headers ?? []], [["n", "5"], ["x-codex-primary-used-percent", "100"]]);
  assertEquals(read?.status, undefined);
});

Deno.test("error frame: what is none is none", () => {
  for (
    const event of [{}, { type: "response.created", error: {} }, { type: "codex.rate_limits" }, {
      error: null,
    }]
  ) {
    assertEquals(readErrorFrame(event), undefined);
  }
});
