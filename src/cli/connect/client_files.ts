/** What a command line may touch of clients' files: looked up before all permissions but those are given back. */
import { BOUNDS } from "../../bounds.ts";
import type { Place } from "../../config/paths.ts";
import { directoryOf } from "../../directory_of.ts";
import { Problem } from "../../problem.ts";
import { readTextFileLimited } from "../../read_limited.ts";
import { TERMINAL_SHELLS } from "../../quote.ts";
import { hostOf } from "../host_of.ts";
import type { Kept } from "../keeps.ts";
import { temporaryInfo } from "../kept_paths.ts";
import { isRoot, realPlace } from "../real_place.ts";
import { isWritable, WRITABLE, type WritableClient } from "./client_file.ts";
import { clientPaths, shellOf } from "./client_place.ts";
import { readReceipt } from "./receipt.ts";

/** An address of a proxy on this machine in a client's file. */
export interface ClientEntry {
  readonly client: WritableClient;
  readonly path: string;
  readonly line: number;
  /** `http://127.0.0.1:9000` */
  readonly url: string;
}

/**
 * What `ccproxy connect CLIENT --write` or `--undo` touches; nothing for all else, and for clients without a file. Each
 * file alone, with the one that is written first next to it: the directories hold what is not ours to touch.
 */
export async function filesToChange(
  place: Place,
  name: unknown,
  flags: Readonly<Record<string, unknown>>,
): Promise<Partial<Kept>> {
  if (typeof name !== "string" || !isWritable(name)) return {};
  if (flags["undo"] === true) {
    const receipt = await readReceipt(place, name).catch(unlessProblem);
    if (receipt === undefined) return {};
    const { path, before } = receipt;
    return changing([path], before === undefined && isAlone(path) ? [directoryOf(path)] : []);
  }
  if (flags["write"] !== true) return {};
  const shell = TERMINAL_SHELLS.find((known) => known === flags["shell"]) ?? shellOf(place);
  const paths = clientPaths(name, place, shell);
  const real = paths.map((path) => realPlace(path));
  const missing = real.map(directoryOf).filter((path) => !isRoot(path) && !isThere(path));
  return changing(real, missing, paths);
}

function changing(
  files: readonly string[],
  directories: readonly string[],
  named: readonly string[] = [],
): Partial<Kept> {
  const write = [...files.flatMap((path) => [path, temporaryInfo(path)]), ...directories];
  return { read: [...named, ...write], write };
}

/** Every address of a proxy on this machine in the files of clients, in the order of the list. */
export async function clientEntries(place: Place): Promise<ClientEntry[]> {
  const entries: ClientEntry[] = [];
  for (const client of WRITABLE) {
    for (const path of pathsOf(client, place)) {
      const text = await readTextFileLimited(path, BOUNDS.config).catch(() => "");
      entries.push(...addressesIn(text).map((found) => ({ client, path, ...found })));
    }
  }
  return entries;
}

/** {@linkcode clientEntries} as what `ccproxy doctor` may touch. */
export async function filesToCheck(place: Place): Promise<Partial<Kept>> {
  const paths = WRITABLE.flatMap((client) => pathsOf(client, place));
  const entries = await clientEntries(place);
  return {
    read: paths.flatMap((path) => [path, realPlace(path)]),
    net: entries.flatMap(({ url }) => hostOf(url)),
  };
}

function pathsOf(client: WritableClient, place: Place): readonly string[] {
  try {
    return clientPaths(client, place, shellOf(place));
  } catch (thrown) {
    if (thrown instanceof Problem) return [];
    throw thrown;
  }
}

/** Addresses of a proxy on this machine in lines that are no comments. Pure. */
export function addressesIn(text: string): { readonly line: number; readonly url: string }[] {
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*(?:#|\/\/)/.test(line)) return [];
    const [, host, port = "80"] =
      /http:\/\/(127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?\/codex\b/.exec(line) ?? [];
    return host === undefined ? [] : [{ line: index + 1, url: `http://${host}:${port}` }];
  });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Whether a file is the only one of its directory. */
function isAlone(path: string): boolean {
  try {
    return [...Deno.readDirSync(directoryOf(path))].length === 1 && !isRoot(directoryOf(path));
  } catch {
    return false;
  }
}

function unlessProblem(thrown: unknown): undefined {
  if (thrown instanceof Problem) return undefined;
  throw thrown;
}
