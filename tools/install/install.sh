#!/bin/sh
# Installs ccproxy for this user, without root: finds the archive for this system, verifies its checksum, puts one
# file into a folder.
#
#   sh install.sh [--version 0.1.0] [--dir DIR] [--uninstall]
#
# CCPROXY_DOWNLOAD_BASE  another place than the project's release page, such as a mirror: the files are expected at
#                        BASE/latest/download/FILE and BASE/download/vVERSION/FILE
set -eu

# owner/name on GitHub; the release workflow writes it into the copy that a release carries.
REPOSITORY=""

fail() {
  printf 'install.sh: %s\n' "$1" >&2
  exit 1
}

usage() {
  cat <<'TEXT'
Installs ccproxy for this user.

  sh install.sh                    the newest release, into ~/.local/bin
  sh install.sh --version 0.1.0    this release
  sh install.sh --dir DIR          into another folder
  sh install.sh --uninstall        removes the program again (from --dir, or ~/.local/bin)
TEXT
}

# Prints the name of Deno's build target for this machine.
detect_target() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x86_64 ;;
    arm64 | aarch64) machine=aarch64 ;;
    *) fail "there is no build for the processor \"$machine\": x86_64 or arm64 is needed" ;;
  esac
  case $system in
    Linux)
      if ldd --version 2>&1 | grep -qi musl; then
        fail "this Linux uses musl, and ccproxy needs glibc: use the container image instead"
      fi
      echo "$machine-unknown-linux-gnu"
      ;;
    Darwin)
      # A shell under Rosetta calls an Apple processor x86_64.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then machine=aarch64; fi
      echo "$machine-apple-darwin"
      ;;
    *) fail "there is no build for \"$system\" here: on Windows run install.ps1 in PowerShell" ;;
  esac
}

# download URL FILE
download() {
  case $1 in
    https://* | http://127.0.0.1[:/]* | http://localhost[:/]*) ;;
    *) fail "\"$1\" is refused: only https is allowed for downloads" ;;
  esac
  if command -v curl >/dev/null 2>&1; then
    # Redirects may lead to https only, whatever the first address was.
    curl -fsSL --retry 2 --proto-redir '=https' -o "$2" "$1" || fail "\"$1\" could not be downloaded"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$2" "$1" || fail "\"$1\" could not be downloaded"
  else
    fail "curl or wget is needed"
  fi
}

# Prints the SHA-256 of a file in hex.
sha256_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  elif command -v openssl >/dev/null 2>&1; then
    openssl dgst -sha256 -r "$1" | cut -d ' ' -f 1
  else
    fail "sha256sum, shasum or openssl is needed to verify the download"
  fi
}

uninstall() {
  if [ ! -e "$dir/ccproxy" ]; then
    fail "there is no ccproxy in \"$dir\": name its folder with --dir"
  fi
  rm -f "$dir/ccproxy"
  echo "Removed $dir/ccproxy"
  echo "Settings (~/.config/ccproxy), stored sessions (~/.local/state/ccproxy) and the login (~/.codex/auth.json) were left alone"
}

# Where downloads come from; "files" is the folder of the asked release.
locate_release() {
  base=${CCPROXY_DOWNLOAD_BASE:-}
  if [ -z "$base" ]; then
    [ -n "$REPOSITORY" ] || fail "this copy does not know its release page: take install.sh from a release, or set CCPROXY_DOWNLOAD_BASE"
    base="https://github.com/$REPOSITORY/releases"
  fi
  if [ -n "$version" ]; then
    files="${base%/}/download/v${version#v}"
  else
    files="${base%/}/latest/download"
  fi
}

install() {
  target=$(detect_target)
  archive="ccproxy-$target.tar.gz"
  locate_release

  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  download "$files/SHA256SUMS" "$work/SHA256SUMS"
  wanted=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/SHA256SUMS")
  [ -n "$wanted" ] || fail "SHA256SUMS of this release does not name \"$archive\""
  download "$files/$archive" "$work/$archive"
  found=$(sha256_of "$work/$archive")
  [ "$found" = "$wanted" ] || fail "the checksum of \"$archive\" is wrong: found $found, needed $wanted. Nothing was installed"
  tar -xzf "$work/$archive" -C "$work" ccproxy || fail "\"$archive\" could not be unpacked"

  mkdir -p "$dir" || fail "the folder \"$dir\" cannot be made: name another with --dir"
  [ -w "$dir" ] || fail "the folder \"$dir\" cannot be written: name another with --dir"
  # A copy beside the old file, then one rename: a running ccproxy keeps its file, and no half file is ever there.
  fresh="$dir/.ccproxy.$$"
  cp "$work/ccproxy" "$fresh"
  chmod 755 "$fresh"
  mv -f "$fresh" "$dir/ccproxy"

  "$dir/ccproxy" --version || fail "\"$dir/ccproxy\" was installed but does not start"
  echo "Installed $dir/ccproxy"
  case ":$PATH:" in
    *":$dir:"*) echo 'Next: ccproxy auth login-openai, then ccproxy serve' ;;
    *) echo "Next: add the folder to your PATH, for example with: export PATH=\"$dir:\$PATH\"" ;;
  esac
}

# All in one function, called on the last line: half a script that a broken download left does nothing.
main() {
  version=""
  dir=""
  action=install
  while [ $# -gt 0 ]; do
    case $1 in
      --version | --dir)
        [ -n "${2:-}" ] || fail "\"$1\" needs a value"
        if [ "$1" = --version ]; then version=$2; else dir=$2; fi
        shift
        ;;
      --version=*) version=${1#*=} ;;
      --dir=*) dir=${1#*=} ;;
      --uninstall) action=uninstall ;;
      -h | --help)
        usage
        exit 0
        ;;
      *)
        usage >&2
        printf '\ninstall.sh: unknown word "%s"\n' "$1" >&2
        exit 2
        ;;
    esac
    shift
  done
  case $version in
    *[!0-9A-Za-z.+-]*) fail "\"$version\" is no version: one like 0.1.0 is needed" ;;
  esac
  if [ -z "$dir" ]; then
    [ -n "${HOME:-}" ] || fail "HOME is not set: name a folder with --dir"
    dir="$HOME/.local/bin"
  fi
  "$action"
}

main "$@"
