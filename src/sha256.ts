/**
 * SHA-256 of a text as 64 hex digits, at once: Web Crypto only promises one.
 *
 * The module is loaded at the first use, not at the start of the program: importing `node:crypto` costs about 20 ms.
 */
export function sha256Hex(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
}
