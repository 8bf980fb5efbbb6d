import { Problem } from "../problem.ts";
import { compareVersions } from "../semver.ts";
import { archiveNameOf, byHand, findObstacle, type Installation } from "./installation.ts";
import type { ReleasePage } from "./release_page.ts";
import { openSuccessor } from "./replace_executable.ts";
import { unpackExecutable } from "./unpack.ts";

/** How the running version stands to the newest release. */
export interface VersionState {
  readonly current: string;
  readonly newest: string;
  readonly order: "same" | "older" | "newer";
}

/** Asks for the newest release. Changes nothing. @throws Problem network, update_failed */
export async function checkVersion(current: string, page: ReleasePage): Promise<VersionState> {
  const newest = await page.newestVersion();
  const difference = compareVersions(current, newest);
  return { current, newest, order: difference === 0 ? "same" : difference < 0 ? "older" : "newer" };
}

/** Refuses for a program that somebody else has to update. @throws Problem update_failed */
export function checkReplaceable(installation: Installation): void {
  const obstacle = findObstacle(installation);
  if (obstacle !== undefined) {
    throw new Problem("update_failed", `${obstacle.what}, so it does not replace itself`, {
      hint: obstacle.instead,
    });
  }
}

/**
 * Puts a release in the place of the running program: archive, checksum, executable, rename. Until the last step the
 * old program is untouched.
 *
 * @param target build target of Deno, as in the names of the archives
 * @throws Problem network, update_failed, file
 */
export async function applyUpdate(
  installation: Installation,
  target: string,
  version: string,
  page: ReleasePage,
): Promise<void> {
  await using successor = await openSuccessor(
    installation.path,
    installation.os,
    byHand(installation, page.url),
  );
  const name = archiveNameOf(target);
  await successor.put(await unpackExecutable(name, await page.verifiedFile(version, name)));
}
