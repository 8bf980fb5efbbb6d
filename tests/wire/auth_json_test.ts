import { assertEquals } from "@std/assert";
import { authJsonText, readAuthJson, withoutTokens, withTokens } from "../../src/wire/auth_json.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const TOKENS = { accessToken: "at", refreshToken: "rt", idToken: "it", accountId: "acc" };
const LOGIN = { provenance: { issuer: "https://i", clientId: "app" }, ownerId: "owner" };

Deno.test("withTokens() writes a new login as Codex CLI 0.169.0 does, byte for byte", () => {
  assertEquals(
    authJsonText(withTokens({}, TOKENS, NOW, LOGIN)),
    `{
  "auth_mode": "chatgpt",
  "OPENAI_API_KEY": null,
  "tokens": {
    "id_token": "it",
    "access_token": "at",
    "refresh_token": "rt",
    "oauth_provenance": {
      "issuer": "https://i",
      "client_id": "app"
    },
    "login_owner_id": "owner",
    "account_id": "acc"
  },
  "last_refresh": "2026-11-22T12:00:00.000Z"
}`,
  );
});

Deno.test("withTokens() keeps an API key and unknown keys at every level", () => {
  const old = { auth_mode: "apikey", OPENAI_API_KEY: "sk-1", tokens: { x: [1] }, bedrock_api_key: { y: 2 } };
  assertEquals(withTokens(old, TOKENS, NOW, LOGIN), {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: "sk-1",
    tokens: {
      id_token: "it",
      access_token: "at",
      refresh_token: "rt",
      oauth_provenance: { issuer: "https://i", client_id: "app" },
      login_owner_id: "owner",
      account_id: "acc",
      x: [1],
    },
    last_refresh: "2026-11-22T12:00:00.000Z",
    bedrock_api_key: { y: 2 },
  });
});

Deno.test("withTokens() survives keys that are special in JavaScript", () => {
  const old = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "tokens": {"__proto__": 3}}');
  const text = authJsonText(withTokens(old, TOKENS, NOW));
  assertEquals(text.includes('"__proto__": {\n    "a": 1\n  }'), true, text);
  assertEquals(text.includes('"constructor": 2'), true, text);
  assertEquals(text.includes('"__proto__": 3'), true, text);
});

Deno.test("withoutTokens() leaves nothing of a plain login", () => {
  assertEquals(withoutTokens(withTokens({}, TOKENS, NOW, LOGIN)), undefined);
  assertEquals(
    withoutTokens({ access_token: "a", refresh_token: "r", expires_at: 1, account_id: "x" }),
    undefined,
  );
});

Deno.test("withoutTokens() keeps API keys and unknown keys, and names the mode that remains", () => {
  const document = {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: "sk-1",
    tokens: { a: 1 },
    last_refresh: "x",
    other: 1,
  };
  assertEquals(withoutTokens(document), { auth_mode: "apikey", OPENAI_API_KEY: "sk-1", other: 1 });
  assertEquals(withoutTokens({ tokens: { a: 1 }, other: 1 }), { other: 1 });
});

Deno.test("readAuthJson() reads the nested form, with and without a byte order mark", () => {
  const document = {
    tokens: { access_token: "at", refresh_token: "rt", account_id: "acc" },
    last_refresh: "1970-01-01T00:00:01Z",
  };
  const expected = {
    kind: "tokens",
    form: "nested",
    tokens: { accessToken: "at", refreshToken: "rt", idToken: undefined, accountId: "acc" },
    lastRefreshMs: 1000,
    statedExpiryMs: undefined,
    document,
  } as const;
  assertEquals(readAuthJson(JSON.stringify(document)), expected);
  assertEquals(readAuthJson(`\uFEFF${JSON.stringify(document)}\r\n`), expected);
});

Deno.test("readAuthJson() reads the flat form, expiry in seconds, milliseconds or as a date", () => {
  for (const expires of [1_800_000_000, 1_800_000_000_000, "2027-01-15T08:00:00Z"]) {
    const read = readAuthJson(JSON.stringify({ access_token: "at", expires_at: expires }));
    assertEquals(read.kind === "tokens" ? [read.form, read.statedExpiryMs] : read, [
      "flat",
      1_800_000_000_000,
    ]);
  }
});

Deno.test("readAuthJson() judges modes as the Codex CLI does, but prefers tokens to a derived key without a mode", () => {
  const tokens = { access_token: "at" };
  const kinds = [
    { auth_mode: "apikey", OPENAI_API_KEY: "sk", tokens },
    { OPENAI_API_KEY: "sk", tokens },
    { OPENAI_API_KEY: "sk", tokens: null },
    { auth_mode: "chatgptAuthTokens", tokens },
    { auth_mode: "bedrockApiKey" },
    { OPENAI_API_KEY: null },
    {},
  ].map((document) => readAuthJson(JSON.stringify(document)).kind);
  assertEquals(kinds, ["api_key", "tokens", "api_key", "tokens", "other_mode", "empty", "empty"]);
});

Deno.test("readAuthJson() never quotes the content of a corrupt file", () => {
  for (
    const text of ['{"tokens": {"access_token": "sec', '"secret"', '{"tokens":{"access_token":["secret"]}}']
  ) {
    const read = readAuthJson(text);
    assertEquals([read.kind, JSON.stringify(read).includes("sec")], ["corrupt", false]);
  }
});
