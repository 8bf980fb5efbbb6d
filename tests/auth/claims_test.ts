import { assertEquals } from "@std/assert";
import { claimsOf, claimsOfFile, decodeJwt, readClaims } from "../../src/auth/claims.ts";
import { readAuthJson } from "../../src/wire/auth_json.ts";
import { ACCOUNT_ID, fakeJwt } from "./issuer.ts";

Deno.test("readClaims() finds account, plan, e-mail, user and times, and never takes an organisation for the account", () => {
  assertEquals(readClaims(fakeJwt({ exp: 200, iat: 100, email: "a@b.c", plan: "team", fedramp: true })), {
    email: "a@b.c",
    plan: "team",
    accountId: ACCOUNT_ID,
    userId: "user-1",
    fedramp: true,
    expiresAtMs: 200_000,
    issuedAtMs: 100_000,
  });
});

Deno.test("readClaims() gives undefined for each absent claim", () => {
  const token = `e30.${btoa("{}")}.x`;
  assertEquals(readClaims(token), {
    email: undefined,
    plan: undefined,
    accountId: undefined,
    userId: undefined,
    fedramp: false,
    expiresAtMs: undefined,
    issuedAtMs: undefined,
  });
});

Deno.test("readClaims() does not use organizations[0].id when the account id is missing", () => {
  const token = fakeJwt({ extra: { "https://api.openai.com/auth": { organizations: [{ id: "org-1" }] } } });
  assertEquals(readClaims(token)?.accountId, undefined);
});

Deno.test("readClaims() finds the e-mail of an access token in its profile claim", () => {
  const token = fakeJwt({
    extra: { email: undefined, "https://api.openai.com/profile": { email: "p@b.c" } },
  });
  assertEquals(readClaims(token)?.email, "p@b.c");
});

Deno.test("decodeJwt() gives undefined for what is not a JWT", () => {
  const payload = (text: string): string => btoa(text).replace(/=+$/, "");
  const cases = [
    "",
    "opaque",
    "a.b",
    "a.b.c.d",
    "..",
    "a.%%%.c",
    `a.${payload("[1]")}.c`,
    `a.${payload("not json")}.c`,
    `a.${payload("null")}.c`,
  ];
  assertEquals(cases.map(decodeJwt), cases.map(() => undefined));
});

Deno.test("decodeJwt() reads base64url with and without padding, and UTF-8", () => {
  const bytes = new TextEncoder().encode('{"name":"Zoë ÿ?>"}');
  assertEquals(decodeJwt(`a.${bytes.toBase64({ alphabet: "base64url" })}.c`), { name: "Zoë ÿ?>" });
  assertEquals(decodeJwt(`a.${bytes.toBase64({ alphabet: "base64url", omitPadding: true })}.c`), {
    name: "Zoë ÿ?>",
  });
});

Deno.test("claimsOf() takes the stated account id as the Codex CLI does, but not a user's or an organisation's", () => {
  const tokens = { accessToken: fakeJwt(), idToken: undefined };
  assertEquals(
    claimsOf(tokens, "22222222-2222-4222-8222-222222222222").accountId,
    "22222222-2222-4222-8222-222222222222",
  );
  assertEquals(claimsOf(tokens, "user-1").accountId, ACCOUNT_ID);
  assertEquals(claimsOf(tokens, "org-1").accountId, ACCOUNT_ID);
});

Deno.test("claimsOf() takes from the id token what an opaque access token does not tell, but never its expiry", () => {
  const claims = claimsOf({ accessToken: "opaque", idToken: fakeJwt({ exp: 100 }) });
  assertEquals([claims.accountId, claims.email, claims.expiresAtMs], [
    ACCOUNT_ID,
    "ada@example.com",
    undefined,
  ]);
});

Deno.test("claimsOfFile() believes the account id of a flat file last, and never a user's", () => {
  const flat = (token: string, account: string): string | undefined => {
    const json = readAuthJson(JSON.stringify({ access_token: token, account_id: account }));
    return json.kind === "tokens" ? claimsOfFile(json).accountId : json.kind;
  };
  assertEquals([flat(fakeJwt(), "other"), flat("opaque", "other"), flat("opaque", "user-1")], [
    ACCOUNT_ID,
    "other",
    undefined,
  ]);
});

Deno.test("readClaims() takes a time that no clock can show for none", () => {
  const claims = readClaims(fakeJwt({ exp: 1e20, iat: -1e20 }));
  assertEquals([claims?.expiresAtMs, claims?.issuedAtMs], [undefined, undefined]);
});
