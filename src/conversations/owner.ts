import { sha256Hex } from "../sha256.ts";

/**
 * Whose memory a request sees: a hash of the proxy key it was let in with, so that users of different keys never
 * meet. Without a key everybody is one owner; a key that clients send though none is asked for means nothing.
 *
 * @param key the proxy key of the request; "" for none
 */
export function ownerOf(key: string): string {
  return key === "" ? "" : sha256Hex(`ccproxy owner ${key}`).slice(0, 32);
}

/** An account as it stands next to encrypted reasoning: enough to tell it from another. */
export function accountMark(accountId: string | undefined): string {
  return sha256Hex(`ccproxy account ${accountId ?? ""}`).slice(0, 16);
}
