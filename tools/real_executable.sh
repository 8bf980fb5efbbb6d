#!/usr/bin/env bash
# A real executable of this checkout, for tests and measurements on machines that cannot reach Deno's download host:
#
#   tools/real_executable.sh DIR      makes DIR/ccproxy and prints its path; exit code 3: the packages cannot be had
#
# Deno's runtime for executables, denort, comes from that host only. But an executable that Deno compiled is denort
# with the program's data behind its section headers, and PyPI has one in the package bids-validator-deno: cut off
# there, the rest is denort. The package deno of the same version compiles with it. Both are kept in DIR for the next
# time. What comes out runs on a runtime older than a release has, and is for no release.
set -euo pipefail
DENO_VERSION=2.6.10
VALIDATOR_VERSION=2.4.1

dir=${1:?usage: tools/real_executable.sh DIR}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "the packages are for Linux on x86_64 only" >&2
  exit 3
fi
if [ ! -x "$dir/denort" ] || [ ! -x "$dir/deno" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  if ! python3 -m pip download -q --disable-pip-version-check --no-deps -d "$work" \
    "bids-validator-deno==$VALIDATOR_VERSION" "deno==$DENO_VERSION" >"$work/log" 2>&1; then
    tail -n 1 "$work/log" >&2
    echo "bids-validator-deno $VALIDATOR_VERSION and deno $DENO_VERSION cannot be had from PyPI here" >&2
    exit 3
  fi
  python3 - "$work" "$dir" <<'PYTHON'
import glob, os, struct, sys, zipfile

work, out = sys.argv[1:]


def member(pattern, name):
    archive = zipfile.ZipFile(glob.glob(f"{work}/{pattern}")[0])
    return archive.read(next(each for each in archive.namelist() if each.endswith(name)))


whole = member("bids_validator_deno*.whl", "scripts/bids-validator-deno")
headers = struct.unpack_from("<Q", whole, 0x28)[0]
size, count = struct.unpack_from("<HH", whole, 0x3A)
end = headers + size * count
if whole[end : end + 8] != b"d3n0l4nd":
    sys.exit("real_executable: the executable in the package is not laid out as expected")
for name, data in (("denort", whole[:end]), ("deno", member("deno-*.whl", "scripts/deno"))):
    with open(f"{out}/{name}", "wb") as file:
        file.write(data)
    os.chmod(f"{out}/{name}", 0o755)
PYTHON
fi

# With $DENO the caller says how to run the project's own Deno (`npx -y deno@2.9.6`).
read -ra deno <<<"${DENO:-deno}"
route=$("${deno[@]}" run -q --no-config --allow-net=jsr.io --allow-env tools/flags.ts std)
# shellcheck disable=SC2086 -- flags are words
CCPROXY_DENO_COMPILER="$dir/deno" DENORT_BIN="$dir/denort" "${deno[@]}" run -q --no-config --no-prompt \
  --allow-read --allow-write --allow-run --allow-env tools/compile.ts $route --out "$dir"
