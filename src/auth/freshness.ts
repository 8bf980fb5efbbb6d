import { minutesText } from "../duration_text.ts";
import type { TokenAuthJson } from "../wire/auth_json.ts";
import { readClaims } from "./claims.ts";

/**
 * An access token with this much life or less is refreshed (backend.md#refresh-when, measured: 6 min no, 4 min yes).
 */
export const REFRESH_MARGIN_MS = 5 * 60_000;

/**
 * A token that does not tell its expiry is refreshed at this age (backend.md#refresh-when, measured: 9 days yes, 1 day
 * no).
 */
export const REFRESH_AGE_MS = 8 * 24 * 60 * 60_000;

/** A clock further off than this is named in messages. Certificates and tokens tolerate less than it. */
const CLOCK_SKEW_LIMIT_MS = 5 * 60_000;

/**
 * - `fresh`: use it
 * - `due`: use it if it must be, refresh it
 * - `expired`: refresh it first
 */
export type Freshness = "fresh" | "due" | "expired";

/** When the access token expires, as far as it or the file tells; undefined for a token that keeps it secret. */
export function expiryOf(json: TokenAuthJson): number | undefined {
  return readClaims(json.tokens.accessToken)?.expiresAtMs ?? json.statedExpiryMs;
}

/** What {@linkcode freshnessOf} judges by. */
export interface TokenAge {
  readonly expiresAtMs: number | undefined;
  readonly lastRefreshMs: number | undefined;
}

/** The age of a login. It costs a decoding of the token, so a caller with many requests keeps it. */
export function ageOf(json: TokenAuthJson): TokenAge {
  return { expiresAtMs: expiryOf(json), lastRefreshMs: json.lastRefreshMs };
}

/**
 * Judges the age of a login.
 *
 * @param nowMs the issuer's time as far as it is known, else the local one
 */
export function freshnessOf({ expiresAtMs, lastRefreshMs }: TokenAge, nowMs: number): Freshness {
  if (expiresAtMs !== undefined) {
    if (expiresAtMs <= nowMs) return "expired";
    return expiresAtMs <= nowMs + REFRESH_MARGIN_MS ? "due" : "fresh";
  }
  return lastRefreshMs !== undefined && nowMs - lastRefreshMs > REFRESH_AGE_MS ? "due" : "fresh";
}

/**
 * A sentence about a clock that is off, or undefined when it is not.
 *
 * @param skewMs issuer's time minus local time
 */
export function describeSkew(skewMs: number | undefined): string | undefined {
  if (skewMs === undefined || Math.abs(skewMs) < CLOCK_SKEW_LIMIT_MS) return undefined;
  return `the clock of this machine is ${minutesText(Math.abs(skewMs))} ${
    skewMs > 0 ? "behind" : "ahead of"
  } the issuer's; set it right`;
}
