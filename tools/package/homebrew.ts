/** The Homebrew formula of a release. */
import type { Target } from "../permissions.ts";
import { archiveChecksum, archiveUrl, type Release } from "./assets.ts";

/**
 * Text of `ccproxy.rb` for a tap.
 *
 * @see https://docs.brew.sh/Formula-Cookbook
 */
export function homebrewFormula(release: Release): string {
  return `class Ccproxy < Formula
  desc "Local OpenAI-compatible API for a ChatGPT subscription"
  homepage "https://github.com/${release.repository}"
  version "${release.version}"
  license "MIT"

  on_macos do
${onProcessor(release, "arm", "aarch64-apple-darwin")}
${onProcessor(release, "intel", "x86_64-apple-darwin")}
  end

  on_linux do
${onProcessor(release, "arm", "aarch64-unknown-linux-gnu")}
${onProcessor(release, "intel", "x86_64-unknown-linux-gnu")}
  end

  def install
    bin.install "ccproxy"
    generate_completions_from_executable(bin/"ccproxy", "completions")
  end

  service do
    run [opt_bin/"ccproxy", "serve"]
    keep_alive crashed: true
    log_path var/"log/ccproxy.log"
    error_log_path var/"log/ccproxy.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/ccproxy --version")
  end
end
`;
}

function onProcessor(release: Release, processor: "arm" | "intel", target: Target): string {
  return `    on_${processor} do
      url "${archiveUrl(release, target)}"
      sha256 "${archiveChecksum(release, target)}"
    end`;
}
