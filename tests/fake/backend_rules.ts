/** What the fake backend refuses before it looks at a body: the access (backend.md#error-bodies). The rest is src/demo/. */
import type { BodyRules } from "../../src/demo/body_rules.ts";
import { detail, type Refusal } from "../../src/demo/refusal.ts";
import type { FakeModel } from "./catalogue.ts";
import { readFakeToken } from "./tokens.ts";

/** What decides besides the request itself. */
export interface Rules extends BodyRules {
  readonly models: readonly FakeModel[];
  readonly nowMs: number;
  /** tokens made elsewhere that count as valid; none by default */
  readonly accepts: (token: string) => boolean;
  /** tokens that were valid once */
  readonly revoked: ReadonlySet<string>;
}

/** Checks token and account id. */
export function refuseAccess(headers: Record<string, string>, rules: Rules): Refusal | undefined {
  const token = /^Bearer (.+)$/.exec(headers["authorization"] ?? "")?.[1];
  const account = headers["chatgpt-account-id"];
  if (token === undefined || account === undefined) return detail("Unauthorized", 401);
  if (rules.revoked.has(token)) {
    return tokenRefusal("token_revoked", "Encountered invalidated oauth token for user");
  }
  if (rules.accepts(token)) return undefined;
  const known = readFakeToken(token);
  if (known === undefined || known.accountId !== account) return detail("Unauthorized", 401);
  return known.expiresAtMs > rules.nowMs
    ? undefined
    : tokenRefusal("token_expired", "Provided authentication token is expired. Please try signing in again.");
}

function tokenRefusal(code: string, message: string): Refusal {
  return { status: 401, body: { error: { message, type: null, code, param: null }, status: 401 } };
}
