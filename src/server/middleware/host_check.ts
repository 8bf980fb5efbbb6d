import { isLoopbackHost, urlHost } from "../../config/loopback_host.ts";
import { Problem } from "../../problem.ts";

/**
 * Refuses a request whose Host is not this machine: a page on another site can make a browser connect to 127.0.0.1
 * under its own name (DNS rebinding), but not change the name it asks for.
 *
 * The name is compared whole, after parsing: `localhost.evil.com` is not localhost, ports and a trailing dot do not
 * matter (users' proxies were bypassed by a comparison of beginnings: behaviour.md#host-check).
 *
 * @param allowed further names, from `server.allowed_hosts`
 * @throws Problem host_refused
 */
export function checkHost(headers: Headers, allowed: readonly string[]): void {
  const header = headers.get("host");
  // HTTP/1.0 and hand-made requests only; a browser always sends it.
  const name = header === null ? undefined : hostName(header);
  if (name !== undefined && (isLoopbackHost(name) || allowed.some((entry) => nameOf(entry) === name))) return;
  const found = header === null ? "none" : JSON.stringify(header.slice(0, 100));
  throw new Problem(
    "host_refused",
    `found ${found}; known are localhost, 127.0.0.1, [::1] and server.allowed_hosts`,
  );
}

/** A listed name as {@linkcode hostName} gives the asked one; an IPv6 address may be listed without brackets. */
function nameOf(entry: string): string | undefined {
  return hostName(URL.canParse(`http://[${entry}]/`) ? urlHost(entry) : entry);
}

/** The name in `name[:port]`, lower case, without a trailing dot; undefined when it is none. */
export function hostName(host: string): string | undefined {
  if (!/^(?:\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.test(host)) return undefined;
  const url = URL.parse(`http://${host}/`);
  if (url === null) return undefined;
  const name = url.hostname.toLowerCase();
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
