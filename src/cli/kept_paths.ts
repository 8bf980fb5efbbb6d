/** Files and directories as the permissions of a run name them. */
import { directoryOf } from "../directory_of.ts";
import { isRoot, realPlace } from "./real_place.ts";

/** What a file is written to first where its directory stays closed: its name can be told in advance. */
export function temporaryInfo(path: string): string {
  return `${path}.${Deno.pid}.tmp`;
}

/** The directory of a file, for what is written next to it: locks, temporary files, a database's log. */
export function around(path: string): string[] {
  return [directoryUnlessRoot(path)];
}

/** Of a file at the root of a file system the file alone: its directory would be everything. */
export function directoryUnlessRoot(path: string): string {
  const directory = directoryOf(path);
  return isRoot(directory) ? path : directory;
}

/** Paths that are read and written. */
export function files(paths: readonly string[]): { readonly read: string[]; readonly write: string[] } {
  const all = withReal(paths);
  return { read: all, write: all };
}

/** Each path, and the place it leads to. */
export function withReal(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [path, realPlace(path)]);
}

/** Without what another entry holds already. */
export function merged(paths: readonly string[]): string[] {
  const all = [...new Set(paths)];
  return all.filter((path) => !all.some((other) => other !== path && isBelow(path, other))).sort();
}

function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory) && /^[\\/]/.test(path.slice(directory.length));
}
