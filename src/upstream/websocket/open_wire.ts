import { isLoopbackHost } from "../../config/loopback_host.ts";
import { createHeadReader, tunnelRequest } from "../../wire/websocket/handshake.ts";
import { type Network, type Place, type TcpWire, type Wire, writeAll } from "./wire.ts";

/** How far the way to the backend was gone. */
export type Phase = "connect" | "proxy" | "tls" | "handshake";

/** Told which part of the way begins, for errors that say where it ended. */
export type OnPhase = (phase: Phase) => void;

/**
 * A connection to where an address leads: plain for http, TLS for https, through the proxy of the environment where
 * there is one.
 *
 * @param onWire hears of every connection that was made, so that giving up can close it
 * @throws what the runtime throws, or an Error with what the proxy answered
 */
export async function openWire(
  network: Network,
  url: URL,
  onPhase: OnPhase,
  onWire: (wire: Wire) => void,
): Promise<Wire> {
  if (url.protocol !== "https:" && !isLoopbackHost(url.hostname)) {
    throw new Error("without TLS only this machine is connected to");
  }
  const place = placeOf(url);
  const proxy = network.proxyFor(url);
  onPhase("connect");
  const tcp = proxy === undefined
    ? await network.connect(place)
    : await throughProxy(network, proxy, place, onPhase, onWire);
  onWire(tcp);
  if (url.protocol !== "https:") return tcp;
  onPhase("tls");
  const wire = await tcp.startTls(place.hostname);
  onWire(wire);
  return wire;
}

async function throughProxy(
  network: Network,
  proxy: string,
  place: Place,
  onPhase: OnPhase,
  onWire: (wire: Wire) => void,
): Promise<TcpWire> {
  onPhase("proxy");
  const url = URL.parse(proxy);
  if (url?.protocol !== "http:") {
    throw new Error("a WebSocket needs an http:// proxy in HTTPS_PROXY or ALL_PROXY: found another one");
  }
  const wire = await network.connect(placeOf(url));
  onWire(wire);
  await openTunnel(wire, place, authorizationOf(url));
  return wire;
}

/** Host and port of an address, the port of its scheme where it names none. */
function placeOf(url: URL): Place {
  return {
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port !== "" ? Number(url.port) : url.protocol === "https:" ? 443 : 80,
  };
}

async function openTunnel(wire: TcpWire, place: Place, authorization: string | undefined): Promise<void> {
  const host = place.hostname.includes(":") ? `[${place.hostname}]` : place.hostname;
  await writeAll(wire, new TextEncoder().encode(tunnelRequest(`${host}:${place.port}`, authorization)));
  const reader = createHeadReader();
  // The server speaks only after our TLS greeting, so nothing can follow the head.
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await wire.read(buffer);
    if (count === null) throw new Error("the proxy closed the connection");
    const reading = reader.read(buffer.subarray(0, count));
    if (reading === undefined) continue;
    if ("fault" in reading) throw new Error(`the proxy sent ${reading.fault}`);
    const { status } = reading.head;
    if (status === 407) throw new Error("the proxy wants other credentials (407)");
    if (status < 200 || status > 299) throw new Error(`the proxy refused the connection (${status})`);
    if (reading.rest.length > 0) throw new Error("the proxy sent more than its answer");
    return;
  }
}

/** `Basic …` from the credentials in the proxy's address (RFC 7617, as UTF-8); undefined without any. */
function authorizationOf(proxy: URL): string | undefined {
  if (proxy.username === "" && proxy.password === "") return undefined;
  const pair = `${decoded(proxy.username)}:${decoded(proxy.password)}`;
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`;
}

/** What is an escape is decoded, as curl does; a percent sign in a password may stand for itself. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
