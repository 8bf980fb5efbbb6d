/**
 * A small HTTP/1.1 server over node:net for the fakes.
 *
 * Deno.serve cannot do what the tests need: hold the head back, close before it, end a chunked body without its last
 * chunk, or send a TCP reset. Here every byte that leaves is written by the caller.
 */
import net from "node:net";
import type { Buffer } from "node:buffer";

/** One request, read to its end. Header names are in lower case; a repeated header is joined with ", ". */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** The answering side of one request. */
export interface Exchange {
  /** Resolves when the client has closed the connection before the answer was complete. */
  readonly cancelled: Promise<void>;
  isCancelled(): boolean;
  /** Writes status line and headers; without `content-length` the body is chunked. */
  head(status: number, headers: Record<string, string>): void;
  /** Writes these bytes instead of a head. */
  raw(bytes: Uint8Array): Promise<void>;
  /** Writes a piece of the body in one write to the socket; nothing once the client has left. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the answer properly; the connection can serve another request. */
  end(): void;
  /** Closes the connection where it stands: before the head, or in the middle of the body. */
  close(): void;
  /** The same with a TCP reset. */
  reset(): void;
  /** The connection's bytes as they come, from behind the request on: nothing is read as HTTP any more. */
  upgrade(): RawBytes;
}

/** What a client sends after an upgrade. */
export interface RawBytes {
  /** the next bytes; undefined at the end of the connection */
  read(): Promise<Uint8Array | undefined>;
  /** Stops taking bytes from the system, so that the client's writing comes to a halt. */
  pause(): void;
  resume(): void;
}

/** Answers one request; must call end, close or reset, or wait for `cancelled`. */
export type RawHandler = (request: RawRequest, exchange: Exchange) => Promise<void>;

/** A listening server on 127.0.0.1. */
export interface RawServer {
  readonly port: number;
  /** connections that are open now */
  openConnections(): number;
  /** connections accepted since the start: shows whether a client reuses them */
  readonly acceptedConnections: () => number;
  close(): Promise<void>;
}

const encoder = new TextEncoder();

