/** Proof Key for Code Exchange: the login's secret and what of it may be shown. */
export interface Pkce {
  /** stays here until the code is exchanged; 86 characters */
  readonly codeVerifier: string;
  /** goes into the authorize URL; 43 characters */
  readonly codeChallenge: string;
}

/** Number of random bytes in a verifier, and in a state, as the Codex CLI uses them (backend.md#pkce-lengths). */
export const VERIFIER_BYTES = 64;
/** See {@linkcode VERIFIER_BYTES}. */
export const STATE_BYTES = 32;

/**
 * The verifier made of random bytes, and its S256 challenge.
 *
 * @param random fresh random bytes, {@linkcode VERIFIER_BYTES} of them
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.1 and section-4.2
 */
export async function pkceFrom(random: Uint8Array<ArrayBuffer>): Promise<Pkce> {
  const codeVerifier = base64url(random);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  return { codeVerifier, codeChallenge: base64url(new Uint8Array(digest)) };
}

/** Random bytes as an opaque text for a URL: for `state`, and for `login_owner_id`. */
export function opaqueText(random: Uint8Array): string {
  return base64url(random);
}

/** Fresh bytes from Web Crypto. */
export function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(count));
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
