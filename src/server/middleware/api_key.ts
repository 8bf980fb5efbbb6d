import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { Problem } from "../../problem.ts";

/**
 * Checks the proxy's own key, when one is set. Both spellings are read: OpenAI's SDKs send a bearer, Anthropic's
 * `x-api-key`.
 *
 * @param key `server.api_key`; "" for none
 * @throws Problem api_key_refused
 */
export async function checkApiKey(headers: Headers, key: string): Promise<void> {
  if (key === "") return;
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const given = [bearer, headers.get("x-api-key") ?? undefined].filter((value) => value !== undefined);
  const wanted = await digest(key);
  let ok = false;
  // Every candidate is compared, whatever came before: the time says nothing about the key.
  for (const candidate of given) ok = timingSafeEqual(await digest(candidate), wanted) || ok;
  if (!ok) {
    throw new Problem(
      "api_key_refused",
      given.length === 0 ? "none was sent" : "it is not the key of this proxy",
      { headers: { "www-authenticate": "Bearer" } },
    );
  }
}

/** Hashes make texts of any length comparable in constant time. */
async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
