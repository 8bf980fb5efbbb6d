import { wordSh } from "../quote.ts";
import { directoryOf } from "../directory_of.ts";
import { BOUNDS } from "../bounds.ts";
import { readTextFileLimited } from "../read_limited.ts";
import { parse as parseToml } from "@std/toml/parse";
import { claimsOfFile } from "./claims.ts";
import { type CredentialPlace, newTokenFix, placeName, variableOf } from "./credential_place.ts";
import type { Snapshot } from "./credential_store.ts";
import { describeSkew, expiryOf } from "./freshness.ts";
import { type SaveFault, unsavableText } from "./save_fault.ts";

/**
 * What is known about the login without any network; of an access token, what the issuer said when it was asked.
 *
 * - `signed_in`: the access token can be used (also when nobody knows its expiry)
 * - `expired_refreshable`: it has expired, the next request refreshes it
 * - `expired`: it has expired and cannot be refreshed
 * - `refused`: it has expired (or was refused) and the issuer refused to refresh it; an access token has ended
 * - `unavailable`: the issuer could not be asked whose an access token is
 * - `signed_out`: no login at the place
 * - `api_key_mode`, `other_mode`: the file holds a login of another kind
 * - `keyring`: the Codex CLI keeps its login in the system's keyring, where this program cannot read
 * - `unusable`: a token or the account id cannot be sent, such as a token with a line break
 * - `corrupt`: the file is not what it should be
 * - `unreadable`: the file cannot be read by this user, or with this program's permissions
 */
export type CredentialKind =
  | "signed_in"
  | "expired_refreshable"
  | "expired"
  | "refused"
  | "unavailable"
  | "signed_out"
  | "api_key_mode"
  | "other_mode"
  | "keyring"
  | "unusable"
  | "corrupt"
  | "unreadable";

/** Facts for `auth status`, `auth openai-info`, `doctor` and `/health/ready`. Holds no token. */
export interface CredentialState {
  readonly kind: CredentialKind;
  /** true for `signed_in` and `expired_refreshable`: a request may be tried */
  readonly usable: boolean;
  readonly source: CredentialPlace["kind"];
  /** path of the file, or the name of the environment variable in words */
  readonly location: string;
  readonly form: "nested" | "flat" | undefined;
  readonly email: string | undefined;
  /** as the issuer spells it: `plus` */
  readonly plan: string | undefined;
  readonly accountId: string | undefined;
  readonly userId: string | undefined;
  readonly fedramp: boolean;
  readonly expiresAtMs: number | undefined;
  readonly lastRefreshMs: number | undefined;
  readonly hasRefreshToken: boolean;
  /** why refreshed tokens cannot be kept; undefined when they can be, and where that has not been tried yet */
  readonly unsavable: SaveFault | undefined;
  /** the first characters of the access token, which are the same for all, and its length */
  readonly maskedToken: string | undefined;
  /** the issuer's clock minus the local one, where the issuer has been asked */
  readonly skewMs: number | undefined;
  /** things that work and should be fixed; each one sentence without a full stop */
  readonly warnings: readonly string[];
  /** what is wrong, when something is; one sentence without a full stop */
  readonly problem: string | undefined;
  /** the exact command that fixes it, or a sentence where no command does */
  readonly command: string | undefined;
  /** the Codex CLI uses the same file */
  readonly shared: boolean;
}

const LOGIN = "ccproxy auth login-openai";

/** What the running process knows besides the file. */
export interface Known {
  /** the issuer's clock minus the local one */
  readonly skewMs?: number | undefined;
  /** why new tokens cannot be saved, as far as that has been tried */
  readonly fault?: SaveFault | undefined;
  /** refusal of exactly this refresh token */
  readonly refused?: { readonly refreshToken: string; readonly detail: string } | undefined;
  /** `cli_auth_credentials_store` of the Codex CLI's config.toml */
  readonly cliStore?: string | undefined;
}

