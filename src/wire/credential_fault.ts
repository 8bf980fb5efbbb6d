/**
 * Why a credential cannot be sent, or undefined for a good one. Credentials travel in headers, so each character is a
 * visible one of ASCII (RFC 9110 section 5.5, RFC 6750 section 2.1). The runtime's own error would quote the value.
 *
 * @returns what follows the name of the credential: `has a line break …`. Never quotes it.
 *
 * @example
 * ```ts
 * credentialFault("abc\ndef"); // has a line break at character 4 of 7, as a secret that was wrapped: …
 * ```
 */
export function credentialFault(text: string): string | undefined {
  const at = text.search(/[^!-~]/);
  const found = text[at];
  if (found === undefined) return undefined;
  const place = `at character ${at + 1} of ${text.length}`;
  if (found === "\n" || found === "\r") {
    return `has a line break ${place}, like a secret that was wrapped: it must be one line without white space`;
  }
  if (/\s/.test(found)) return `has white space ${place}: it must be one word`;
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f-\x9f]/.test(found)) return `has a control character ${place}`;
  return `has a character that is not ASCII ${place}`;
}
