import type { Environment } from "../config/environment.ts";
import { proxyOf } from "../config/proxy_of.ts";
import type { Network } from "../upstream/websocket/wire.ts";

/** A WebSocket begins within HTTP/1.1; without this Cloudflare may choose HTTP/2, which has no upgrade. */
const ALPN = ["http/1.1"];

/**
 * The connections that WebSockets to the backend are made of, the only ones that are neither `fetch` nor the store's.
 * {@linkcode proxyOf} decides about the proxy, as for `fetch`; what is not encrypted only leads to this machine, or to
 * the proxy. Not `new WebSocket()`, which hides the answer to the upgrade, nor `node:https`, which reads without bound
 * (deno.md#websocket-client).
 *
 * Certificates: `DENO_CERT` and `NODE_EXTRA_CA_CERTS` count as they do for `fetch`, and so does the system's store with
 * `DENO_TLS_CA_STORE=system` (measured with Deno 2.9.6).
 */
export function createRawSockets(env: Environment): Network {
  return {
    async connect(place) {
      const connection = await Deno.connect(place);
      connection.setNoDelay();
      let current: Deno.Conn = connection;
      return {
        read: (buffer) => current.read(buffer),
        write: (bytes) => current.write(bytes),
        close: () => current.close(),
        async startTls(hostname) {
          const secured = await Deno.startTls(connection, { hostname, alpnProtocols: ALPN });
          // From here on closing this wire ends a TLS handshake that nobody answers, too.
          current = secured;
          // A certificate that does not count is a fault of TLS, and not of what follows.
          await secured.handshake();
          return secured;
        },
      };
    },
    proxyFor: (url) => proxyOf(url, env),
  };
}
