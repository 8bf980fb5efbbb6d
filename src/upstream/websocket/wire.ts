/** What WebSockets to the backend need of the system; all of it is handed in (src/cli/raw_sockets.ts). */

/** One connection of bytes; a `Deno.Conn` is one. */
export interface Wire {
  /** Fills the buffer; null at the end. @throws when the connection broke or was closed here */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Takes some of the bytes, as soon as there is room for them. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes both directions; a read or a write that waits fails. */
  close(): void;
}

/** A connection that is not encrypted yet. */
export interface TcpWire extends Wire {
  /**
   * Goes on with TLS, with HTTP/1.1 as the only protocol: a WebSocket cannot begin within HTTP/2. This wire must not be
   * used any more, other than to close it.
   *
   * @throws when there is no valid certificate for the host
   */
  startTls(hostname: string): Promise<Wire>;
}

/** A host and a port, an IPv6 address without brackets. */
export interface Place {
  readonly hostname: string;
  readonly port: number;
}

/** The way to a connection. */
export interface Network {
  connect(place: Place): Promise<TcpWire>;
  /** the proxy that this address is reached through, with its credentials; undefined for none */
  proxyFor(url: URL): string | undefined;
}

/** Calls back once after a time in milliseconds; returns what prevents that. */
export type After = (delayMs: number, run: () => void) => () => void;

/** So many bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array;

/** Writes all of it. @throws when the connection broke */
export async function writeAll(wire: Wire, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await wire.write(bytes.subarray(at));
}
