import { assertEquals, assertStringIncludes } from "@std/assert";
import { limitsText } from "../../src/cli/usage/limits_text.ts";
import { startFakeBackend } from "../fake/backend.ts";
import { NOW_MS } from "./fake_world.ts";
import { makeHome } from "./home.ts";
import { startStandIn } from "./stand_in_server.ts";

const HOUR = 3_600_000;

/** A terminal at noon in UTC. */
function view(columns: number) {
  return { columns, now: () => NOW_MS, utcOffset: () => 0 };
}

const LIMITS = {
  plan: "plus",
  windows: [
    {
      id: "codex/secondary",
      limitId: "codex",
      limitName: undefined,
      position: "secondary",
      label: "5 h",
      usedPercent: 42.4,
      windowSeconds: 18_000,
      resetsAtMs: NOW_MS + 2 * HOUR,
      limitReached: false,
    },
    {
      id: "codex/primary",
      limitId: "codex",
      limitName: undefined,
      position: "primary",
      label: "weekly",
      usedPercent: 100,
      windowSeconds: 604_800,
      resetsAtMs: NOW_MS + 50 * HOUR,
      limitReached: true,
    },
  ],
  credits: { hasCredits: false, unlimited: false, balance: "0" },
  allowed: false,
  activeLimit: undefined,
  reachedType: undefined,
  spendReached: undefined,
  resetCredits: undefined,
} as const;

Deno.test("limitsText() draws a bar for each window, named by its length, and says what blocks", () => {
  assertEquals(
    limitsText(LIMITS, view(100), (_, text) => text).split("\n"),
    [
      "Limits of the plan PLUS",
      `  5 h     [${"#".repeat(12)}${"-".repeat(17)}]  42% used  resets in 2 hours (2026-11-22 14:00 UTC)`,
      `  weekly  [${"#".repeat(29)}] 100% used  resets in 2 days 2 hours (2026-11-24 14:00 UTC)`,
      "  Credits: none, balance 0",
      "  Requests are refused for 2 days 2 hours: the weekly limit is used up",
      "",
    ],
  );
});

Deno.test("limitsText() puts the reset under the bar on a narrow terminal", () => {
  assertEquals(
    limitsText(
      { ...LIMITS, allowed: true, windows: [LIMITS.windows[0]], credits: undefined },
      view(40),
      (_, text) => text,
    ),
    [
      "Limits of the plan PLUS",
      `  5 h  [${"#".repeat(8)}${"-".repeat(13)}]  42% used`,
      "    resets in 2 hours (2026-11-22 14:00",
      "    UTC)",
      "",
    ].join("\n"),
  );
});

Deno.test("usage asks the backend once and tells the same as JSON", async () => {
  await using backend = await startFakeBackend({ now: () => NOW_MS });
  await using home = await makeHome({ backend });
  await home.signIn();
  const text = await home.run("usage");
  assertEquals([text.code, text.stderr], [0, ""]);
  assertStringIncludes(text.stdout, "Limits of the plan PLUS\n  5 h ");
  assertStringIncludes(text.stdout, "\n  weekly ");
  const json = JSON.parse((await home.run("usage --json")).stdout);
  assertEquals([json.plan, json.source, json.allowed], ["PLUS", "backend", true]);
  assertEquals(json.windows.map((window: { label: string }) => window.label), ["5 h", "weekly"]);
  assertEquals(backend.requests.map(({ route }) => route), [
    "/backend-api/wham/usage",
    "/backend-api/wham/usage",
  ]);
});

Deno.test("usage asks a running proxy first, with its key", async () => {
  await using home = await makeHome();
  await using server = await startStandIn({
    home,
    answer: () =>
      Response.json({
        plan_type: "pro",
        rate_limit: {
          allowed: true,
          limit_reached: false,
          primary_window: {
            used_percent: 7,
            limit_window_seconds: 604_800,
            reset_after_seconds: 60,
            reset_at: 0,
          },
          secondary_window: null,
        },
      }),
  });
  const env = { CCPROXY_SERVER__PORT: `${server.port}`, CCPROXY_SERVER__API_KEY: "local-key" };
  const json = JSON.parse((await home.run("usage --json", { env })).stdout);
  assertEquals([json.plan, json.source, json.windows[0].label, json.windows[0].used_percent], [
    "PRO",
    "server",
    "weekly",
    7,
  ]);
  assertEquals(server.seen, ["GET /health null", "GET /codex/usage Bearer local-key"]);
});

Deno.test("usage ends with 3 without a login, with 4 without a network", async () => {
  await using home = await makeHome();
  assertEquals((await home.run("usage")).code, 3);
  await home.signIn();
  const ran = await home.run("usage");
  assertEquals(ran.code, 4);
  assertStringIncludes(ran.stderr, "Failed to connect to ChatGPT backend: ");
});