/** Judges a snapshot of the credentials. Pure. */
export function describeCredentials(
  place: CredentialPlace,
  snapshot: Snapshot,
  nowMs: number,
  known: Known = {},
): CredentialState {
  const location = placeName(place);
  const login = loginCommand(place);
  const nothing = {
    usable: false,
    source: place.kind,
    location,
    form: undefined,
    email: undefined,
    plan: undefined,
    accountId: undefined,
    userId: undefined,
    fedramp: false,
    expiresAtMs: undefined,
    lastRefreshMs: undefined,
    hasRefreshToken: false,
    unsavable: undefined,
    maskedToken: undefined,
    skewMs: known.skewMs,
    warnings: modeWarnings(place, snapshot),
    command: login,
    shared: place.kind === "file" && place.own !== true,
  } as const;
  const { file } = snapshot;
  if (file.kind === "missing") {
    if (known.cliStore === "keyring" || known.cliStore === "auto") {
      const problem = `there is no ${location}: the Codex CLI keeps its login in the system keyring ` +
        `(cli_auth_credentials_store = "${known.cliStore}"), which ccproxy cannot read`;
      return { ...nothing, kind: "keyring", problem };
    }
    const link = file.link === undefined ? "" : `: it is a link to ${file.link}, which is not there`;
    return { ...nothing, kind: "signed_out", problem: `there is no ${location}${link}` };
  }
  if (file.kind === "unreadable") {
    const problem = `${location} cannot be read: ${file.why}`;
    return { ...nothing, kind: "unreadable", problem, command: file.fix };
  }
  if (file.kind !== "read") {
    return { ...nothing, kind: file.kind, problem: file.why, command: file.fix };
  }
  const { json } = file;
  switch (json.kind) {
    case "corrupt":
      return { ...nothing, kind: "corrupt", problem: `${location} is not a credentials file: ${json.why}` };
    case "unusable":
      return { ...nothing, kind: "unusable", problem: `${location} cannot be used: ${json.why}` };
    case "empty":
      return { ...nothing, kind: "signed_out", problem: `${location} holds no login` };
    case "api_key": {
      const problem = `${location} holds an API key of the Codex CLI, not a ChatGPT login`;
      return { ...nothing, kind: "api_key_mode", problem };
    }
    case "other_mode": {
      const problem = `${location} holds a login of the kind ${
        JSON.stringify(json.mode)
      }, which ccproxy cannot use`;
      return { ...nothing, kind: "other_mode", problem };
    }
    case "tokens":
      break;
    default:
      json satisfies never;
  }
  const { tokens } = json;
  const claims = claimsOfFile(json);
  const expiresAtMs = expiryOf(json);
  const expired = expiresAtMs !== undefined && expiresAtMs <= nowMs + (known.skewMs ?? 0);
  const hasRefreshToken = tokens.refreshToken !== undefined;
  const refused = known.refused !== undefined && known.refused.refreshToken === tokens.refreshToken;
  const kind = !expired
    ? "signed_in"
    : refused
    ? "refused"
    : hasRefreshToken
    ? "expired_refreshable"
    : "expired";
  const warnings = [...nothing.warnings];
  const unsavable = hasRefreshToken ? known.fault : undefined;
  if (snapshot.unsaved !== undefined) warnings.push(snapshot.unsaved);
  else if (unsavable !== undefined) warnings.push(unsavableText(unsavable));
  if (refused && !expired) {
    warnings.push(`the login cannot be refreshed: ${known.refused?.detail ?? "refused"}`);
  }
  if (!expired && !hasRefreshToken && place.kind !== "token") {
    warnings.push("there is no refresh token, so the login ends with its access token");
  }
  const skew = describeSkew(known.skewMs);
  if (skew !== undefined) warnings.push(skew);
  return {
    ...nothing,
    kind,
    usable: kind === "signed_in" || kind === "expired_refreshable",
    form: place.kind === "token" ? undefined : json.form,
    email: claims.email,
    plan: claims.plan,
    accountId: claims.accountId,
    userId: claims.userId,
    fedramp: claims.fedramp,
    expiresAtMs,
    lastRefreshMs: json.lastRefreshMs,
    hasRefreshToken,
    unsavable,
    maskedToken: `${tokens.accessToken.slice(0, 3)}… (${tokens.accessToken.length} characters)`,
    warnings,
    problem: kind === "expired"
      ? "the access token has expired and there is no refresh token"
      : kind === "refused"
      ? known.refused?.detail
      : undefined,
    // A login that still works is replaced only when that is said.
    command: kind === "expired" || kind === "refused" ? login : refused ? `${login} --force` : undefined,
  };
}

/** What signs in, or what else gives a login. What a variable holds wins over any file, so a login alone changes nothing. */
function loginCommand(place: CredentialPlace): string {
  switch (place.kind) {
    case "file":
      return LOGIN;
    case "env":
      return `unset ${variableOf(place)}; ${LOGIN}`;
    case "token":
      return newTokenFix(place.variable);
    default:
      return place satisfies never;
  }
}

function modeWarnings(place: CredentialPlace, snapshot: Snapshot): string[] {
  if (place.kind !== "file" || snapshot.file.kind !== "read") return [];
  const bits = snapshot.file.modeBits;
  if (bits === undefined || (bits & 0o077) === 0) return [];
  const mode = bits.toString(8).padStart(4, "0");
  return [`other users may open ${place.path} (mode ${mode}); run "chmod 600 ${wordSh(place.path)}"`];
}

/**
 * Where the Codex CLI of this directory keeps its login: `cli_auth_credentials_store` in the `config.toml` next to
 * the credentials file; undefined when that says nothing. Never throws.
 *
 * @see backend.md#credentials-store
 */
export async function readCliStore(place: CredentialPlace): Promise<string | undefined> {
  if (place.kind !== "file") return undefined;
  try {
    const settings = parseToml(
      await readTextFileLimited(`${directoryOf(place.path)}/config.toml`, BOUNDS.cliConfig),
    );
    const store = settings["cli_auth_credentials_store"];
    return typeof store === "string" ? store : undefined;
  } catch {
    return undefined;
  }
}
