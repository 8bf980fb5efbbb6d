#!/usr/bin/env bash
# Builds the image for both processors from compiled executables and pushes it, in a GitHub workflow:
#   TOKEN=… tools/container/push.sh DIST NAME VERSION
# Tags: the version, and for a version without a suffix its minor version and "latest". Sets the outputs name, digest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
dist=$1 name=$2 version=$3

printf '%s' "$TOKEN" | docker login "${name%%/*}" -u "$GITHUB_ACTOR" --password-stdin
# The default builder makes images of one processor only.
docker buildx create --use --name ccproxy-release >/dev/null
context=$(tools/container/context.sh "$dist")
trap 'rm -rf "$context"' EXIT

tags=(-t "$name:$version")
if [[ $version != *-* ]]; then tags+=(-t "$name:${version%.*}" -t "$name:latest"); fi
docker buildx build --push --platform linux/amd64,linux/arm64 --provenance=false \
  -f tools/container/Dockerfile --build-context "build=$context" "${tags[@]}" \
  --label "org.opencontainers.image.source=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" \
  --label "org.opencontainers.image.revision=$GITHUB_SHA" \
  --label "org.opencontainers.image.version=$version" \
  --label "org.opencontainers.image.licenses=MIT" \
  --metadata-file "$context/metadata.json" .
{
  echo "name=$name"
  echo "digest=$(jq -er '."containerimage.digest"' "$context/metadata.json")"
} >>"$GITHUB_OUTPUT"
