import { assertEquals } from "@std/assert";
import { Problem } from "../../../src/problem.ts";
import {
  errorEventMessage,
  inLane,
  problemMessage,
  refusalMessage,
} from "../../../src/server/websocket/messages.ts";

Deno.test("inLane() puts the id into the text of an event without changing the rest", () => {
  assertEquals(inLane('{"type":"x","a":1.0}', 'l"1'), '{"stream_id":"l\\"1","type":"x","a":1.0}');
  assertEquals(inLane('{"type":"x"}', undefined), '{"type":"x"}');
});

Deno.test("problemMessage() has every form that a client reads; our failures are 500 to a Codex client", () => {
  const problem = new Problem("previous_response_not_found", "x", { param: "previous_response_id" });
  const message = `${problem.message}. ${problem.hint}`;
  const fields = { code: "previous_response_not_found", message, param: "previous_response_id" };
  assertEquals(problemMessage(problem, true), {
    type: "error",
    status: 400,
    error: { type: "invalid_request_error", ...fields },
    ...fields,
    sequence_number: 0,
  });
  const cut = new Problem("stream_cut");
  const statuses = [problemMessage(cut, false), problemMessage(cut, true)].map((
    { status, code },
  ) => [status, code]);
  assertEquals(statuses, [[cut.status, "stream_cut"], [500, "server_error"]]);
});

Deno.test("refusalMessage() keeps the backend's words, and carries limits and waits only", () => {
  const headers = new Headers({ "x-codex-plan-type": "plus", "retry-after": "3", "cf-ray": "1" });
  const error = { type: "usage_limit_reached", message: "Used up", resets_in_seconds: 5 };
  const told = refusalMessage(429, headers, JSON.stringify({ error }));
  assertEquals([told["status"], told["error"], told["headers"]], [
    429,
    { ...error, code: "usage_limit_reached", param: null },
    { "retry-after": "3", "x-codex-plan-type": "plus" },
  ]);
  assertEquals(refusalMessage(400, new Headers(), '{"detail":"No."}')["message"], "No.");
});

Deno.test("errorEventMessage() gives an error of a stream the status it lacks, and keeps one it has", () => {
  const read = (event: unknown) => JSON.parse(errorEventMessage(JSON.stringify(event), 0));
  const flat = read({ type: "error", code: "slow_down", message: "Wait", sequence_number: 7 });
  assertEquals([flat.status, flat.code, flat.error.message, flat.sequence_number], [
    503,
    "slow_down",
    "Wait",
    7,
  ]);
  const nested = read({ type: "error", status_code: 418, error: { message: "Tea" }, headers: { a: "b" } });
  assertEquals([nested.status, nested.message, nested.headers], [418, "Tea", { a: "b" }]);
});
