import { assertEquals } from "@std/assert";
import { authorizeUrl, judgeCallback, redirectUriOf } from "../../src/auth/authorize.ts";
import { endpointsOf } from "../../src/auth/openai.ts";
import { judgePaste } from "../../src/auth/paste.ts";
import { pkceFrom } from "../../src/auth/pkce.ts";

Deno.test("pkceFrom() follows the example of RFC 7636 appendix B", async () => {
  // deno-fmt-ignore
  const octets = new Uint8Array([116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
    37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121]);
  assertEquals(await pkceFrom(octets), {
    codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  });
});

Deno.test("pkceFrom() makes a verifier of 86 characters from 64 bytes", async () => {
  assertEquals((await pkceFrom(new Uint8Array(64))).codeVerifier.length, 86);
});

Deno.test("authorizeUrl() has the parameters of Codex CLI 0.169.0 in their order", () => {
  const url = authorizeUrl(endpointsOf(), {
    redirectUri: redirectUriOf("127.0.0.1", 1455),
    codeChallenge: "CHALLENGE",
    state: "STATE",
    originator: "codex_cli_rs",
  });
  assertEquals(
    url,
    "https://auth.openai.com/oauth/authorize?response_type=code&client_id=app_EMoamEEZ73f0CkXaXp7hrann" +
      "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1455%2Fauth%2Fcallback&code_challenge=CHALLENGE" +
      "&code_challenge_method=S256&state=STATE" +
      "&scope=openid+profile+email+offline_access+api.connectors.read+api.connectors.invoke" +
      "&id_token_add_organizations=true&codex_cli_simplified_flow=true&originator=codex_cli_rs",
  );
});

Deno.test("authorizeUrl() names the allowed workspaces last", () => {
  const url = authorizeUrl(endpointsOf(), {
    redirectUri: "r",
    codeChallenge: "c",
    state: "s",
    originator: "o",
    allowedWorkspaceIds: ["a", "b"],
  });
  assertEquals(url.split("&").at(-1), "allowed_workspace_id=a%2Cb");
});

const query = (text: string): URLSearchParams => new URLSearchParams(text);

Deno.test("judgeCallback() believes nothing without the right state", () => {
  for (
    const text of ["code=c", "code=c&state=", "code=c&state=S2", "error=access_denied", "code=c&state=s"]
  ) {
    assertEquals(judgeCallback(query(text), "S"), { kind: "wrong_state" });
  }
});

Deno.test("judgeCallback() tells code, refusal, missing entitlement and nothing apart", () => {
  assertEquals(judgeCallback(query("state=S&code=c"), "S"), { kind: "code", code: "c" });
  assertEquals(judgeCallback(query("state=S"), "S"), { kind: "no_code" });
  assertEquals(judgeCallback(query("state=S&error=access_denied&error_description=No+thanks"), "S"), {
    kind: "refused",
    detail: "the sign-in was refused: No thanks (access_denied)",
    entitlement: false,
  });
  assertEquals(
    judgeCallback(query("state=S&error=access_denied&error_description=missing_codex_entitlement"), "S"),
    {
      kind: "refused",
      detail:
        "Codex is not enabled for this workspace; ask its administrator, or sign in to another workspace",
      entitlement: true,
    },
  );
});

Deno.test("judgeCallback() keeps terminal escapes and tokens out of its detail", () => {
  const description = encodeURIComponent("a\u001b[31mb\nc eyJhbGciOiJSUzI1NiJ9.e30.x");
  assertEquals(judgeCallback(query(`state=S&error=bad&error_description=${description}`), "S"), {
    kind: "refused",
    detail: "the sign-in was refused: a[31mb c [hidden] (bad)",
    entitlement: false,
  });
});

Deno.test("judgePaste() takes a URL, a query, an address without scheme, or the bare code", () => {
  const code = { kind: "code", code: "ac_123456" } as const;
  for (
    const text of [
      "http://127.0.0.1:1455/auth/callback?code=ac_123456&scope=openid&state=S",
      "  http://localhost:1455/auth/callback?state=S&code=ac_123456 \r\n",
      "'http://localhost:1455/auth/callback?state=S&code=ac_123456'",
      "127.0.0.1:1455/auth/callback?state=S&code=ac_123456",
      "?code=ac_123456&state=S",
      "code=ac_123456&state=S",
      "ac_123456",
      "ac_123456#S",
    ]
  ) assertEquals(judgePaste(text, "S"), code, text);
});

Deno.test("judgePaste() refuses the URL of another login, and says what is of no use", () => {
  assertEquals(judgePaste("http://localhost:1455/auth/callback?code=c&state=T", "S"), {
    kind: "wrong_state",
  });
  assertEquals(judgePaste("http://localhost:1455/auth/callback?code=c", "S"), { kind: "wrong_state" });
  assertEquals(judgePaste("ac_123456#T", "S"), { kind: "wrong_state" });
  assertEquals(judgePaste("https://auth.openai.com/oauth/authorize?state=S", "S"), {
    kind: "unusable",
    why: 'the pasted URL has no "code": copy it after you have signed in',
  });
  assertEquals(judgePaste("", "S"), { kind: "unusable", why: "nothing was pasted" });
  const neither = "this is neither a URL nor a code: paste the whole address line";
  for (const text of ["yes", "what now?", "<b>ac_1", "ac 123456"]) {
    assertEquals(judgePaste(text, "S"), { kind: "unusable", why: neither }, text);
  }
  assertEquals(judgePaste("a".repeat(5000), "S"), { kind: "unusable", why: "the pasted text is too long" });
});

Deno.test("judgePaste() hears a refusal in a pasted URL", () => {
  assertEquals(judgePaste("http://127.0.0.1:1455/auth/callback?error=access_denied&state=S", "S"), {
    kind: "refused",
    detail: "the sign-in was refused (access_denied)",
    entitlement: false,
  });
});
