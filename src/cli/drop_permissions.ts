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
