/**
 * Makes the files of a release from compiled executables:
 *
 *     deno run -A tools/package/release.ts --repository OWNER/NAME --commit-time SECONDS --dist dist --out release
 *
 * `dist` holds what `deno task compile --all` built. `release` receives the archives, the two install scripts with the
 * repository written in, SHA256SUMS, NOTES.md, and the Homebrew formula and Scoop manifest.
 */
import config from "../../deno.json" with { type: "json" };
import { executableName } from "../compile.ts";
import { systemOf, type Target, TARGETS } from "../permissions.ts";
import { type ArchiveFile, tarGz, zip } from "./archive.ts";
import { archiveName, checksumLines, type Release } from "./assets.ts";
import { homebrewFormula } from "./homebrew.ts";
import { releaseNotes } from "./release_notes.ts";
import { scoopManifest } from "./scoop.ts";

/** Where things are and what the release is called. */
export interface ReleaseOptions {
  readonly repository: string;
  /** date of the files in the archives */
  readonly commitTimeMs: number;
  readonly dist: string;
  readonly out: string;
  /** file that holds the section of this version */
  readonly changelog: string;
}

const INSTALLERS = ["install.sh", "install.ps1"] as const;

/** Reads `--name value` pairs. Throws an Error for a missing or unknown one. */
export function readReleaseOptions(words: readonly string[]): ReleaseOptions {
  const values = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) values.set(words[at] ?? "", words[at + 1] ?? "");
  const take = (name: string) => {
    const value = values.get(name);
    if (value === undefined || value === "") throw new Error(`"${name}" needs a value`);
    values.delete(name);
    return value;
  };
  const options = {
    repository: take("--repository"),
    commitTimeMs: Number(take("--commit-time")) * 1000,
    dist: take("--dist"),
    out: take("--out"),
    changelog: ".github/CHANGELOG.md",
  };
  if (values.size > 0) throw new Error(`Unknown word "${[...values.keys()].join(" ")}"`);
  if (!/^[\w.-]+\/[\w.-]+$/.test(options.repository)) {
    throw new Error(`"${options.repository}" is no repository: OWNER/NAME is needed`);
  }
  if (!Number.isFinite(options.commitTimeMs)) throw new Error('"--commit-time" needs seconds since 1970');
  return options;
}

/** Writes the repository into an install script. Throws when the script has no place for it. */
export function bakeRepository(script: string, repository: string): string {
  const parts = script.split(/^(\$Repository = |REPOSITORY=)""$/m);
  if (parts.length !== 3) throw new Error("The install script does not have one line for the repository");
  return `${parts[0]}${parts[1]}"${repository}"${parts[2]}`;
}

/** Makes all files of the release. */
export async function makeRelease(options: ReleaseOptions): Promise<void> {
  const { version } = config;
  const checksums = new Map<string, string>();
  const write = async (name: string, bytes: Uint8Array<ArrayBuffer>) => {
    await Deno.writeFile(`${options.out}/${name}`, bytes);
    checksums.set(name, new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex());
  };
  await Deno.mkdir(options.out, { recursive: true });
  // First, because it fails where the changelog has no section for this version.
  const notes = releaseNotes(await Deno.readTextFile(options.changelog), version);
  await Deno.writeTextFile(`${options.out}/NOTES.md`, notes);

  for (const target of TARGETS) {
    const files = await archiveFiles(target, options.dist);
    await write(
      archiveName(target),
      systemOf(target) === "windows" ? await zip(files) : await tarGz(files, options.commitTimeMs),
    );
  }
  for (const name of INSTALLERS) {
    const script = bakeRepository(await Deno.readTextFile(`tools/install/${name}`), options.repository);
    await write(name, new TextEncoder().encode(script));
  }
  const release: Release = { version, repository: options.repository, checksums };
  await Deno.writeTextFile(`${options.out}/ccproxy.rb`, homebrewFormula(release));
  await Deno.writeTextFile(`${options.out}/ccproxy.json`, scoopManifest(release));
  await Deno.writeTextFile(`${options.out}/SHA256SUMS`, checksumLines(checksums));
}

async function archiveFiles(target: Target, dist: string): Promise<ArchiveFile[]> {
  const windows = systemOf(target) === "windows";
  return [
    {
      name: executableName(target, false),
      bytes: await Deno.readFile(`${dist}/${executableName(target, true)}`),
      executable: true,
    },
    {
      name: windows ? "LICENSE.txt" : "LICENSE",
      bytes: await Deno.readFile("LICENSE"),
      executable: false,
    },
  ];
}

if (import.meta.main) await makeRelease(readReleaseOptions(Deno.args));
