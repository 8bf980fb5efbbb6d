import { assert, assertEquals } from "@std/assert";
import { textAnswer } from "../fake/answers.ts";
import { openSocket } from "./client_socket.ts";
import { HELLO, post, type Stage, withProgram } from "./setup.ts";

const LIMIT_HEADERS = {
  "x-codex-plan-type": "plus",
  "x-codex-primary-used-percent": "96",
  "x-codex-primary-window-minutes": "300",
  "x-codex-primary-reset-after-seconds": "1800",
};

Deno.test("GET /codex/usage tells the limits from the headers seen, else asks once, in the form the CLI reads", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setDefault(
      {
        status: 200,
        body: {
          plan_type: "plus",
          rate_limit: {
            allowed: true,
            limit_reached: false,
            primary_window: { used_percent: 7, limit_window_seconds: 604_800, reset_after_seconds: 60 },
            secondary_window: null,
          },
        },
      },
      "/backend-api/wham/usage",
    );
    for (const path of ["/codex/usage", "/api/codex/usage", "/codex/v1/usage"]) {
      const usage = await (await program.fetch(path)).json();
      assertEquals(
        [
          usage.plan_type,
          usage.rate_limit.primary_window?.used_percent ?? usage.rate_limit.secondary_window?.used_percent,
        ],
        ["plus", 7],
        path,
      );
    }
    assertEquals(backend.requests.filter(({ route }) => route === "/backend-api/wham/usage").length, 1);
  });
});

Deno.test("serve passes the limit headers on, warns once, and keeps the reserve", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.setLimits(undefined);
    backend.setDefault({ headers: LIMIT_HEADERS, events: textAnswer(["Hi"]) });
    const first = await post(program, "/v1/chat/completions", HELLO);
    assertEquals([first.status, first.headers.get("x-codex-primary-used-percent")], [200, "96"]);
    const warning = first.headers.get("x-ccproxy-limit-warning") ?? "";
    assert(/^96% of the 5 h limit is used; it resets at 20\S+Z$/.test(warning), warning);
    await first.body?.cancel();
    const log = await program.stderrUntil(/limit 5 h is used to 95 % and more/);
    assertEquals(log.split("is used to").length, 2);
    const second = await post(program, "/v1/chat/completions", HELLO);
    const { error } = await second.json();
    assertEquals([second.status, error.code, second.headers.get("x-should-retry")], [
      429,
      "reserve_reached",
      "false",
    ]);
    assert(error.message.startsWith("Rate limit exceeded: 96 % of the 5 h limit is used"));
    assert(Number(second.headers.get("retry-after")) > 1700);
    assertEquals(backend.asks().length, 1);
  }, { config: "[limits]\nreserve_percent = 10\n" });
});

Deno.test("serve keeps a reserve of one window alone, and warns from limits.warn_percent on", async () => {
  const config = (text: string) => ({ config: `[limits]\n${text}\n` });
  const statuses = async ({ program, backend }: Stage) => {
    backend.setLimits(undefined);
    backend.setDefault({ headers: LIMIT_HEADERS, events: textAnswer(["Hi"]) });
    const first = await post(program, "/v1/chat/completions", HELLO);
    await first.body?.cancel();
    const second = await post(program, "/v1/chat/completions", HELLO);
    const text = await second.text();
    return { warning: first.headers.get("x-ccproxy-limit-warning"), status: second.status, text };
  };
  await withProgram(async (stage) => {
    const { status, text } = await statuses(stage);
    assertEquals(status, 429);
    assert(text.includes("limits.reserve_five_hours_percent keeps 5 % back until 20"), text);
  }, config("reserve_five_hours_percent = 5"));
  await withProgram(async (stage) => {
    const { status, warning } = await statuses(stage);
    assertEquals([status, warning], [200, null]);
  }, config("reserve_weekly_percent = 50\nwarn_percent = 97"));
});

Deno.test("serve keeps the reserve at each message of a WebSocket, also a Codex client's", async () => {
  const message = { type: "response.create", model: "gpt-5.5", input: "Hello", store: false };
  const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] }];
  for (
    const [sent, headers] of [
      [message, {}],
      [{ ...message, input, instructions: "", stream: true }, { originator: "codex_exec" }],
    ] as const
  ) {
    await withProgram(async ({ program, backend }) => {
      backend.setLimits(undefined);
      backend.setDefault({ headers: LIMIT_HEADERS, events: textAnswer(["Hi"]) });
      using socket = await openSocket(program, { headers: { ...headers } });
      socket.send(sent);
      await socket.until("response.completed");
      socket.send(sent);
      const refused = await socket.until("error");
      assertEquals([refused["status"], refused["code"]], [429, "reserve_reached"]);
      assertEquals(backend.asks().length, 1);
    }, { config: "[limits]\nreserve_percent = 4\n" });
  }
});

Deno.test("GET /metrics counts requests, problems and tokens", async () => {
  await withProgram(async ({ program }) => {
    const answer = await post(program, "/v1/chat/completions", HELLO);
    await answer.body?.cancel();
    const missing = await program.fetch("/nowhere");
    await missing.body?.cancel();
    await program.stderrUntil(/not_found/);
    const text = await (await program.fetch("/metrics")).text();
    assert(
      text.includes('ccproxy_requests_total{route="/v1/chat/completions",lane="aggregated",status="200"} 1'),
      text,
    );
    assert(text.includes('ccproxy_problems_total{problem="not_found"} 1'), text);
    assert(/ccproxy_tokens_total\{model="[^"]+",kind="output"\} [1-9]/.test(text), text);
  });
});

Deno.test("serve leaves a refused parameter out once, remembers it over a restart, and never a meaningful one", async () => {
  await withProgram(async ({ program, backend }) => {
    backend.answer({ status: 400, body: { detail: "Unsupported parameter: prompt_cache_key" } });
    const first = await post(program, "/v1/chat/completions", HELLO);
    assertEquals([first.status, backend.asks().length], [200, 2]);
    await first.body?.cancel();
    const second = await post(program, "/v1/chat/completions", HELLO);
    await second.body?.cancel();
    const sent = backend.asks().map(({ bodyText }) => bodyText.includes("prompt_cache_key"));
    assertEquals(sent, [true, false, false]);
    backend.answer({ status: 400, body: { detail: "Unsupported parameter: tools" } });
    const tools = [{ type: "function", function: { name: "f", parameters: {} } }];
    const refused = await post(program, "/v1/chat/completions", { ...HELLO, model: "gpt-5.5", tools });
    assertEquals(refused.status, 400);
    await refused.body?.cancel();
  });
});

Deno.test("serve counts events it does not know, and logs each type once", async () => {
  const { textAnswer } = await import("../fake/answers.ts");
  await withProgram(async ({ program, backend }) => {
    const [first, ...rest] = textAnswer(["Hi"], { vendorFrames: true });
    const events = [...first === undefined ? [] : [first], {
      type: "response.new_thing.delta",
      sequence_number: 1,
    }, ...rest];
    backend.setDefault({ events });
    for (const stream of [true, false]) {
      const answer = await post(program, "/v1/chat/completions", { ...HELLO, stream });
      await answer.text();
    }
    const log = await program.stderrUntil(/not known here/);
    assertEquals(log.split("not known here").length, 2);
    assert(!log.includes("codex.rate_limits"));
    const metrics = await (await program.fetch("/metrics")).text();
    assert(metrics.includes('ccproxy_unknown_events_total{type="response.new_thing.delta"} 2'), metrics);
  });
});
