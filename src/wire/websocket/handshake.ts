/**
 * The opening handshake of a WebSocket, and what an HTTP server may answer instead. Pure: the key is handed in.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-4
 */

/** The head of an HTTP answer. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Headers;
}

/** Where the handshake's GET goes. */
export interface HandshakeTarget {
  /** with the port where it is not the scheme's own */
  readonly host: string;
  /** with its query */
  readonly path: string;
}

/** Bytes of all heads of an answer together: Cloudflare sends about 2 KB, and 16 KiB is what servers allow. */
export const HEAD_BYTES = 64 * 1024;
/** Answers with a status below 200 that may come in front: early hints. */
const MOST_INFORMATIONAL = 8;
/** What a server adds to the key (RFC 6455, 1.3). */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Header names as HTTP allows them (RFC 9110, 5.6.2). */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The text of the request. No extension is offered: without compression frames are what they say, and the backend's
 * events are small (websocket.md#handshake-headers).
 *
 * @param key 16 random bytes in base64
 * @param headers further ones, all of which the caller means to send
 */
export function handshakeRequest(target: HandshakeTarget, key: string, headers: Headers): string {
  const lines = [
    `GET ${target.path} HTTP/1.1`,
    `Host: ${target.host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    ...[...headers].map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The request for a tunnel through a proxy (RFC 9110, 9.3.6). @param authorization of the proxy, e.g. `Basic …` */
export function tunnelRequest(authority: string, authorization: string | undefined): string {
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** What `sec-websocket-accept` has to be for this key. */
export async function acceptOf(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(key + ACCEPT_GUID));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

/**
 * What is wrong with a 101; undefined when the connection is a WebSocket now.
 *
 * @param accept of {@linkcode acceptOf}
 */
export function switchFault(head: ResponseHead, accept: string): string | undefined {
  const { headers } = head;
  if (!tokensOf(headers.get("upgrade")).includes("websocket")) return "it upgraded to something else";
  if (!tokensOf(headers.get("connection")).includes("upgrade")) return "its connection header has no upgrade";
  if (headers.get("sec-websocket-accept") !== accept) return "its accept key is wrong";
  const extensions = headers.get("sec-websocket-extensions");
  if (extensions !== null && extensions !== "") return "it granted an extension that was not offered";
  if (headers.has("sec-websocket-protocol")) return "it chose a protocol that was not offered";
  return undefined;
}

/** The entries of a list header, in lower case. */
function tokensOf(value: string | null): string[] {
  return (value ?? "").toLowerCase().split(",").map((token) => token.trim());
}

/** A head that is complete, with the bytes behind it; or what is wrong with it. */
export type HeadReading =
  | { readonly head: ResponseHead; readonly rest: Uint8Array }
  | { readonly fault: string };

/** Reads the head of an answer from bytes as they come. */
export interface HeadReader {
  /** undefined while the head is not complete */
  read(bytes: Uint8Array): HeadReading | undefined;
}

/** A reader of one head. Informational answers in front of it are passed over. */
export function createHeadReader(): HeadReader {
  let held = new Uint8Array(0);
  let searched = 0;
  let taken = 0;
  let informational = 0;
  return {
    read(bytes) {
      const joined = new Uint8Array(held.length + bytes.length);
      joined.set(held);
      joined.set(bytes, held.length);
      held = joined;
      for (;;) {
        const end = headEnd(held, searched);
        if (end === undefined) {
          if (taken + held.length > HEAD_BYTES) return { fault: `headers of more than ${HEAD_BYTES} bytes` };
          searched = Math.max(0, held.length - 3);
          return undefined;
        }
        if (taken + end > HEAD_BYTES) return { fault: `headers of more than ${HEAD_BYTES} bytes` };
        const head = parseHead(new TextDecoder("latin1").decode(held.subarray(0, end)));
        if (typeof head === "string") return { fault: head };
        const isFinal = head.status >= 200 || head.status === 101;
        if (isFinal) return { head, rest: held.slice(end) };
        if (++informational > MOST_INFORMATIONAL) return { fault: "informational answers without end" };
        held = held.slice(end);
        taken += end;
        searched = 0;
      }
    },
  };
}

/** The index behind the first blank line; undefined without one. */
function headEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = bytes.indexOf(0x0a, from); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return at + 3;
  }
  return undefined;
}

function parseHead(text: string): ResponseHead | string {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return "no HTTP/1.1 answer";
  const headers = new Headers();
  for (const line of lines) {
    if (line === "") break;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    const value = line.slice(colon + 1).trim();
    // deno-lint-ignore no-control-regex
    if (!NAME.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return "a header line that is none";
    headers.append(name, value);
  }
  return { status: Number(status), headers };
}
