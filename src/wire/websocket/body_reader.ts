/**
 * The body of an HTTP/1.1 answer, read from the bytes of its connection: what a refused upgrade says.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */

/** Reads one body. */
export interface BodyReader {
  /** Takes the next bytes; true once the body is complete, or has as many bytes as are wanted. */
  read(bytes: Uint8Array): boolean;
  /** What came so far; a body that breaks off, or is none, gives what could be read of it. */
  soFar(): string;
}

/** A line of a chunked body that is longer has no chunk size in it. */
const LINE_BYTES = 1024;

/**
 * A reader for the body behind these headers. Never throws: of an error answer the beginning is worth having.
 *
 * @param limitBytes where it stops
 */
export function createBodyReader(headers: Headers, limitBytes: number): BodyReader {
  const decoder = new TextDecoder();
  let text = "";
  let bytesLeft = limitBytes;
  const keep = (bytes: Uint8Array) => {
    text += decoder.decode(bytes.subarray(0, bytesLeft), { stream: true });
    bytesLeft -= Math.min(bytesLeft, bytes.length);
  };
  const isChunked = /(?:^|,)\s*chunked\s*$/i.test(headers.get("transfer-encoding") ?? "");
  const take = isChunked ? takeChunks(keep) : takeLength(headers.get("content-length"), keep);
  return {
    read: (bytes) => take(bytes) || bytesLeft === 0,
    soFar: () => text + decoder.decode(),
  };
}

type Take = (bytes: Uint8Array) => boolean;

/** A body of a known length; without one it ends with its connection. */
function takeLength(length: string | null, keep: (bytes: Uint8Array) => void): Take {
  let left = length !== null && /^\d{1,15}$/.test(length) ? Number(length) : Infinity;
  return (bytes) => {
    const piece = bytes.subarray(0, Math.min(left, bytes.length));
    left -= piece.length;
    keep(piece);
    return left === 0;
  };
}

function takeChunks(keep: (bytes: Uint8Array) => void): Take {
  /** bytes of the current chunk that are still to come; undefined while its size line is read */
  let left: number | undefined;
  let line = "";
  return (bytes) => {
    for (let at = 0; at < bytes.length;) {
      if (left !== undefined) {
        const piece = bytes.subarray(at, at + left);
        keep(piece);
        at += piece.length;
        left -= piece.length;
        if (left > 0) return false;
        left = undefined;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      if (byte !== 0x0a) {
        line += String.fromCharCode(byte);
        if (line.length > LINE_BYTES) return true;
        continue;
      }
      const size = line.trim().split(";", 1)[0] ?? "";
      line = "";
      // The line end behind a chunk.
      if (size === "") continue;
      if (!/^[0-9a-f]{1,12}$/i.test(size)) return true;
      left = Number.parseInt(size, 16);
      if (left === 0) return true;
    }
    return false;
  };
}
