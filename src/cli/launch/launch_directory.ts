import type { Place } from "../../config/paths.ts";

/**
 * Where files of `ccproxy launch` are while a client runs: a directory of this process alone, whose name can be told in
 * advance.
 */
export function launchDirectory({ env, os }: Place): string {
  const names = os === "windows" ? ["TEMP", "TMP"] : ["TMPDIR"];
  const named = names.map((name) => env.get(name) ?? "").find((path) => path !== "");
  const folder = named ?? (os === "windows" ? "C:\\Windows\\Temp" : "/tmp");
  return `${folder.replace(/[/\\]+$/, "")}/ccproxy-launch-${Deno.pid}`;
}
