import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { Problem } from "../../problem.ts";

/** The keys in a request. Both spellings are read: OpenAI's SDKs send a bearer, Anthropic's `x-api-key`. */
export function keysIn(headers: Headers): string[] {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  return [bearer, headers.get("x-api-key") ?? undefined].filter((value) => value !== undefined);
}

/**
 * Whether one of the keys that were sent is the proxy's own.
 *
 * @param key `server.api_key`
 */
export async function isApiKey(given: readonly string[], key: string): Promise<boolean> {
  const wanted = await digest(key);
  let ok = false;
  // Every candidate is compared, whatever came before: the time says nothing about the key.
  for (const candidate of given) ok = timingSafeEqual(await digest(candidate), wanted) || ok;
  return ok;
}

/** What everybody without a right key gets: the same, whatever is wrong with the key. */
export function apiKeyRefused(given: readonly string[]): Problem {
  return new Problem(
    "api_key_refused",
    given.length === 0 ? "none was sent" : "it is not a key of this proxy",
    { headers: { "www-authenticate": "Bearer" } },
  );
}

/** Hashes make texts of any length comparable in constant time. */
async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
