/**
 * A token endpoint on loopback for the tests of `src/auth`: strict rotation with reuse detection, and a hook to
 * answer otherwise. (The tests of whole logins use tests/fake/issuer.ts.)
 */

/** A JWT-shaped token with the claims of backend.md#token-claims; the signature is nonsense. */
export function fakeJwt(
  claims: {
    readonly exp?: number;
    readonly iat?: number;
    readonly email?: string;
    readonly plan?: string;
    readonly accountId?: string;
    readonly fedramp?: boolean;
    readonly extra?: Record<string, unknown>;
  } = {},
): string {
  const payload = {
    ...(claims.exp === undefined ? {} : { exp: claims.exp }),
    ...(claims.iat === undefined ? {} : { iat: claims.iat }),
    jti: crypto.randomUUID(),
    email: claims.email ?? "ada@example.com",
    "https://api.openai.com/auth": {
      chatgpt_account_id: claims.accountId ?? ACCOUNT_ID,
      chatgpt_plan_type: claims.plan ?? "plus",
      chatgpt_user_id: "user-1",
      chatgpt_account_is_fedramp: claims.fedramp ?? false,
      organizations: [{ id: "org-wrong", is_default: true }],
    },
    ...claims.extra,
  };
  return `${base64({ alg: "RS256", typ: "JWT" })}.${base64(payload)}.c2lnbmF0dXJl`;
}

export const ACCOUNT_ID = "11111111-1111-4111-8111-111111111111";

function base64(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** One recorded request. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  readonly seen: Seen[];
  /** refresh tokens that were given out and not used */
  readonly live: Set<string>;
  /** number of refreshes granted */
  refreshes: number;
  /** answers instead of the issuer when it returns a Response */
  answer: ((seen: Seen) => Response | undefined | Promise<Response | undefined>) | undefined;
  /** claims of the tokens that are issued */
  expiresInSeconds: number;
  /** true when this refresh token would be exchanged */
  accepts(token: string | undefined): boolean;
  /** a used token is accepted until its successor is used, as issuers with overlapping rotation do */
  overlap: boolean;
}

/** Starts the issuer; `await using` stops it. */
export function startIssuer(now: () => number = Date.now): TestIssuer {
  const successors = new Map<string, string>();
  const issuer: TestIssuer = {
    url: "",
    seen: [],
    live: new Set(["rt_0"]),
    refreshes: 0,
    answer: undefined,
    expiresInSeconds: 864_000,
    overlap: false,
    accepts(token) {
      const successor = token === undefined ? undefined : successors.get(token);
      if (token !== undefined && issuer.live.has(token)) return true;
      return issuer.overlap && successor !== undefined && issuer.live.has(successor);
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
  const refuse = (code: string): Response =>
    Response.json({ error: { message: "no", type: "invalid_request_error", param: null, code } }, {
      status: 401,
    });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const response = await handle(request);
    // Deno would add the real time, and the tests have a clock of their own.
    if (!response.headers.has("date")) response.headers.set("date", new Date(now()).toUTCString());
    return response;
  });
  async function handle(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const seen = {
      method: request.method,
      path: pathname,
      headers: request.headers,
      body: await request.text(),
    };
    issuer.seen.push(seen);
    const answer = await issuer.answer?.(seen);
    if (answer !== undefined) return answer;
    if (pathname === "/oauth/revoke") return new Response(null, { status: 200 });
    if (pathname !== "/oauth/token") return new Response("no such page", { status: 404 });
    const token: string = JSON.parse(seen.body).refresh_token;
    const successor = successors.get(token);
    if (!issuer.live.has(token)) {
      const again = issuer.overlap && successor !== undefined && issuer.live.has(successor);
      if (!again) {
        return refuse(successor === undefined ? "refresh_token_invalidated" : "refresh_token_reused");
      }
      issuer.live.delete(successor);
    }
    issuer.live.delete(token);
    const next = `rt_${++issuer.refreshes}`;
    successors.set(token, next);
    issuer.live.add(next);
    const seconds = Math.floor(now() / 1000);
    const exp = seconds + issuer.expiresInSeconds;
    return Response.json({
      id_token: fakeJwt({ exp, iat: seconds }),
      access_token: fakeJwt({ exp, iat: seconds }),
      refresh_token: next,
      expires_in: issuer.expiresInSeconds,
    });
  }
  return Object.assign(issuer, { url: `http://127.0.0.1:${server.addr.port}` });
}

/** A login as Codex CLI 0.169.0 writes it, with its refresh token `rt_0`. */
export function cliAuthJson(
  exp: number | undefined,
  change: Record<string, unknown> = {},
): Record<string, unknown> {
  const token = exp === undefined ? fakeJwt() : fakeJwt({ exp });
  return {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: token,
      access_token: token,
      refresh_token: "rt_0",
      oauth_provenance: { issuer: "https://auth.openai.com", client_id: "app_x" },
      login_owner_id: "owner",
      account_id: ACCOUNT_ID,
    },
    last_refresh: "2026-11-22T08:14:34.241850822Z",
    ...change,
  };
}

/** A directory of its own with an `auth.json`, removed at the end of the test. */
export async function withHome(
  content: unknown,
  run: (home: { readonly directory: string; readonly path: string }) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "ccproxy-auth-" });
  const path = `${directory}/auth.json`;
  try {
    if (content !== undefined) {
      const text = typeof content === "string" ? content : JSON.stringify(content, null, 2);
      await Deno.writeTextFile(path, text, { mode: 0o600 });
    }
    await run({ directory, path });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
