import { assertEquals } from "@std/assert";
import { createMetrics, type Metrics } from "../../src/server/metrics.ts";
import { createNote, type RequestNote } from "../../src/server/note.ts";

function note(facts: Partial<RequestNote> = {}): RequestNote {
  return {
    ...createNote("req_1", "POST", 1000),
    route: "/v1/responses",
    lane: "filtered",
    status: 200,
    ...facts,
  };
}

/** The lines of one metric, without its name. */
function series(metrics: Metrics, name: string): string[] {
  return metrics.text(0).split("\n").filter((line) => line.startsWith(name) && !line.startsWith("#"))
    .map((line) => line.slice(name.length));
}

Deno.test("createMetrics() counts a request once in its series and in every bucket it fits, the bound itself too", () => {
  const metrics = createMetrics();
  metrics.count(note(), 1050);
  metrics.count(note(), 1051);
  metrics.count(note({ status: 429, problem: "too_many_requests" }), 401_000);
  assertEquals(series(metrics, "ccproxy_requests_total"), [
    '{route="/v1/responses",lane="filtered",status="200"} 2',
    '{route="/v1/responses",lane="filtered",status="429"} 1',
  ]);
  assertEquals(series(metrics, "ccproxy_problems_total"), ['{problem="too_many_requests"} 1']);
  assertEquals(series(metrics, "ccproxy_request_seconds_bucket"), [
    '{le="0.05"} 1',
    ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300].map((bound) => `{le="${bound}"} 2`),
    '{le="+Inf"} 3',
  ]);
  assertEquals(series(metrics, "ccproxy_request_seconds_count"), [" 3"]);
});

Deno.test("createMetrics() sums tokens by model and by key, and events that could not be read", () => {
  const metrics = createMetrics();
  const usage = {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 40 },
    output_tokens: 30,
    output_tokens_details: { reasoning_tokens: 20 },
    total_tokens: 130,
  };
  metrics.count(note({ usage, modelUsed: "m", key: "laptop", unreadableEvents: 3 }), 1000);
  metrics.count(note({ usage }), 1000);
  assertEquals(series(metrics, "ccproxy_tokens_total"), [
    '{model="m",kind="input"} 100',
    '{model="m",kind="cached"} 40',
    '{model="m",kind="output"} 30',
    '{model="m",kind="reasoning"} 20',
    '{model="unknown",kind="input"} 100',
    '{model="unknown",kind="cached"} 40',
    '{model="unknown",kind="output"} 30',
    '{model="unknown",kind="reasoning"} 20',
  ]);
  assertEquals(series(metrics, "ccproxy_key_tokens_total"), [
    '{key="laptop",kind="input"} 100',
    '{key="laptop",kind="output"} 30',
  ]);
  assertEquals(series(metrics, "ccproxy_key_requests_total"), ['{key="laptop",status="200"} 1']);
  assertEquals(series(metrics, "ccproxy_unreadable_events_total"), ['{lane="filtered"} 3']);
});

Deno.test("createMetrics() tells the first unknown event of a type, and sums what is more than 200 series", () => {
  const metrics = createMetrics();
  assertEquals(["a", "a", "b"].map((type) => metrics.countUnknownEvent(type)), [true, false, true]);
  for (let index = 0; index < 300; index++) metrics.countUnknownEvent(`type-${index}`);
  const lines = series(metrics, "ccproxy_unknown_events_total");
  assertEquals([lines[0], lines.length, lines.at(-1)], [
    '{type="a"} 2',
    201,
    '{other="true"} 102',
  ]);
});
