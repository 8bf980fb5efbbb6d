import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { GIANT_BODY, htmlError } from "../fake/failures.ts";
import { type FakeIssuer, startFakeIssuer } from "../fake/issuer.ts";
import { challengeOf } from "../fake/issuer_grants.ts";
import { FAKE_CLIENT_ID } from "../fake/issuer_rules.ts";
import { FAKE_ACCOUNT_ID, readFakeToken } from "../fake/tokens.ts";

const VERIFIER = "v".repeat(86);

const REDIRECT = "http://127.0.0.1:1455/auth/callback";

async function authorizeQuery(changes: Record<string, string> = {}): Promise<URLSearchParams> {
  return new URLSearchParams({
    response_type: "code",
    client_id: FAKE_CLIENT_ID,
    redirect_uri: REDIRECT,
    code_challenge: await challengeOf(VERIFIER),
    code_challenge_method: "S256",
    state: "s".repeat(43),
    scope: "openid profile email offline_access",
    id_token_add_organizations: "true",
    codex_cli_simplified_flow: "true",
    originator: "codex_cli_rs",
    ...changes,
  });
}

/** Opens the authorize page as a browser would; gives the status and the address it leads to. */
async function visit(
  issuer: FakeIssuer,
  changes: Record<string, string> = {},
): Promise<[number, URL | undefined]> {
  const address = `${issuer.url}/oauth/authorize?${await authorizeQuery(changes)}`;
  const answer = await fetch(address, { redirect: "manual" });
  await answer.body?.cancel();
  const location = answer.headers.get("location");
  return [answer.status, location === null ? undefined : new URL(location)];
}

async function post(
  issuer: FakeIssuer,
  path: string,
  body: unknown,
): Promise<[number, Record<string, unknown>]> {
  const form = body instanceof URLSearchParams;
  const answer = await fetch(`${issuer.url}${path}`, {
    method: "POST",
    ...(form ? {} : { headers: { "content-type": "application/json" } }),
    body: form ? body : JSON.stringify(body),
  });
  return [answer.status, await answer.json()];
}

function codeForm(code: string, changes: Record<string, string> = {}): URLSearchParams {
  return new URLSearchParams({
    grant_type: "authorization_code",
    client_id: FAKE_CLIENT_ID,
    code,
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    ...changes,
  });
}

function refreshBody(token: unknown) {
  return {
    client_id: FAKE_CLIENT_ID,
    grant_type: "refresh_token",
    refresh_reason: "scheduled",
    refresh_token: token,
  };
}

function errorCode(body: Record<string, unknown>): unknown {
  const { error } = body as { error: string | { code: string } };
  return typeof error === "string" ? error : error.code;
}

Deno.test("startFakeIssuer() gives a code for a right authorize URL and tokens for the code, once", async () => {
  await using issuer = await startFakeIssuer({ facts: { plan: "pro", accountId: FAKE_ACCOUNT_ID } });
  const [status, location] = await visit(issuer);
  assertEquals([status, location?.searchParams.get("state")], [302, "s".repeat(43)]);
  const code = location?.searchParams.get("code") ?? "";
  const [good, tokens] = await post(issuer, "/oauth/token", codeForm(code));
  assertEquals(good, 200);
  assertEquals(readFakeToken(`${tokens["access_token"]}`)?.accountId, FAKE_ACCOUNT_ID);
  assertEquals(Object.keys(tokens), [
    "access_token",
    "expires_in",
    "id_token",
    "refresh_token",
    "scope",
    "token_type",
  ]);
  const [again, refused] = await post(issuer, "/oauth/token", codeForm(code));
  assertEquals([again, errorCode(refused)], [400, "invalid_grant"]);
});

Deno.test("startFakeIssuer() refuses every wrong authorize parameter", async () => {
  await using issuer = await startFakeIssuer();
  const wrong: Record<string, string>[] = [
    { response_type: "token" },
    { client_id: "app_other" },
    { redirect_uri: "http://127.0.0.1:1456/auth/callback" },
    { redirect_uri: "http://127.0.0.1.evil.com:1455/auth/callback" },
    { code_challenge: "short" },
    { code_challenge_method: "plain" },
    { state: "" },
    { scope: "openid" },
    { originator: "" },
    { surprise: "1" },
  ];
  for (const changes of wrong) assertEquals((await visit(issuer, changes))[0], 400);
  assertEquals((await visit(issuer, { redirect_uri: "http://localhost:1457/auth/callback" }))[0], 302);
});