Deno.test("usage --watch shows the limits again until Ctrl-C, and outlives a backend that is away", async () => {
  await using backend = await startFakeBackend({ now: () => NOW_MS });
  await using home = await makeHome({ backend });
  await home.signIn();
  const down = { status: 502, headers: { "content-type": "text/html" }, body: "<html>bad</html>" };
  for (const route of ["/backend-api/wham/usage", "/usage"]) backend.answer(down, route);
  const fake = home.world({
    onSleep: () => {
      if (fake.slept.length === 3) fake.interrupt();
    },
  });
  const ran = await home.runIn(fake, "usage --watch --interval 5");
  assertEquals([ran.code, fake.slept, fake.listeners()], [0, [5000, 5000, 5000], 0]);
  assertEquals(ran.stdout.split("Limits of the plan PLUS").length - 1, 2);
  assertStringIncludes(ran.stderr, "2026-11-22 12:00 UTC The ChatGPT backend failed");
});

Deno.test("usage --json and its text show no control character and no reversal of the backend's", async () => {
  await using backend = await startFakeBackend();
  const hostile = "plus\u009b31m\u202e\u2066\u007f";
  const body = { plan_type: hostile, rate_limit: null };
  for (const command of ["usage --json", "usage"]) {
    backend.setDefault({ body }, "/backend-api/wham/usage");
    await using home = await makeHome({ backend });
    await home.signIn();
    const { stdout, stderr } = await home.run(command);
    assertEquals(/[\x7f-\x9f\u202e\u2066]/.test(stdout + stderr), false, stdout + stderr);
    if (command.includes("json")) assertStringIncludes(stdout, "\\u009b31M\\u202e\\u2066\\u007f");
  }
});

Deno.test("usage asks the second address where the first is refused, and tells the first refusal when both are", async () => {
  await using backend = await startFakeBackend({ now: () => NOW_MS });
  await using home = await makeHome({ backend });
  await home.signIn();
  const refusal = { status: 403, body: { error: { code: "no_access", message: "not for this account" } } };
  backend.answer(refusal, "/backend-api/wham/usage");
  const ran = await home.run("usage");
  assertEquals([ran.code, ran.stderr], [0, ""]);
  assertStringIncludes(ran.stdout, "Limits of the plan PLUS");
  assertEquals(backend.requests.map(({ route }) => route), ["/backend-api/wham/usage", "/usage"]);
  backend.answer(refusal, "/backend-api/wham/usage");
  backend.answer({ status: 404, body: { detail: "Not Found" } }, "/usage");
  const refused = await home.run("usage");
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, "not for this account");
});

Deno.test("usage --watch ends when nobody reads its output any more", async () => {
  await using backend = await startFakeBackend({ now: () => NOW_MS });
  await using home = await makeHome({ backend });
  await home.signIn();
  const fake = home.world({ onSleep: () => fake.closeOutput() });
  const ran = await home.runIn(fake, "usage --watch");
  assertEquals([ran.code, fake.slept, fake.listeners()], [0, [30_000], 0]);
});

Deno.test("limitsText() goes by what the backend says is reached", () => {
  const plain = { ...LIMITS, allowed: undefined, windows: [LIMITS.windows[0]] };
  const last = (limits: Parameters<typeof limitsText>[0]) =>
    limitsText(limits, view(100), (_, text) => text).trimEnd().split("\n").at(-1)?.trim();
  const cases: [Parameters<typeof limitsText>[0], string][] = [
    [plain, "Credits: none, balance 0"],
    [
      { ...plain, spendReached: true },
      "Requests are refused: the cap that the workspace has set is reached",
    ],
    [
      { ...plain, reachedType: "workspace_owner_credits_depleted" },
      "Requests are refused: the credits of the workspace are used up",
    ],
    [
      { ...plain, reachedType: "workspace_member_usage_limit_reached" },
      "Requests are refused: the cap that the workspace has set is reached",
    ],
    [{ ...plain, allowed: false }, "Requests are refused: the backend says that a limit is reached"],
    [
      { ...plain, reachedType: "rate_limit_reached" },
      "Requests are refused: the backend says that a limit is reached",
    ],
    // The window has been reset since.
    [
      { ...plain, allowed: false, windows: [{ ...LIMITS.windows[0], resetsAtMs: NOW_MS - 1 }] },
      "Credits: none, balance 0",
    ],
    // Full, and the backend lets requests through all the same.
    [{ ...LIMITS, allowed: true }, "Credits: none, balance 0"],
  ];
  for (const [limits, expected] of cases) assertEquals(last(limits), expected);
});
