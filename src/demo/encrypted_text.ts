import { sha256Hex } from "../sha256.ts";

/** How the stand-in's encrypted parts begin: like the backend's, and told apart from them. */
const PREFIX = "gAAAAABdemo";
const HALF = 32;

/** What stands for encrypted thoughts, or for a compacted conversation. It holds nothing. */
export function encryptedText(seed: string): string {
  const half = sha256Hex(seed).slice(0, HALF);
  return PREFIX + half + sha256Hex(half).slice(0, HALF);
}

/** True for what {@linkcode encryptedText} made; what the real backend encrypted is refused, as it would refuse ours. */
export function isOwnEncrypted(text: string): boolean {
  const half = text.slice(PREFIX.length, PREFIX.length + HALF);
  return text.startsWith(PREFIX) && text.slice(PREFIX.length + HALF) === sha256Hex(half).slice(0, HALF);
}
