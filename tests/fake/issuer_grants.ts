/**
 * The token endpoint: single-use codes bound to their PKCE challenge, rotating refresh tokens
 * (backend.md#code-exchange, #refresh-rotation, #refresh-errors).
 */
import { FAKE_CLIENT_ID } from "./issuer_rules.ts";
import type { Script } from "./script.ts";
import { type FakeTokens, makeSecret, SECRET_MARK } from "./tokens.ts";

type RefreshState = "live" | "expired" | "reused" | "invalidated";

/** Codes and refresh tokens of one issuer. */
export interface Grants {
  makeCode(challenge: string, redirectUri: string): string;
  know(refreshToken: string): void;
  spoil(refreshToken: string, reason: "expired" | "reused" | "invalidated"): void;
  exchange(fields: Record<string, string>, contentType: string): Promise<Script>;
}

const CODE_FIELDS = ["grant_type", "client_id", "code", "redirect_uri", "code_verifier"];

const REFRESH_TEXTS: Record<Exclude<RefreshState, "live">, string> = {
  expired: "Your refresh token has expired. Please try signing in again.",
  reused:
    "Your refresh token has already been used to generate a new access token. Please try signing in again.",
  invalidated: "Your session has ended. Please log in again.",
};

/** Starts with no code and no token; a refresh token of the fakes that was never seen counts as live. */
export function createGrants(
  options: { readonly issue: () => FakeTokens; readonly errorShape: "flat" | "nested" },
): Grants {
  const codes = new Map<string, { challenge: string; redirectUri: string }>();
  const refreshTokens = new Map<string, RefreshState>();

  function refuse(status: number, code: string, message: string): Script {
    return options.errorShape === "flat"
      ? { status, body: { error: code, error_description: message } }
      : { status, body: { error: { message, type: "invalid_request_error", param: null, code } } };
  }

  /** The answer of a login or a refresh, with the fields that the issuer sends. */
  function tokensAnswer(): Script {
    const { id_token, access_token, refresh_token, expires_in } = options.issue();
    return {
      headers: { "cache-control": "no-store" },
      body: {
        access_token,
        expires_in,
        id_token,
        refresh_token,
        scope: "openid profile email offline_access",
        token_type: "Bearer",
      },
    };
  }

  async function redeem(fields: Record<string, string>, contentType: string): Promise<Script> {
    if (!contentType.startsWith("application/x-www-form-urlencoded")) {
      return refuse(400, "invalid_request", "The authorization_code grant must be sent as a form");
    }
    const { code = "", code_verifier: verifier = "", redirect_uri: redirectUri } = fields;
    const wrong = Object.keys(fields).find((name) => !CODE_FIELDS.includes(name)) ??
      CODE_FIELDS.find((name) => fields[name] === undefined);
    if (wrong !== undefined) return refuse(400, "invalid_request", `Unknown or missing field: ${wrong}`);
    const grant = codes.get(code);
    codes.delete(code);
    if (grant === undefined) return refuse(400, "invalid_grant", "The code is unknown, or was used already");
    if (grant.redirectUri !== redirectUri) return refuse(400, "invalid_grant", "The redirect_uri differs");
    if (!/^[A-Za-z0-9._~-]{43,128}$/.test(verifier) || await challengeOf(verifier) !== grant.challenge) {
      return refuse(400, "invalid_grant", "The code_verifier does not match the code_challenge");
    }
    return tokensAnswer();
  }

  function refresh(fields: Record<string, string>): Script {
    const token = fields["refresh_token"] ?? "";
    const isOurs = token.startsWith("rt_") && token.includes(SECRET_MARK);
    const state = refreshTokens.get(token) ?? (isOurs ? "live" : "invalidated");
    if (state !== "live") return refuse(401, `refresh_token_${state}`, REFRESH_TEXTS[state]);
    refreshTokens.set(token, "reused");
    return tokensAnswer();
  }

  return {
    makeCode(challenge, redirectUri) {
      const code = makeSecret("ac");
      codes.set(code, { challenge, redirectUri });
      return code;
    },
    know: (token) => void refreshTokens.set(token, "live"),
    spoil: (token, reason) => void refreshTokens.set(token, reason),
    async exchange(fields, contentType) {
      if (fields["client_id"] !== FAKE_CLIENT_ID) return refuse(401, "invalid_client", "Unknown client");
      switch (fields["grant_type"]) {
        case "authorization_code":
          return await redeem(fields, contentType);
        case "refresh_token":
          return refresh(fields);
        default:
          return refuse(400, "unsupported_grant_type", "Unsupported grant_type");
      }
    },
  };
}

/** The S256 challenge of a verifier (RFC 7636). */
export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return new Uint8Array(digest).toBase64({ alphabet: "base64url", omitPadding: true });
}
