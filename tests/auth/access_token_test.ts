import { assert, assertEquals, assertRejects } from "@std/assert";
import { type AccessOptions, createAccess } from "../../src/auth/access.ts";
import { environmentPlace } from "../../src/auth/credential_place.ts";
import { Problem } from "../../src/problem.ts";
import { type FakeIssuer, startFakeIssuer } from "../fake/issuer.ts";
import { WHOAMI } from "../fake/issuer_access_tokens.ts";
import { FAKE_ACCOUNT_ID } from "../fake/tokens.ts";

const IDENTITY = { originator: "codex_cli_rs", userAgent: "codex_cli_rs/0.169.0", version: "0.169.0" };
const FIX =
  "Create a new access token in the settings of the ChatGPT workspace and put it into CODEX_ACCESS_TOKEN";

function placeOf(variables: Record<string, string>, issuer?: string) {
  return environmentPlace({ get: (name) => variables[name] }, issuer);
}

function accessTo(issuer: FakeIssuer, token: string, more: Partial<AccessOptions> = {}) {
  const place = placeOf({ CODEX_ACCESS_TOKEN: token }, issuer.url);
  assert(place !== undefined);
  const sleep = () => Promise.resolve();
  return createAccess({ place, issuer: issuer.url, identity: IDENTITY, sleep, ...more });
}

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const thrown = await assertRejects(() => work);
  assert(thrown instanceof Problem);
  return thrown;
}

Deno.test("environmentPlace() takes what is meant for ccproxy alone first, and a token before a login", () => {
  const all = { CODEX_ACCESS_TOKEN: " at-cli\n", CCPROXY_AUTH_JSON: "{}", CCPROXY_ACCESS_TOKEN: "at-own" };
  const whoamiUrl = "https://auth.openai.com/api/accounts/v1/user-auth-credential/whoami";
  const own = { kind: "token", variable: "CCPROXY_ACCESS_TOKEN", token: "at-own", whoamiUrl } as const;
  assertEquals(placeOf(all), own);
  assertEquals(placeOf({ ...all, CCPROXY_ACCESS_TOKEN: "" }), { kind: "env", text: "{}" });
  const cli = { ...all, CCPROXY_ACCESS_TOKEN: "", CCPROXY_AUTH_JSON: "" };
  assertEquals(placeOf(cli), { ...own, variable: "CODEX_ACCESS_TOKEN", token: "at-cli" });
  assertEquals(placeOf({ CODEX_ACCESS_TOKEN: " " }), undefined);
});

Deno.test("environmentPlace() sends a token only where CODEX_AUTHAPI_BASE_URL may lead, else to the issuer", async () => {
  const to = (base: string) =>
    placeOf({ CODEX_ACCESS_TOKEN: "at-x", CODEX_AUTHAPI_BASE_URL: base }, "https://i.example");
  const place = to("https://a.example/api/accounts/");
  assertEquals(
    place?.kind === "token" && place.whoamiUrl,
    "https://a.example/api/accounts/v1/user-auth-credential/whoami",
  );
  const issuer = to("");
  assertEquals(issuer?.kind === "token" && issuer.whoamiUrl, `https://i.example${WHOAMI}`);
  const problem = await problemOf(Promise.resolve().then(() => to("http://a.example")));
  assert(
    problem.message.includes('"CODEX_AUTHAPI_BASE_URL" must be https, or http on loopback'),
    problem.message,
  );
});

Deno.test("get() asks once whose an access token is, for many requests, and never refreshes it", async () => {
  await using issuer = await startFakeIssuer();
  const token = issuer.accessTokens.make({ plan: "enterprise", fedramp: true });
  const learned: string[] = [];
  const access = accessTo(issuer, token, { learn: (...found) => void learned.push(...found) });
  const expected = {
    token,
    accountId: FAKE_ACCOUNT_ID,
    fedramp: true,
    plan: "enterprise",
    expiresAtMs: undefined,
  };
  assertEquals(await Promise.all([access.get(), access.get()]), [expected, expected]);
  assertEquals([await access.accountId(), await access.get()], [FAKE_ACCOUNT_ID, expected]);
  const { kind, source, location, email, hasRefreshToken, warnings, command } = await access.inspect();
  assertEquals({ kind, source, location, email, hasRefreshToken, warnings, command }, {
    kind: "signed_in",
    source: "token",
    location: "environment variable CODEX_ACCESS_TOKEN",
    email: "person@example.com",
    hasRefreshToken: false,
    warnings: [],
    command: undefined,
  });
  const { message, status } = await problemOf(access.refresh("scheduled"));
  assertEquals([message, status], [
    "Token refresh failed: the access token in CODEX_ACCESS_TOKEN cannot be refreshed, and still works",
    400,
  ]);
  assertEquals(issuer.requests.map(({ method, route }) => `${method} ${route}`), [`GET ${WHOAMI}`]);
  assertEquals(learned, [token]);
});

