/**
 * True for the names and addresses that never leave this machine: `localhost`, 127.0.0.0/8 and ::1.
 *
 * @param host without a port; an IPv6 address with or without brackets, so that both `URL.hostname` and `server.host`
 * can be asked about
 */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** The host as it stands in a URL: an IPv6 address in brackets, everything else as it is. */
export function urlHost(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}
