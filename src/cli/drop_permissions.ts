/** Hosts that only `ccproxy update` talks to (tools/permissions.ts). */
const UPDATE_HOSTS = [
  "github.com:443",
  "objects.githubusercontent.com:443",
  "release-assets.githubusercontent.com:443",
];

/**
 * Gives back what a running proxy does not need: it opens no browser, and it looks for no releases.
 *
 * Hosts are only given back one by one from a list of hosts. A person who granted the whole network (`deno run -A`)
 * would lose all of it, so there it stays.
 */
export function dropPermissions(
  permissions: Pick<Deno.Permissions, "querySync" | "revokeSync"> = Deno.permissions,
): void {
  permissions.revokeSync({ name: "run" });
  if (permissions.querySync({ name: "net" }).state === "granted") return;
  for (const host of UPDATE_HOSTS) permissions.revokeSync({ name: "net", host });
}

/** Hosts of the backend and the issuer (tools/permissions.ts). */
const OPENAI_HOSTS = ["chatgpt.com:443", "auth.openai.com:443"];
/** Addresses that may be listened on, on every port (tools/permissions.ts). */
const LISTEN_HOSTS = ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]"];

/**
 * Leaves the demo the address it listens on, and nothing else of the network. To be called once it listens: listening
 * there again stays allowed, which {@linkcode listen} may need.
 *
 * A person who granted the whole network keeps it, as in {@linkcode dropPermissions}.
 *
 * @param addresses the one address as it was asked for and as it is listened on: `localhost:8000`, `127.0.0.1:8000`
 */
export function keepOnlyAddress(
  addresses: readonly string[],
  permissions: Pick<Deno.Permissions, "querySync" | "requestSync" | "revokeSync"> = Deno.permissions,
): void {
  if (permissions.querySync({ name: "net" }).state === "granted") return;
  // Covered by what is granted, so nobody is asked; from then on it is an entry of its own, which stays.
  for (const host of addresses) permissions.requestSync({ name: "net", host });
  for (const host of [...OPENAI_HOSTS, ...LISTEN_HOSTS]) permissions.revokeSync({ name: "net", host });
}

/** Gives back the right to write any file: the demo keeps nothing. To be called once `--server-info` is written. */
export function giveUpWriting(permissions: Pick<Deno.Permissions, "revokeSync"> = Deno.permissions): void {
  permissions.revokeSync({ name: "write" });
}
