/** The hosts that settings name, as permissions name them. */
import { urlHost } from "../config/loopback_host.ts";
import type { Place } from "../config/paths.ts";
import { proxyOf } from "../config/proxy_of.ts";
import { readRedisUrl } from "../store/resp.ts";
import { RELEASE_HOSTS } from "./baked.ts";

/** `host:port` of an address, as the runtime compares it; none for what is no address. */
export function hostOf(address: string): string[] {
  const url = URL.parse(address);
  if (url === null || url.hostname === "") return [];
  return [`${url.hostname}:${url.port || (url.protocol === "http:" ? "80" : "443")}`];
}

/** {@linkcode hostOf}, without those of releases: no setting can have a token sent there. */
export function requestHost(address: string): string[] {
  return hostOf(address).filter((host) => !RELEASE_HOSTS.some((release) => release === host));
}

/** The server of `storage.url`. @throws Problem config */
export function redisHost(address: string): string[] {
  const { hostname, port } = readRedisUrl(address);
  return [`${urlHost(hostname)}:${port}`];
}

/** Where `ccproxy update` looks for releases. */
export function updateHosts(place: Place): readonly string[] {
  const named = place.env.get("CCPROXY_UPDATE_BASE") ?? "";
  return named === "" ? RELEASE_HOSTS : hostOf(named);
}

/** A WebSocket connects to a proxy by itself, where `fetch` needs no permission for it. */
export function backendHosts(address: string, { env }: Place): string[] {
  const url = URL.parse(address);
  const proxy = url === null ? undefined : proxyOf(url, env);
  return [address, ...proxy === undefined ? [] : [proxy]].flatMap(requestHost);
}
