import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pageResponse } from "../../src/server/endpoints/page.ts";
import type { NamedKey } from "../../src/server/keys/named_key.ts";
import { createNote, type RequestNote } from "../../src/server/note.ts";
import { phasesOf } from "../../src/server/page/requests_html.ts";
import { sessionItemsHtml } from "../../src/server/page/sessions_html.ts";
import { usageOfToday } from "../../src/server/page/today_html.ts";

const HOSTILE = `"><script>alert('1')</script>&amp;`;

/** A request with everything that a note can hold, as `text`. */
function noteOf(text: string): RequestNote {
  return Object.assign(createNote("req_1", text, 1000), {
    route: text,
    modelAsked: `${text}?`,
    modelUsed: text,
    problem: text,
    way: { transport: "sse", fallback: { kind: text, reason: text }, isContinuation: false },
    ignored: [text],
    warnings: [text],
    cacheMiss: text,
    key: text,
    prompt: text,
    usage: { input_tokens: 10, output_tokens: 2 },
  });
}

/** A named key whose texts are all `text`. */
function keyOf(text: string): NamedKey {
  return {
    name: text,
    owner: "0123",
    keyId: text,
    earlierIds: [],
    salt: "the-salt",
    hash: "the-hash",
    createdMs: 0,
    expiresMs: Number.MAX_SAFE_INTEGER,
    deletedMs: undefined,
    limits: { models: [text], concurrentRequests: 2, budget: { tokens: 1000, period: "day" } },
  };
}

function hostilePage(note = noteOf(HOSTILE)): Response {
  return pageResponse(
    {
      version: `ccproxy ${HOSTILE}`,
      url: "http://127.0.0.1:8000",
      account: { ok: false, text: HOSTILE },
      limits: undefined,
      memory: {
        trouble: HOSTILE,
        onlyHere: HOSTILE,
        isUnreachable: true,
        recentLoss: HOSTILE,
        loss: HOSTILE,
      },
      postReason: HOSTILE,
      keys: [{ key: keyOf(HOSTILE), spent: 10 }],
      requests: [{ note, doneMs: 2000 }],
      clients: () => [{
        name: HOSTILE,
        title: HOSTILE,
        steps: [{ place: HOSTILE, text: HOSTILE }],
        notes: [HOSTILE],
      }],
      sessions: [{ id: HOSTILE, title: HOSTILE, model: HOSTILE }],
      models: [HOSTILE],
      showsPrompts: true,
      needsKey: true,
      isDemo: false,
      nowMs: new Date(2026, 10, 28, 12).getTime(),
      monotonicMs: 3000,
    },
    false,
    (text) => text,
  );
}

