import { assertEquals } from "@std/assert";
import { createMetrics } from "../../src/server/metrics.ts";
import { createNote, type RequestNote } from "../../src/server/note.ts";
import { createObserver } from "../../src/server/observer.ts";

function bench() {
  let nowMs = 0;
  const lines: string[] = [];
  const observer = createObserver(createMetrics(), () => ++nowMs, (level) => void lines.push(level));
  const done = (facts: Partial<RequestNote>) =>
    observer.done({ ...createNote("req_1", "POST", 0), route: "/v1/responses", status: 200, ...facts });
  return { observer, done, lines };
}

Deno.test("createObserver() knows when the backend answered last, and when it could not be reached", () => {
  const { observer, done } = bench();
  done({});
  done({ problem: "bad_request" });
  assertEquals(observer.contact(), { lastAnswerMs: undefined, lastFailureMs: undefined });
  done({ problem: "backend_unreachable" });
  assertEquals(observer.contact(), { lastAnswerMs: undefined, lastFailureMs: 3 });
  observer.answered();
  done({ problem: "backend_timeout" });
  assertEquals(observer.contact(), { lastAnswerMs: 4, lastFailureMs: 5 });
});

Deno.test("createObserver() keeps the last 200 requests, the newest first, without those of the page itself", () => {
  const { observer, done } = bench();
  done({ route: "/" });
  done({ route: "/page/state" });
  assertEquals(observer.recent, []);
  for (let status = 1; status <= 200; status++) done({ status });
  assertEquals([observer.recent.length, observer.recent.at(-1)?.note.status], [200, 1]);
  done({ status: 201 });
  assertEquals(
    [observer.recent.length, observer.recent[0]?.note.status, observer.recent.at(-1)?.note.status],
    [200, 201, 2],
  );
});

Deno.test("createObserver() counts and logs every request, those of the page too", () => {
  const { observer, done, lines } = bench();
  done({ route: "/" });
  done({ status: 499, problem: "client_closed" });
  done({ status: 500 });
  done({ status: 400, problem: "bad_request" });
  assertEquals(lines, ["info", "info", "warn", "warn"]);
  assertEquals(/ccproxy_request_seconds_count (\d+)/.exec(observer.metrics())?.[1], "4");
});
