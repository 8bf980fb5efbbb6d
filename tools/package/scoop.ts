/** The Scoop manifest of a release. */
import type { Target } from "../permissions.ts";
import { archiveChecksum, archiveName, archiveUrl, type Release } from "./assets.ts";

/**
 * Text of `ccproxy.json` for a bucket. `autoupdate` lets the bucket follow later releases by itself.
 *
 * @see https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests
 */
export function scoopManifest(release: Release): string {
  const base = `https://github.com/${release.repository}/releases/download/v$version`;
  const x64: Target = "x86_64-pc-windows-msvc";
  const arm64: Target = "aarch64-pc-windows-msvc";
  const manifest = {
    version: release.version,
    description: "Local OpenAI-compatible API for a ChatGPT subscription",
    homepage: `https://github.com/${release.repository}`,
    license: "MIT",
    architecture: {
      "64bit": { url: archiveUrl(release, x64), hash: archiveChecksum(release, x64) },
      arm64: { url: archiveUrl(release, arm64), hash: archiveChecksum(release, arm64) },
    },
    bin: "ccproxy.exe",
    checkver: "github",
    autoupdate: {
      architecture: {
        "64bit": { url: `${base}/${archiveName(x64)}` },
        arm64: { url: `${base}/${archiveName(arm64)}` },
      },
      hash: { url: "$baseurl/SHA256SUMS" },
    },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