Deno.test("pageResponse() escapes every text, so that no name of a model or route can become markup", async () => {
  const html = await hostilePage().text();
  assert(!/<script>|alert\('/.test(html), html);
  assertEquals(html.split("<script").length - 1, 1);
  assert(html.split("&quot;&gt;&lt;script&gt;").length - 1 > 20);
  // Nothing is run from an attribute either.
  assert(!/\son\w+=|\sstyle=|javascript:/i.test(html), html);
});

Deno.test("pageResponse() lets the page run and load files of this server only, and be framed by nobody", async () => {
  const response = hostilePage();
  await response.body?.cancel();
  assertEquals(
    response.headers.get("content-security-policy"),
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  assertEquals(response.headers.get("cache-control"), "no-store");
});

Deno.test("pageResponse() shows what named keys may do and have used, and nothing that lets anybody in", async () => {
  const html = await hostilePage().text();
  assertStringIncludes(html, "1k/day");
  assertStringIncludes(html, "1% used");
  assertStringIncludes(html, "2 at once");
  assert(!/the-salt|the-hash/.test(html), html);
});

Deno.test("pageResponse() renews a page without scripts by itself, and shows the key form alone without the key", async () => {
  assertStringIncludes(
    await hostilePage().text(),
    `<noscript><meta http-equiv="refresh" content="15"></noscript>`,
  );
  const locked = await pageResponse(undefined, false, (text) => text).text();
  assertStringIncludes(locked, `<body class="locked">`);
  assert(!locked.includes("http-equiv"));
});

Deno.test("pageResponse() says of a request how it went, why the cache missed, and what its problem means", async () => {
  const way = {
    transport: "sse",
    fallback: { kind: "refused", reason: "status 404" },
    isContinuation: false,
  } as const;
  const posted = Object.assign(noteOf("told"), { way, problem: "session_busy" });
  const html = await hostilePage(posted).text();
  for (
    const [name, text] of [
      ["Key", "told"],
      ["Model asked for", "told?"],
      ["Problem", "Session is busy. "],
      ["Transport", "POST, because a WebSocket failed: status 404"],
      ["Prompt cache", "missed: none of 10 input tokens; told"],
      ["Ignored parameters", "told"],
      ["Warning", "told"],
      ["Prompt", "told"],
    ] as const
  ) assertStringIncludes(html, `<dt>${name}</dt><dd>${text}`);
  const socket = { transport: "websocket", fallback: undefined, isContinuation: true } as const;
  const continued = await hostilePage(Object.assign(noteOf("told"), { way: socket })).text();
  assertStringIncludes(continued, "<dd>WebSocket; only what was new was sent</dd>");
});

Deno.test("phasesOf() gives all the time of a request to somebody, and none twice", () => {
  const note = createNote("req_1", "POST", 1000);
  const lengths = (doneMs: number) => phasesOf(note, doneMs).map(({ tone, lengthMs }) => [tone, lengthMs]);
  assertEquals(lengths(1050), [["ours", 50]]);
  note.sentMs = 10;
  assertEquals(lengths(1050), [["ours", 10], ["backend", 40]]);
  note.firstByteMs = 30;
  assertEquals(lengths(1050), [["ours", 10], ["backend", 20], ["stream", 20]]);
  note.backendDoneMs = 45;
  assertEquals(lengths(1050), [["ours", 10], ["backend", 20], ["stream", 15], ["after", 5]]);
});

Deno.test("usageOfToday() adds up by hour and model, and leaves yesterday out", () => {
  const nowMs = new Date(2026, 10, 28, 2, 30).getTime();
  const at = (agoMinutes: number, model: string) => ({
    note: Object.assign(noteOf("x"), { modelUsed: model }),
    doneMs: 10_000_000 - agoMinutes * 60_000,
  });
  const requests = [at(5, "a"), at(10, "a"), at(10, "b"), at(60, "a"), at(151, "a")];
  assertEquals(usageOfToday({ requests, nowMs, monotonicMs: 10_000_000 }), [
    { hour: 2, model: "a", requests: 2, tokens: 24 },
    { hour: 2, model: "b", requests: 1, tokens: 12 },
    { hour: 1, model: "a", requests: 1, tokens: 12 },
  ]);
});

Deno.test("sessionItemsHtml() counts items by kind, escapes their words, and cuts what is long", () => {
  const items = [
    {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: HOSTILE }, { type: "input_image" }],
    },
    { type: "reasoning", summary: [{ type: "summary_text", text: "thinking" }] },
    { type: "function_call", name: "look", arguments: "{}" },
    { type: "function_call_output", output: "x".repeat(600) },
    { type: "message", role: "assistant", content: "done" },
  ].map((item) => ({ item, origin: undefined }));
  const counts = "It holds 1 user message, 1 thought, 1 tool call, 1 tool result, 1 answer.";
  assertEquals(sessionItemsHtml(items, false), `<p class="quiet">${counts}</p>`);
  const shown = sessionItemsHtml(items, true);
  for (
    const text of [counts, "[input_image]", "look {}", "thinking", `${"x".repeat(500)} …`, "<dd>done</dd>"]
  ) {
    assertStringIncludes(shown, text);
  }
  assert(!shown.includes("<script>"), shown);
});
