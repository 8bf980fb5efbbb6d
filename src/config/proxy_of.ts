import type { Environment } from "./environment.ts";
import { isLoopbackHost } from "./loopback_host.ts";

/**
 * The proxy of the environment that a request goes through; undefined for a direct connection.
 *
 * Plain http never goes through a proxy, whatever the environment says: in this program it only leads to this machine,
 * to the user's own server or to a backend, issuer or mirror on loopback, and a proxy would read the key or the token
 * in it. Neither does https to loopback. For the rest the rules are curl's: `https_proxy` before `all_proxy`, lower
 * case before upper case, a variable that is set to nothing switches off, and {@linkcode isExempt} for `no_proxy`.
 *
 * @returns an absolute address, with the credentials that the variable may hold: it must not be shown whole
 * @see https://everything.curl.dev/usingcurl/proxies/env.html
 */
export function proxyOf(url: URL, env: Environment): string | undefined {
  if (url.protocol !== "https:" || isLoopbackHost(url.hostname)) return undefined;
  const text = variable(env, "https_proxy") ?? variable(env, "all_proxy") ?? "";
  if (text === "" || isExempt(url, variable(env, "no_proxy") ?? "")) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

/**
 * Whether a list such as `no_proxy` has the host of an address. Entries are parted by commas or blanks: `*` is
 * everything, a name stands for itself and all names below it with or without a dot in front, `10.0.0.0/8` and
 * `fd00::/8` for a network; an IPv6 address may stand in brackets. With a port behind it an entry counts for that port
 * alone.
 */
export function isExempt(url: URL, list: string): boolean {
  const host = bare(url.hostname);
  const port = url.port === "" ? url.protocol === "https:" ? "443" : "80" : url.port;
  return list.toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, name = "", wantedPort] = /^(\[[^\]]*\](?:\/\d+)?|[^:]*):(\d+)$/.exec(entry) ?? [, entry];
    if (wantedPort !== undefined && Number(wantedPort) !== Number(port)) return false;
    const [address = "", bits] = name.split("/", 2);
    const wanted = bitsOf(bare(address));
    const found = bitsOf(host);
    if (found !== undefined || wanted !== undefined) return inNetwork(found, wanted, bits);
    const suffix = bare(address).replace(/^\.+/, "");
    return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
  });
}

function variable(env: Environment, name: string): string | undefined {
  return (env.get(name) ?? env.get(name.toUpperCase()))?.trim();
}

/** Without brackets and without the dot of a full name. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** An address as its bits, 32 or 128 of them; undefined for a name. */
function bitsOf(host: string): string | undefined {
  if (host.includes(":")) return bitsOfIpv6(URL.parse(`http://[${host}]/`)?.hostname.slice(1, -1));
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) return undefined;
  return host.split(".").map((part) => Number(part).toString(2).padStart(8, "0")).join("");
}

/** @param text as the URL parser writes it: lower case, one `::` at the most, no IPv4 in it */
function bitsOfIpv6(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [head = "", tail] = text.split("::", 2);
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].map((part) => Number(`0x${part}`).toString(2).padStart(16, "0"))
    .join("");
}

function inNetwork(
  found: string | undefined,
  network: string | undefined,
  bits: string | undefined,
): boolean {
  if (found === undefined || network === undefined || found.length !== network.length) return false;
  const length = bits === undefined ? network.length : Number(bits);
  return /^\d+$/.test(bits ?? "0") && length <= network.length &&
    found.slice(0, length) === network.slice(0, length);
}
