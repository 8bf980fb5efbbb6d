import { LOCAL_HOSTS, OPENAI_HOSTS, RELEASE_HOSTS, rootsOf } from "./baked.ts";
import { ANY_FREE_PORT, type Kept } from "./keeps.ts";

/** As much of `Deno.permissions` as is needed. */
export type PermissionsApi = Pick<Deno.Permissions, "querySync" | "requestSync" | "revokeSync">;

/** What a run may do, and the kinds of which it may do everything because a person gave that to Deno itself. */
export interface Granted extends Kept {
  readonly whole: readonly ("read" | "write" | "net")[];
}

/**
 * Gives back every permission beyond those named, for good: what is wanted later cannot be had again.
 *
 * A part of a list can only be kept by asking for it and giving the whole back; no person is asked, since only what
 * is there is asked for. Of a
 * permission for everything (`deno run -A`) no part can be kept, so there it stays; so does what a person added to the
 * list. Measured with Deno 2.9.6 and an executable on 2.6.10.
 */
export function narrowTo(
  kept: Kept,
  os: string = Deno.build.os,
  permissions: PermissionsApi = Deno.permissions,
): Granted {
  const ask = (descriptor: Deno.PermissionDescriptor) =>
    permissions.querySync(descriptor).state === "granted" &&
    permissions.requestSync(descriptor).state === "granted";
  const whole = (["read", "write", "net"] as const).filter((name) =>
    permissions.querySync({ name }).state === "granted"
  );
  for (const name of ["read", "write"] as const) {
    if (whole.includes(name)) continue;
    for (const path of kept[name]) ask({ name, path });
    for (const path of rootsOf(os)) permissions.revokeSync({ name, path });
  }
  if (!whole.includes("net")) {
    const granted = kept.net.filter((host) => ask({ name: "net", host }));
    for (const host of [...LOCAL_HOSTS, ...OPENAI_HOSTS, ...RELEASE_HOSTS, ANY_FREE_PORT]) {
      if (!kept.net.includes(host)) permissions.revokeSync({ name: "net", host });
    }
    kept = { ...kept, net: granted };
  }
  if (!kept.run) permissions.revokeSync({ name: "run" });
  permissions.revokeSync({ name: "env" });
  return { ...kept, whole };
}