Deno.test("startFakeIssuer() refuses a wrong verifier, a wrong redirect and a code sent as JSON", async () => {
  await using issuer = await startFakeIssuer({ errorShape: "flat" });
  const tries = [
    (code: string) => codeForm(code, { code_verifier: "w".repeat(86) }),
    (code: string) => codeForm(code, { redirect_uri: "http://localhost:1455/auth/callback" }),
    (code: string) => Object.fromEntries(codeForm(code)),
  ];
  const codes: unknown[] = [];
  for (const body of tries) {
    const [, location] = await visit(issuer);
    codes.push(
      (await post(issuer, "/oauth/token", body(location?.searchParams.get("code") ?? "")))[1]["error"],
    );
  }
  assertEquals(codes, ["invalid_grant", "invalid_grant", "invalid_request"]);
});

Deno.test("denyNext() leads back to the callback with the error", async () => {
  await using issuer = await startFakeIssuer();
  issuer.denyNext("access_denied", "missing_codex_entitlement");
  const [, location] = await visit(issuer);
  assertEquals(location?.searchParams.get("error_description"), "missing_codex_entitlement");
  assertEquals((await visit(issuer))[1]?.searchParams.has("code"), true);
});

Deno.test("startFakeIssuer() rotates refresh tokens and refuses a used, expired or invalidated one", async () => {
  await using issuer = await startFakeIssuer();
  const first = issuer.issue();
  const [status, second] = await post(issuer, "/oauth/token", refreshBody(first.refresh_token));
  assertEquals(status, 200);
  assertNotEquals(second["refresh_token"], first.refresh_token);
  const [reused, refused] = await post(issuer, "/oauth/token", refreshBody(first.refresh_token));
  assertEquals([reused, errorCode(refused)], [401, "refresh_token_reused"]);
  for (const reason of ["expired", "invalidated"] as const) {
    const { refresh_token: token } = issuer.issue();
    issuer.spoil(token, reason);
    const [code, body] = await post(issuer, "/oauth/token", refreshBody(token));
    assertEquals([code, errorCode(body)], [401, `refresh_token_${reason}`]);
  }
  const form = new URLSearchParams(refreshBody(`${second["refresh_token"]}`) as Record<string, string>);
  assertEquals((await post(issuer, "/oauth/token", form))[0], 200);
  assertEquals(issuer.refreshes().length, 5);
});

Deno.test("startFakeIssuer() forgets a revoked refresh token", async () => {
  await using issuer = await startFakeIssuer();
  const { refresh_token: token } = issuer.issue();
  const body = { token, token_type_hint: "refresh_token", client_id: FAKE_CLIENT_ID };
  assertEquals(await post(issuer, "/oauth/revoke", body), [200, {}]);
  assertEquals(issuer.revoked, [token]);
  assertEquals((await post(issuer, "/oauth/token", refreshBody(token)))[0], 401);
});

Deno.test("startFakeIssuer() walks a device login from pending to tokens", async () => {
  await using issuer = await startFakeIssuer();
  issuer.device.queue("pending", "pending_404", "slow_down");
  const start = await post(issuer, "/api/accounts/deviceauth/usercode", { client_id: FAKE_CLIENT_ID });
  const { device_auth_id, user_code, interval } = start[1];
  assertEquals([user_code, interval], ["ABCD-12345", "5"]);
  const poll = () => post(issuer, "/api/accounts/deviceauth/token", { device_auth_id, user_code });
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await poll())[0]);
  assertEquals(statuses, [403, 404, 429, 403]);
  issuer.device.approve();
  const [status, grant] = await poll();
  assertEquals(status, 200);
  const form = codeForm(`${grant["authorization_code"]}`, {
    redirect_uri: `${issuer.url}/deviceauth/callback`,
    code_verifier: `${grant["code_verifier"]}`,
  });
  assertEquals((await post(issuer, "/oauth/token", form))[0], 200);
  issuer.device.setEnabled(false);
  assertEquals(
    (await post(issuer, "/api/accounts/deviceauth/usercode", { client_id: FAKE_CLIENT_ID }))[0],
    404,
  );
});

Deno.test("startFakeIssuer() plays faults and sets its clock wrong", async () => {
  await using issuer = await startFakeIssuer({ dateSkewSeconds: 3600 });
  issuer.answer(htmlError(500), "/oauth/token");
  issuer.answer(GIANT_BODY, "/oauth/token");
  const ask = () => fetch(`${issuer.url}/oauth/token`, { method: "POST", body: "x" });
  const html = await ask();
  assertEquals([html.status, html.headers.get("content-type")], [500, "text/html"]);
  assert(Date.parse(html.headers.get("date") ?? "") > Date.now() + 3_500_000);
  await html.text();
  assertEquals((await (await ask()).text()).length > 4_000_000, true);
  assertEquals(issuer.count("/oauth/token"), 2);
});
