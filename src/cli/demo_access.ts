import type { Access, RefreshableAccess } from "../auth/access_source.ts";
import type { CredentialState } from "../auth/credential_state.ts";
import { DEMO_TOKEN } from "../demo/demo_fetch.ts";
import { Problem } from "../problem.ts";

/** What the demo has in the place of a login. */
const ACCESS: Access = {
  token: DEMO_TOKEN,
  accountId: DEMO_TOKEN,
  fedramp: false,
  plan: DEMO_TOKEN,
  expiresAtMs: undefined,
};

const STATE: CredentialState = {
  kind: "signed_in",
  usable: true,
  source: "env",
  location: "the demo",
  form: undefined,
  email: "none: the demo answers, without a login",
  plan: undefined,
  accountId: undefined,
  userId: undefined,
  fedramp: false,
  expiresAtMs: undefined,
  lastRefreshMs: undefined,
  hasRefreshToken: false,
  unsavable: undefined,
  maskedToken: undefined,
  skewMs: undefined,
  warnings: [],
  problem: undefined,
  command: undefined,
  shared: false,
};

/** The access of `serve --demo`: it reads no file, asks nobody, and its token opens nothing. */
export function createDemoAccess(): RefreshableAccess {
  const source = {
    get: () => Promise.resolve(ACCESS),
    renew: () => Promise.reject(new Problem("no_credentials", "the demo has no login that could be renewed")),
  };
  return {
    ...source,
    whenSavable: source,
    accountId: () => Promise.resolve(ACCESS.accountId),
    peek: () => Promise.resolve(STATE),
    inspect: () => Promise.resolve(STATE),
    refresh: source.renew,
    idle: () => Promise.resolve(),
  };
}
