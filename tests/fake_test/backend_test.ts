import { assert, assertEquals, assertRejects } from "@std/assert";
import * as zlib from "node:zlib";
import { toolCallAnswer } from "../fake/answers.ts";
import { type FakeBackend, startFakeBackend } from "../fake/backend.ts";
import { CLOUDFLARE_CHALLENGE } from "../fake/failures.ts";
import { frame } from "../fake/script.ts";
import { FAKE_ACCOUNT_ID, makeTokens } from "../fake/tokens.ts";

const tokens = makeTokens();

const HEADERS = {
  authorization: `Bearer ${tokens.access_token}`,
  "chatgpt-account-id": FAKE_ACCOUNT_ID,
  "content-type": "application/json",
  originator: "codex_cli_rs",
  "user-agent": "codex_cli_rs/0.169.0 (Debian 12.0.0; x86_64) xterm",
  version: "0.169.0",
};

const BODY = {
  model: "gpt-5.5",
  instructions: "",
  input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "hello there" }] }],
  store: false,
  stream: true,
  include: ["reasoning.encrypted_content"],
};

function ask(backend: FakeBackend, body: unknown = BODY, init: RequestInit = {}): Promise<Response> {
  return fetch(`${backend.url}/responses`, {
    method: "POST",
    headers: HEADERS,
    body: JSON.stringify(body),
    ...init,
  });
}

function eventTypes(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("event: ")).map((line) => line.slice(7));
}

Deno.test("startFakeBackend() echoes by default, with limit headers and a framed stream", async () => {
  await using backend = await startFakeBackend();
  const answer = await ask(backend);
  assertEquals(answer.status, 200);
  assertEquals(answer.headers.get("x-codex-primary-used-percent"), "12");
  const text = await answer.text();
  assertEquals(eventTypes(text), [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    ...Array(4).fill("response.output_text.delta"),
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  assert(text.includes('"text":"You said: hello there"'));
  assertEquals(backend.asks().map((request) => request.json), [BODY]);
  assertEquals(backend.refusals(), []);
});

Deno.test("startFakeBackend() reads zstd, gzip and br bodies", async () => {
  await using backend = await startFakeBackend();
  const bytes = new TextEncoder().encode(JSON.stringify(BODY));
  const packed: [string, Uint8Array][] = [
    ["zstd", zlib.zstdCompressSync(bytes)],
    ["gzip", zlib.gzipSync(bytes)],
    ["br", zlib.brotliCompressSync(bytes)],
  ];
  for (const [encoding, body] of packed) {
    const headers = { ...HEADERS, "content-encoding": encoding };
    const answer = await ask(backend, BODY, { headers, body: new Uint8Array(body) });
    await answer.body?.cancel();
    assertEquals(answer.status, 200);
  }
  assertEquals(backend.asks().map((request) => request.json), [BODY, BODY, BODY]);
});

Deno.test("startFakeBackend() holds a stream at a gate and goes on when it opens", async () => {
  await using backend = await startFakeBackend();
  const gate = backend.gate();
  const first = { type: "response.created", response: {} };
  const second = { type: "response.completed", response: {} };
  backend.answer({ events: [first, { wait: gate }, second] });
  const answer = await ask(backend);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader?.read())?.value, frame(first));
  gate.open();
  assertEquals((await reader?.read())?.value, frame(second));
  assertEquals((await reader?.read())?.done, true);
});

Deno.test("startFakeBackend() answers a generator that sees the request", async () => {
  await using backend = await startFakeBackend();
  backend.setDefault(async function* (request) {
    await Promise.resolve();
    yield { bytes: `data: ${request.route}\n\n` };
  });
  assertEquals(await (await ask(backend)).text(), "data: /responses\n\n");
});

Deno.test("startFakeBackend() cuts cleanly, closes and resets in the middle of a body", async () => {
  await using backend = await startFakeBackend();
  const first = { bytes: "data: 1\n\n" };
  backend.answer({ events: [first, { cut: true }, { bytes: "never" }] });
  assertEquals(await (await ask(backend)).text(), "data: 1\n\n");
  for (const end of [{ close: true }, { reset: true }] as const) {
    backend.answer({ events: [first, end] });
    const answer = await ask(backend).catch(() => undefined);
    // A reset may overtake the head.
    if (answer !== undefined) await assertRejects(() => answer.text());
  }
});

Deno.test("startFakeBackend() closes, resets and stalls before the head", async () => {
  await using backend = await startFakeBackend();
  backend.answer({ before: "close" });
  await assertRejects(() => ask(backend));
  backend.answer({ before: "reset" });
  await assertRejects(() => ask(backend));
  backend.answer({ before: "stall" });
  const controller = new AbortController();
  const waiting = ask(backend, BODY, { signal: controller.signal });
  for (let i = 0; i < 2; i++) await backend.nextRequest();
  const stalled = await backend.nextRequest();
  controller.abort();
  await assertRejects(() => waiting);
  await stalled.cancelled;
  assert(stalled.isCancelled());
});

