import { ignore } from "../ignore.ts";
import type { TokenAuthJson } from "../wire/auth_json.ts";
import { credentialFault } from "../wire/credential_fault.ts";
import { type CredentialPlace, newTokenFix } from "./credential_place.ts";
import type { CredentialStore, Snapshot } from "./credential_store.ts";
import type { LearnSecrets } from "./read_login.ts";
import type { SaveFault } from "./save_fault.ts";
import type { WhoamiAnswer } from "./whoami.ts";

type TokenPlace = Extract<CredentialPlace, { kind: "token" }>;

/** How long a refusal counts before the issuer is asked again: a workspace may allow a token later. */
const REFUSED_MS = 60_000;
/** How long a failure counts: requests that come meanwhile do not ask as well. */
const UNAVAILABLE_MS = 5_000;

/**
 * An access token of the environment. The issuer is asked once whose it is, and again after the backend refused it.
 * Nothing of it is ever written, and nobody can refresh it.
 *
 * @param ask asks the issuer
 * @param learn told the token before anything else happens
 */
export function createAccessTokenStore(
  place: TokenPlace,
  { ask, now, learn }: {
    readonly ask: () => Promise<WhoamiAnswer>;
    readonly now: () => number;
    readonly learn: LearnSecrets;
  },
): CredentialStore {
  learn(place.token);
  const why = accessTokenFault(place.token);
  const unsavable: SaveFault = {
    why: `the access token in ${place.variable} cannot be refreshed`,
    fix: newTokenFix(place.variable),
  };
  let known: { readonly snapshot: Snapshot; readonly untilMs: number } | undefined;
  let flight: Promise<Snapshot> | undefined;

  async function askOnce(): Promise<Snapshot> {
    const answer = await ask();
    // The issuer's own trouble takes nothing back that it has said before.
    if (answer.kind === "unavailable" && known?.snapshot.file.kind === "read") return known.snapshot;
    const snapshot = snapshotOf(place, answer);
    const keptMs = answer.kind === "account"
      ? Infinity
      : answer.kind === "refused"
      ? REFUSED_MS
      : UNAVAILABLE_MS;
    known = { snapshot, untilMs: now() + keptMs };
    return snapshot;
  }

  function load(again: boolean): Promise<Snapshot> {
    if (why !== undefined) return Promise.resolve(unusable(why));
    if (!again && known !== undefined && now() < known.untilMs) return Promise.resolve(known.snapshot);
    flight ??= askOnce().finally(() => flight = undefined);
    return flight;
  }

  return {
    place,
    read: () => load(false),
    reread: () => load(true),
    takeTurn: () => Promise.resolve({ kind: "held", lock: { release: ignore } }),
    prepareSave: () =>
      Promise.resolve({
        fault: unsavable,
        save: (old) => Promise.resolve({ json: old, unsaved: unsavable.why }),
        discard: () => Promise.resolve(),
      }),
    proveSave: () => Promise.resolve(unsavable),
    fault: () => unsavable,
    saveAtEnd: () => Promise.resolve(),
  };
}

/** Why a text is no access token that can be sent, as a clause that never quotes it. */
function accessTokenFault(token: string): string | undefined {
  const fault = credentialFault(token);
  if (fault !== undefined) return `it ${fault}`;
  return token.startsWith("at-")
    ? undefined
    : 'it does not begin with "at-", as access tokens of a workspace do';
}

function unusable(why: string): Snapshot {
  const json = { kind: "unusable", why, document: {} } as const;
  return { file: { kind: "read", json, modeBits: undefined }, unsaved: undefined };
}

function snapshotOf({ token, variable }: TokenPlace, answer: WhoamiAnswer): Snapshot {
  switch (answer.kind) {
    case "account": {
      const { facts } = answer;
      const json: TokenAuthJson = {
        kind: "tokens",
        form: "nested",
        tokens: {
          accessToken: token,
          refreshToken: undefined,
          idToken: undefined,
          accountId: facts.accountId,
        },
        lastRefreshMs: undefined,
        statedExpiryMs: undefined,
        facts,
        document: {},
      };
      return { file: { kind: "read", json, modeBits: undefined }, unsaved: undefined };
    }
    case "refused": {
      const why = `the access token in ${variable} ${answer.detail}`;
      return { file: { kind: "refused", why, fix: newTokenFix(variable) }, unsaved: undefined };
    }
    case "unavailable": {
      const why = `the issuer could not be asked about the access token in ${variable}: ${answer.detail}`;
      const fix = answer.fix ?? "Try again in a few moments";
      return { file: { kind: "unavailable", why, fix }, unsaved: undefined };
    }
    default:
      return answer satisfies never;
  }
}
