/** Schemes with an address after them whose pages send no origin of their own. */
const NEVER_SENT: ReadonlySet<string> = new Set(["file", "ftp", "ws", "wss", "blob", "data", "about"]);

/**
 * An origin as a browser writes it into the `Origin` header: in lower case, in Punycode, without the scheme's own port
 * and without a path. Origins are compared as texts, so one that is written otherwise would never match.
 *
 * Apps and extensions have schemes of their own (`app://obsidian.md`, `chrome-extension://ID`), whose hosts are left
 * as they are.
 *
 * @returns undefined for what no browser sends in any form
 * @see https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
 */
export function browserOrigin(text: string): string | undefined {
  const [, scheme = "", address = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^\s/?#@*\\]+)\/?$/i.exec(text) ?? [];
  const name = scheme.toLowerCase();
  if (address === "" || NEVER_SENT.has(name)) return undefined;
  if (name === "http" || name === "https") return URL.parse(`${name}://${address}`)?.origin;
  const [, host = "", port] = /^([\w.-]+)(?::([1-9]\d{0,4}))?$/.exec(address) ?? [];
  return host === "" || Number(port ?? 1) > 65535 ? undefined : `${name}://${address}`;
}

/** Why an origin in a list would never match; undefined where nothing more is to be said. */
export function originAdvice(text: string): string | undefined {
  const origin = browserOrigin(text);
  if (origin !== undefined) return `browsers send "${origin}"`;
  const port = /:(\d+)\/?$/.exec(text)?.[1];
  if (port !== undefined && (Number(port) > 65535 || Number(port) === 0)) return "a port is from 1 to 65535";
  return /^(?:null|file:)/.test(text) ? "pages without an origin are never let in" : undefined;
}