Deno.test("get() says that an access token was revoked or has expired, and what to do", async () => {
  await using issuer = await startFakeIssuer();
  for (const [code, text] of [["token_revoked", "was revoked"], ["token_expired", "has expired"]] as const) {
    const token = issuer.accessTokens.make();
    issuer.accessTokens.end(token, code);
    const access = accessTo(issuer, token);
    const { message, hint, status } = await problemOf(access.get());
    const why = `the access token in CODEX_ACCESS_TOKEN ${text} (${code})`;
    assertEquals([message, hint, status], [`No valid OpenAI credentials found: ${why}`, FIX, 401]);
    const { kind, problem, command, usable } = await access.peek();
    assertEquals({ kind, problem, command, usable }, {
      kind: "refused",
      problem: why,
      command: FIX,
      usable: false,
    });
  }
  assertEquals(issuer.count(WHOAMI), 2);
});

Deno.test("renew() asks the issuer again, sends the token once more, and then says who refuses it", async () => {
  await using issuer = await startFakeIssuer();
  const token = issuer.accessTokens.make();
  const access = accessTo(issuer, token);
  const first = await access.get();
  const second = await access.renew(first);
  assertEquals([second.token, issuer.count(WHOAMI)], [token, 2]);
  const refused = await problemOf(access.renew(second));
  assertEquals(refused.status, 401);
  assert(
    refused.message.includes("the backend refuses the access token in CODEX_ACCESS_TOKEN"),
    refused.message,
  );
  issuer.accessTokens.end(token, "token_revoked");
  const revoked = await problemOf(access.renew(await access.get()));
  assert(revoked.message.includes("was revoked (token_revoked)"), revoked.message);
});

Deno.test("get() keeps the issuer's trouble apart from the token's: 503, asked again after five seconds", async () => {
  await using issuer = await startFakeIssuer();
  const token = issuer.accessTokens.make();
  let nowMs = Date.now();
  const access = accessTo(issuer, token, { now: () => nowMs });
  issuer.answer({ status: 500, body: "" }, WHOAMI);
  for (const asked of [1, 1]) {
    const { message, status, exitCode } = await problemOf(access.get());
    assertEquals([status, exitCode, issuer.count(WHOAMI)], [503, 4, asked]);
    assert(
      message.includes(
        "the issuer could not be asked about the access token in CODEX_ACCESS_TOKEN: status 500",
      ),
    );
  }
  nowMs += 5_000;
  const given = await access.get();
  // What was known stays known when the issuer cannot be asked after a refusal of the backend.
  issuer.answer({ status: 500, body: "" }, WHOAMI);
  assertEquals((await access.renew(given)).accountId, FAKE_ACCOUNT_ID);
});

Deno.test("get() sends nothing anywhere of what is no access token, and does not quote it", async () => {
  await using issuer = await startFakeIssuer();
  for (
    const [token, why] of [["at-abc\ndef", "has a line break"], [
      "eyJhbGciOi.abc.def",
      'begin with "at-"',
    ]] as const
  ) {
    const { message, status } = await problemOf(accessTo(issuer, token).get());
    assert(message.includes(why) && !message.includes("def"), message);
    assertEquals(status, 401);
  }
  assertEquals(issuer.requests, []);
});

Deno.test("whoami answers that say nothing of a token are no refusal: pages, lists, missing and unusable accounts", async () => {
  await using issuer = await startFakeIssuer();
  for (
    const script of [
      { status: 403, headers: { "content-type": "text/html" }, body: "<html>Just a moment</html>" },
      { body: [] },
      { body: { email: "person@example.com" } },
      { body: { chatgpt_account_id: "a\nb" } },
      { status: 302, headers: { location: "http://127.0.0.1:9/" }, body: "" },
      { before: "close" } as const,
    ]
  ) {
    // Not once: the runtime repeats a GET whose connection closes.
    issuer.setDefault(script, WHOAMI);
    const { status, code } = await problemOf(accessTo(issuer, issuer.accessTokens.make()).get());
    assertEquals([status, code], [503, "network"], JSON.stringify(script));
  }
});

Deno.test("get() renews a token that is refused when the place of its workspace is asked for, and names the refusal", async () => {
  await using issuer = await startFakeIssuer();
  const token = issuer.accessTokens.make();
  let refusals = 1;
  const access = accessTo(issuer, token, {
    routingOf: () => Promise.resolve(refusals-- > 0 ? "refused" : { override: "eu" }),
  });
  const { routing, refused } = await access.get();
  assertEquals([routing, refused, issuer.count(WHOAMI)], [{ override: "eu" }, undefined, 2]);
  refusals = 2;
  const problem = await problemOf(access.get());
  assertEquals(problem.status, 401);
  assert(problem.message.includes("the backend refuses the access token"), problem.message);
});