Deno.test("startFakeBackend() sees a client that leaves a stalled stream", async () => {
  await using backend = await startFakeBackend();
  backend.answer({ events: [{ bytes: "data: 1\n\n" }, { stall: true }] });
  const answer = await ask(backend);
  const request = await backend.nextRequest();
  assertEquals(request.isCancelled(), false);
  await answer.body?.cancel();
  await request.cancelled;
});

Deno.test("startFakeBackend() sends a gzip stream that decodes to the same text", async () => {
  await using backend = await startFakeBackend();
  const events = toolCallAnswer([{ name: "a", arguments: '{"x":1}' }]);
  backend.answer({ events, gzip: true });
  assertEquals(await (await ask(backend)).text(), events.map((event) => frame(event)).join(""));
});

Deno.test("startFakeBackend() splits bytes into writes without losing one", async () => {
  await using backend = await startFakeBackend();
  const text = "data: é\r\n\r\ndata: 2\r\n\r\n";
  for (const splitAt of [1, 3, [7], [2, 8, 9]]) {
    backend.answer({ bytes: text, splitAt });
    assertEquals(await (await ask(backend)).text(), text);
  }
});

Deno.test("startFakeBackend() answers scripted failures with their headers", async () => {
  await using backend = await startFakeBackend();
  backend.answer(CLOUDFLARE_CHALLENGE);
  const answer = await ask(backend);
  assertEquals([answer.status, answer.headers.get("cf-mitigated")], [403, "challenge"]);
  assert((await answer.text()).includes("Just a moment"));
});

Deno.test("startFakeBackend() keeps a connection for the next request", async () => {
  await using backend = await startFakeBackend();
  for (let i = 0; i < 3; i++) await (await ask(backend)).text();
  assertEquals(backend.acceptedConnections(), 1);
});

Deno.test("startFakeBackend() refuses wrong, foreign, expired and revoked access", async () => {
  await using backend = await startFakeBackend();
  const expired = makeTokens({ expiresInSeconds: -1 });
  const revoked = makeTokens();
  backend.revoke(revoked.access_token);
  const withToken = (token: string) => ({ ...HEADERS, authorization: `Bearer ${token}` });
  const { "chatgpt-account-id": _, ...withoutAccount } = HEADERS;
  const cases: [Record<string, string>, unknown][] = [
    [{}, { detail: "Unauthorized" }],
    [withoutAccount, { detail: "Unauthorized" }],
    [{ ...HEADERS, "chatgpt-account-id": "org-1" }, { detail: "Unauthorized" }],
    [withToken("sk-1"), { detail: "Unauthorized" }],
    [withToken(expired.access_token), "token_expired"],
    [withToken(revoked.access_token), "token_revoked"],
  ];
  for (const [headers, expected] of cases) {
    const answer = await ask(backend, BODY, { headers });
    const body = await answer.json();
    assertEquals(answer.status, 401);
    assertEquals(typeof expected === "string" ? body.error.code : body, expected);
  }
});

Deno.test("GET /models answers 304 for a known list and hides models from an old client", async () => {
  await using backend = await startFakeBackend();
  const list = async (version: string, headers = {}) =>
    await fetch(`${backend.url}/models?client_version=${version}`, { headers: { ...HEADERS, ...headers } });
  const answer = await list("0.169.0");
  const etag = answer.headers.get("etag") ?? "";
  const slugs = (await answer.json()).models.map((model: { slug: string }) => model.slug);
  assertEquals([slugs[0], slugs.length], ["gpt-6.2-sol", 12]);
  const again = await list("0.169.0", { "if-none-match": etag });
  await again.body?.cancel();
  assertEquals(again.status, 304);
  const old = await (await list("0.152.0")).json();
  assertEquals(old.models.some((model: { slug: string }) => model.slug === "gpt-6-astra"), false);
  const asked = await ask(backend);
  await asked.text();
  assertEquals(asked.headers.get("x-models-etag"), etag);
});

Deno.test("GET wham/usage and wham/accounts/check answer below /backend-api", async () => {
  await using backend = await startFakeBackend();
  const get = async (path: string) =>
    await (await fetch(new URL(path, backend.url), { headers: HEADERS })).json();
  assertEquals(
    (await get("/backend-api/wham/usage")).rate_limit.secondary_window.limit_window_seconds,
    604_800,
  );
  assertEquals((await get("/backend-api/wham/accounts/check")).default_account_id, FAKE_ACCOUNT_ID);
  assertEquals(await get("/backend-api/codex/chat/completions"), { detail: "Not Found" });
});