/** Starts the server on a free port of 127.0.0.1. A handler that throws closes the connection and fails `close()`. */
export async function serveRaw(handler: RawHandler): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  const failures: unknown[] = [];
  let accepted = 0;
  const server = net.createServer((socket: net.Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    serveConnection(socket, handler).catch((error: unknown) => {
      failures.push(error);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return {
    port: address.port,
    openConnections: () => sockets.size,
    acceptedConnections: () => accepted,
    async close() {
      const closed = [...sockets].map((socket) =>
        new Promise<void>((resolve) => socket.closed ? resolve() : socket.once("close", () => resolve()))
      );
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Reads request after request from one connection. */
async function serveConnection(socket: net.Socket, handler: RawHandler): Promise<void> {
  const input = createInput(socket);
  for (;;) {
    const request = await readRequest(input, () => socket.write("HTTP/1.1 100 Continue\r\n\r\n"));
    if (request === undefined) return void socket.destroy();
    const exchange = createExchange(socket, input);
    await handler(request, exchange);
    if (!exchange.finished()) return void socket.destroy();
    if (request.headers["connection"] === "close") return void socket.end();
  }
}

interface Input {
  /** bytes up to and including the first blank line; undefined at the end of the connection */
  headBytes(): Promise<Uint8Array | undefined>;
  /** exactly this many bytes; undefined at the end of the connection */
  take(count: number): Promise<Uint8Array | undefined>;
  /** a line without its line end; undefined at the end of the connection */
  line(): Promise<string | undefined>;
  /** whatever is there, at least one byte; undefined at the end of the connection */
  some(): Promise<Uint8Array | undefined>;
  readonly gone: Promise<void>;
  isGone(): boolean;
}

/** Buffers what arrives, so that a client that leaves is seen even while nobody reads. */
function createInput(socket: net.Socket): Input {
  // Grows by doubling: a body of 40 MB comes in a thousand pieces.
  let store = new Uint8Array(64 * 1024);
  let start = 0;
  let end = 0;
  let gone = false;
  let wake = Promise.withResolvers<void>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const leave = () => {
    gone = true;
    resolve();
    wake.resolve();
  };
  socket.on("data", (data: Buffer) => {
    if (end + data.length > store.length) {
      const held = store.subarray(start, end);
      store = new Uint8Array(2 * (held.length + data.length));
      store.set(held);
      [start, end] = [0, held.length];
    }
    store.set(data, end);
    end += data.length;
    wake.resolve();
    wake = Promise.withResolvers<void>();
  });
  socket.on("end", leave);
  socket.on("error", leave);
  socket.on("close", leave);

  /** Takes as many bytes as `find` says of those that are there; waits for more while it says -1. */
  async function until(find: (there: Uint8Array) => number): Promise<Uint8Array | undefined> {
    for (;;) {
      const count = find(store.subarray(start, end));
      if (count >= 0) {
        const taken = store.slice(start, start + count);
        start += count;
        return taken;
      }
      if (gone) return undefined;
      await wake.promise;
    }
  }
  const afterBlankLine = (there: Uint8Array) => {
    for (let i = 3; i < there.length; i++) {
      if (there[i] === 10 && there[i - 1] === 13 && there[i - 2] === 10) return i + 1;
    }
    return -1;
  };
  return {
    gone: promise,
    isGone: () => gone,
    headBytes: () => until(afterBlankLine),
    some: () => until((there) => there.length === 0 ? -1 : there.length),
    take: (count) => until((there) => there.length >= count ? count : -1),
    async line() {
      const bytes = await until((there) => there.indexOf(10) + 1 || -1);
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes).trimEnd();
    },
  };
}

async function readRequest(input: Input, goOn: () => void): Promise<RawRequest | undefined> {
  const headBytes = await input.headBytes();
  if (headBytes === undefined) return undefined;
  const [requestLine = "", ...lines] = new TextDecoder("latin1").decode(headBytes).split("\r\n");
  const [method = "", target = ""] = requestLine.split(" ");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon === -1) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  if (headers["expect"]?.toLowerCase() === "100-continue") goOn();
  const body = headers["transfer-encoding"] === "chunked"
    ? await readChunks(input)
    : await input.take(Number(headers["content-length"] ?? 0));
  if (body === undefined) return undefined;
  const url = new URL(target, "http://fake");
  return { method, path: url.pathname, query: url.searchParams, headers, body };
}

async function readChunks(input: Input): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const size = await input.line();
    if (size === undefined) return undefined;
    const count = Number.parseInt(size, 16);
    const chunk = await input.take(count);
    if (chunk === undefined || await input.line() === undefined) return undefined;
    if (count === 0) return new Uint8Array(await new Blob(chunks).arrayBuffer());
    chunks.push(new Uint8Array(chunk));
  }
}

function createExchange(socket: net.Socket, input: Input): Exchange & { finished(): boolean } {
  let finished = false;
  let chunked = false;
  let cancelled = false;
  const { promise, resolve } = Promise.withResolvers<void>();
  input.gone.then(() => {
    if (finished) return;
    cancelled = true;
    resolve();
  });
  const put = (bytes: Uint8Array) =>
    new Promise<void>((done) => input.isGone() ? done() : void socket.write(bytes, () => done()));
  return {
    cancelled: promise,
    isCancelled: () => cancelled,
    finished: () => finished,
    head(status, headers) {
      chunked = headers["content-length"] === undefined && status !== 204 && status !== 304;
      const lines = [`HTTP/1.1 ${status} X`, ...Object.entries(headers).map(([k, v]) => `${k}: ${v}`)];
      if (chunked) lines.push("transfer-encoding: chunked");
      if (!input.isGone()) socket.write(lines.join("\r\n") + "\r\n\r\n");
    },
    raw: put,
    async write(bytes) {
      if (bytes.length === 0 || input.isGone()) return;
      if (!chunked) return await put(bytes);
      const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
      const framed = new Uint8Array(size.length + bytes.length + 2);
      framed.set(size);
      framed.set(bytes, size.length);
      framed.set([13, 10], size.length + bytes.length);
      await put(framed);
    },
    end() {
      if (finished || input.isGone()) return;
      finished = true;
      if (chunked) socket.write("0\r\n\r\n");
    },
    close() {
      finished = true;
      socket.end();
      socket.destroySoon();
    },
    reset() {
      finished = true;
      socket.resetAndDestroy();
    },
    upgrade: () => ({
      read: input.some,
      pause: () => void socket.pause(),
      resume: () => void socket.resume(),
    }),
  };
}
