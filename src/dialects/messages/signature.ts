import { type JsonObject, textAt } from "../../wire/json.ts";

/**
 * Encrypted reasoning in the place that the Messages API has for such a thing: the `signature` of a thinking block,
 * or the `data` of a redacted one. Clients send both back untouched with the history.
 *
 * The mark in front tells ours from those of Anthropic's own models, which a client that changed its model in the
 * middle of a conversation sends as well: the backend would refuse them.
 */
const MARK = "ccproxy:";

/** The encrypted content of a reasoning item as a signature; undefined for an item that has none. */
export function signatureOf(item: JsonObject): string | undefined {
  const encrypted = textAt(item, "encrypted_content");
  return encrypted === undefined || encrypted === "" ? undefined : MARK + encrypted;
}

/** The encrypted reasoning in a signature; undefined for one that is not ours. */
export function fromSignature(signature: unknown): string | undefined {
  return typeof signature === "string" && signature.startsWith(MARK)
    ? signature.slice(MARK.length)
    : undefined;
}
