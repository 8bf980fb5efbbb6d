/** How a server proves to the commands of the same user that it is theirs, before they send it a key. */

/** What a server answers to a nonce. */
export interface ServerProof {
  /** where it listens, `127.0.0.1:8000` or `[::1]:8000`: a proof that was fetched from another server names another */
  readonly address: string;
  /** HMAC-SHA-256 over nonce and address, in hex */
  readonly mac: string;
  /** of the process, for people; not part of what is proved */
  readonly pid?: number;
}

/** A nonce that is answered: 16 to 64 bytes in hex. Whatever asks with another one gets no proof. */
const NONCE = /^(?:[0-9a-f]{2}){16,64}$/;

/** A new nonce. @param random fills bytes at random */
export function createNonce(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): string {
  return random(new Uint8Array(32)).toHex();
}

/**
 * The proof of a server that knows the secret.
 *
 * @param secret known to this user alone (src/cli/server_secret.ts)
 * @returns undefined for a nonce of another form
 */
export async function proveServer(
  secret: Uint8Array<ArrayBuffer>,
  nonce: string,
  address: string,
): Promise<ServerProof | undefined> {
  if (!NONCE.test(nonce)) return undefined;
  const mac = await crypto.subtle.sign("HMAC", await keyOf(secret), signed(nonce, address));
  return { address, mac: new Uint8Array(mac).toHex() };
}

/** Whether a proof was made with this secret, for this nonce. Takes the same time for every wrong one. */
export async function isProven(
  secret: Uint8Array<ArrayBuffer>,
  nonce: string,
  { address, mac }: ServerProof,
): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(mac)) return false;
  return await crypto.subtle.verify(
    "HMAC",
    await keyOf(secret),
    Uint8Array.fromHex(mac),
    signed(nonce, address),
  );
}

async function keyOf(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]);
}

/** The first line keeps a proof from being anything else that may once be signed with the secret. */
function signed(nonce: string, address: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`ccproxy server proof 1\n${nonce}\n${address}`);
}
