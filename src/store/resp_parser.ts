import { BOUNDS, NESTING_LIMIT, sizeText } from "../bounds.ts";
import type { Reply } from "./resp.ts";

/** @throws Error for a text that is no whole number */
function wholeNumber(text: string): number {
  if (!/^[+-]?\d{1,18}$/.test(text)) throw notRedis();
  return Number(text);
}

function notRedis(): Error {
  return new Error("the server does not speak the protocol of Redis");
}

/**
 * Reads replies from pieces of bytes, however they are cut. Every byte is looked at once, also of large replies.
 *
 * @returns takes a piece; throws Error for what is no reply, or a larger one than `BOUNDS.redisReply`
 */
export function createParser(onReply: (reply: Reply) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  /** lists that are not complete, the outermost first */
  const open: { readonly list: Reply[]; readonly count: number }[] = [];
  let pieces: Uint8Array[] = [];
  let held = 0;
  /** bytes that have to be there before the next token can be */
  let needed = 1;
  /** of the reply that is not complete, as far as it has been taken in */
  let replyBytes = 0;

  function deliver(reply: Reply): void {
    let value = reply;
    for (;;) {
      const inner = open.at(-1);
      if (inner === undefined) {
        replyBytes = 0;
        return onReply(value);
      }
      inner.list.push(value);
      if (inner.list.length < inner.count) return;
      open.pop();
      value = inner.list;
    }
  }

  /** Takes the token that begins at `at`; gives where it ends, undefined when it is not there as a whole. */
  function token(buffer: Uint8Array, at: number): number | undefined {
    const lineEnd = buffer.indexOf(0x0a, at);
    if ((lineEnd === -1 ? buffer.length : lineEnd) - at > BOUNDS.redisLine.bytes) {
      throw new Error(`the server sent more than ${sizeText(BOUNDS.redisLine.bytes)} in one line`);
    }
    if (lineEnd === -1) {
      needed = buffer.length - at + 1;
      return undefined;
    }
    const line = decoder.decode(buffer.subarray(at + 1, lineEnd - 1));
    const end = lineEnd + 1;
    const kind = String.fromCharCode(buffer[at] ?? 0);
    const count = "$*:".includes(kind) ? wholeNumber(line) : 0;
    replyBytes += end - at + (kind === "$" ? Math.max(0, count) : 0);
    if (replyBytes > BOUNDS.redisReply.bytes || open.length > NESTING_LIMIT) {
      throw new Error(`the server sent more than ${sizeText(BOUNDS.redisReply.bytes)} in one reply`);
    }
    if (kind === "$" && count >= 0) {
      const textEnd = end + count;
      if (buffer.length < textEnd + 2) {
        needed = textEnd + 2 - at;
        replyBytes -= end - at + count;
        return undefined;
      }
      deliver(decoder.decode(buffer.subarray(end, textEnd)));
      return textEnd + 2;
    }
    if (kind === "*" && count > 0) open.push({ list: [], count });
    else if (kind === "*" && count === 0) deliver([]);
    else if (kind === "$" || kind === "*") deliver(null);
    else if (kind === "+") deliver(line);
    else if (kind === "-") deliver({ error: line });
    else if (kind === ":") deliver(count);
    else throw notRedis();
    return end;
  }

  return (bytes) => {
    pieces.push(bytes);
    held += bytes.length;
    if (held < needed) return;
    const buffer = new Uint8Array(held);
    let filled = 0;
    for (const piece of pieces) {
      buffer.set(piece, filled);
      filled += piece.length;
    }
    needed = 1;
    let at = 0;
    while (at < buffer.length) {
      const end = token(buffer, at);
      if (end === undefined) break;
      at = end;
    }
    pieces = [buffer.subarray(at)];
    held = buffer.length - at;
  };
}
