/** Reads the head of an HTTP/1.1 message from a socket, as far as the benchmark needs it. */

/** What a message says about itself. */
export interface Head {
  /** request line or status line */
  readonly firstLine: string;
  readonly chunked: boolean;
  /** 0 when there is none */
  readonly contentLength: number;
  /** the peer closes the connection behind this message */
  readonly closes: boolean;
  /** body bytes that came with the head; a view that the next read overwrites */
  readonly bodyBytes: Uint8Array;
}

function headEnd(bytes: Uint8Array, length: number): number {
  for (let at = 3; at < length; at++) {
    if (bytes[at] === 10 && bytes[at - 1] === 13 && bytes[at - 2] === 10 && bytes[at - 3] === 13) {
      return at + 1;
    }
  }
  return -1;
}

const decoder = new TextDecoder("latin1");

/** @returns the head, or undefined when the peer closed before one was complete */
export async function readHead(conn: Deno.Conn, buffer: Uint8Array): Promise<Head | undefined> {
  let length = 0;
  for (;;) {
    const count = await conn.read(buffer.subarray(length));
    if (count === null || count === 0) return undefined;
    length += count;
    const end = headEnd(buffer, length);
    if (end === -1) continue;
    const text = decoder.decode(buffer.subarray(0, end)).toLowerCase();
    return {
      firstLine: decoder.decode(buffer.subarray(0, text.indexOf("\r\n"))),
      chunked: text.includes("\r\ntransfer-encoding: chunked"),
      contentLength: Number(/\r\ncontent-length: *(\d+)/.exec(text)?.[1] ?? 0),
      closes: text.includes("\r\nconnection: close") || / http\/1\.0\r|^http\/1\.0 /.test(text),
      bodyBytes: buffer.subarray(end, length),
    };
  }
}
