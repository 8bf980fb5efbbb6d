import { assertEquals } from "@std/assert";
import { endedResponse, type Run } from "../../src/conversations/background_run.ts";

function ended(error: Record<string, unknown>, ending?: Run["ending"]) {
  const response = { id: "resp_1", status: "in_progress", output: [] };
  const item = { type: "message", id: "msg_1" };
  const run: Run = {
    owner: "",
    id: "resp_1",
    events: [
      { type: "response.created", response },
      { type: "response.output_item.done", item },
      { type: "error", ...error },
    ].map((event) => JSON.stringify(event)),
    ending,
    isOver: true,
    more: Promise.withResolvers(),
    cancel: () => {},
    done: Promise.withResolvers(),
  };
  return endedResponse(run);
}

Deno.test("endedResponse() keeps what was finished, and the error's code where a response object may have it", () => {
  const code = (error: Record<string, unknown>) => {
    const response = ended({ message: "Oops", ...error });
    assertEquals([response.status, response.output], ["failed", [{ type: "message", id: "msg_1" }]]);
    return (response["error"] as Record<string, unknown>)["code"];
  };
  assertEquals(code({ code: "vector_store_timeout" }), "vector_store_timeout");
  assertEquals(code({ code: "invalid_image_format" }), "invalid_image_format");
  assertEquals(code({ code: "something_else" }), "server_error");
  assertEquals(code({ code: "x", error: { type: "rate_limit_error" } }), "rate_limit_exceeded");
  assertEquals(code({ code: "x", error: { type: "invalid_request_error" } }), "invalid_prompt");
});

Deno.test("endedResponse() says that it was cancelled, or that the proxy was shut down", () => {
  const { status, error } = ended({}, "cancelled");
  assertEquals([status, error], ["cancelled", null]);
  assertEquals(ended({ message: "Oops" }, "failed")["error"], {
    code: "server_error",
    message: "The proxy was shut down",
  });
  assertEquals(ended({})["error"], { code: "server_error", message: "The answer ended too early" });
});
