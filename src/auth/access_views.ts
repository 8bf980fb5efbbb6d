import type { TokenAuthJson } from "../wire/auth_json.ts";
import type { Access, Routing } from "./access_source.ts";
import { claimsOfFile } from "./claims.ts";
import { ageOf, type TokenAge } from "./freshness.ts";

/** A login as it is used. */
export interface View {
  readonly json: TokenAuthJson;
  readonly age: TokenAge;
  readonly access: Access;
}

/** What has been done for the request that an access was given to. */
export interface Trail {
  readonly refreshed: boolean;
  readonly waited: boolean;
}

/** What the tokens of a login say, decoded once for all requests that use them. */
export interface AccessViews {
  view(json: TokenAuthJson): View;
  toAccess(json: TokenAuthJson): Promise<Access>;
  /** An access of one request's own, which remembers what has been done for it. */
  tracked(json: TokenAuthJson, trail: Trail): Promise<Access>;
  trailOf(access: Access): Trail;
}

/** @param routingOf looks up where requests of an account go */
export function createAccessViews(
  routingOf: ((access: Access) => Promise<Routing | "refused" | undefined>) | undefined,
): AccessViews {
  const trails = new WeakMap<Access, Trail>();
  let viewed: View | undefined;

  function view(json: TokenAuthJson): View {
    if (viewed?.json !== json) {
      const { accountId, fedramp, plan } = claimsOfFile(json);
      const age = ageOf(json);
      const { expiresAtMs } = age;
      viewed = {
        json,
        age,
        access: { token: json.tokens.accessToken, accountId, fedramp, plan, expiresAtMs },
      };
    }
    return viewed;
  }

  async function toAccess(json: TokenAuthJson): Promise<Access> {
    const { access } = view(json);
    const routing = await routingOf?.(access);
    if (routing === "refused") return { ...access, refused: true };
    return routing === undefined ? access : { ...access, routing };
  }

  async function tracked(json: TokenAuthJson, trail: Trail): Promise<Access> {
    const access = { ...await toAccess(json) };
    trails.set(access, trail);
    return access;
  }

  return { view, toAccess, tracked, trailOf: (access) => trails.get(access) ?? NOTHING_DONE };
}

const NOTHING_DONE: Trail = { refreshed: false, waited: false };
