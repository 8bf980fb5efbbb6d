#!/usr/bin/env bash
# Lays out compiled executables as the stage "build" of the Dockerfile does, and prints the folder:
#   tools/container/context.sh DIST
set -euo pipefail
context=$(mktemp -d)
install -D -m 755 "$1/ccproxy-x86_64-unknown-linux-gnu" "$context/built/amd64/ccproxy"
install -D -m 755 "$1/ccproxy-aarch64-unknown-linux-gnu" "$context/built/arm64/ccproxy"
echo "$context"
