/** The files of a release: what they are called, where they are downloaded from, what their checksums are. */
import { systemOf, type Target } from "../permissions.ts";

/** A release as the package managers need to know it. */
export interface Release {
  /** `0.1.0` */
  readonly version: string;
  /** `owner/name` on GitHub */
  readonly repository: string;
  /** SHA-256 in hex by file name */
  readonly checksums: ReadonlyMap<string, string>;
}

/** Name of the archive that holds the executable of a target. */
export function archiveName(target: Target): string {
  return `ccproxy-${target}.${systemOf(target) === "windows" ? "zip" : "tar.gz"}`;
}

/** Where the archive of a target is downloaded from. */
export function archiveUrl(release: Release, target: Target): string {
  return `https://github.com/${release.repository}/releases/download/v${release.version}/${
    archiveName(target)
  }`;
}

/** SHA-256 of the archive of a target. Throws when the release does not have it. */
export function archiveChecksum(release: Release, target: Target): string {
  const name = archiveName(target);
  const checksum = release.checksums.get(name);
  if (checksum === undefined) throw new Error(`The release has no checksum of "${name}"`);
  return checksum;
}

/** The lines of SHA256SUMS, sorted by name, in the form that `sha256sum -c` reads. */
export function checksumLines(checksums: ReadonlyMap<string, string>): string {
  return [...checksums].sort(([a], [b]) => a < b ? -1 : 1).map(([name, sum]) => `${sum}  ${name}\n`).join("");
}
