/** Access tokens of a workspace, and whose they are (backend.md#access-token-credential). */
import type { Script } from "./script.ts";
import { FAKE_ACCOUNT_ID, makeSecret, type TokenFacts } from "./tokens.ts";

/** The path of the question below an issuer. */
export const WHOAMI = "/api/accounts/v1/user-auth-credential/whoami";

/** The access tokens of one issuer. */
export interface AccessTokens {
  /** A token that works: `at-…`. Its plan is `business` by default. */
  make(facts?: TokenFacts): string;
  /** From now on this token is refused with the code. */
  end(token: string, code: "token_revoked" | "token_expired"): void;
  whoami(request: { readonly headers: Record<string, string>; readonly bodyText: string }): Script;
}

/** Starts with no token. */
export function createAccessTokens(): AccessTokens {
  const tokens = new Map<string, { readonly facts: TokenFacts; ended?: string }>();
  const refuse = (code: string): Script => ({
    status: 401,
    body: { error: { message: `Access token: ${code}`, type: "invalid_request_error", param: null, code } },
  });
  return {
    make(facts = {}) {
      const token = makeSecret("at").replace("at_", "at-");
      tokens.set(token, { facts });
      return token;
    },
    end: (token, code) => void tokens.set(token, { facts: tokens.get(token)?.facts ?? {}, ended: code }),
    whoami({ headers, bodyText }) {
      if (bodyText !== "") return { status: 400, body: { detail: "no body expected" } };
      const [, token = ""] = /^Bearer (at-[\w-]+)$/.exec(headers["authorization"] ?? "") ?? [];
      const known = tokens.get(token);
      if (known === undefined) return refuse("invalid_access_token");
      if (known.ended !== undefined) return refuse(known.ended);
      const { email, userId, accountId, plan, fedramp } = known.facts;
      return {
        body: {
          email: email ?? "person@example.com",
          chatgpt_user_id: userId ?? "user-fakePerson00000000000000",
          chatgpt_account_id: accountId ?? FAKE_ACCOUNT_ID,
          chatgpt_plan_type: plan ?? "business",
          chatgpt_account_is_fedramp: fedramp ?? false,
        },
      };
    },
  };
}
