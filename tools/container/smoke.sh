#!/usr/bin/env bash
# Builds the image from compiled executables and tries it as a careful person would run it:
#   tools/container/smoke.sh DIST     with DIST/ccproxy-{x86_64,aarch64}-unknown-linux-gnu
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

context=$(tools/container/context.sh "$1")
name="ccproxy-smoke-$$"
cleanup() {
  docker rm -f "$name" >/dev/null 2>&1 || true
  rm -rf "$context"
}
trap cleanup EXIT

docker buildx build --load -f tools/container/Dockerfile --build-context "build=$context" -t "$name" .
docker run --rm "$name" --version

# Without a key it must refuse to listen for others, by itself: 124 would be the time limit.
code=0
timeout 20 docker run --rm "$name" || code=$?
case $code in
  1 | 2) ;;
  *)
    echo "smoke.sh: without a key the container ended with code $code" >&2
    exit 1
    ;;
esac

docker run -d --name "$name" --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
  -e CCPROXY_SERVER__API_KEY=smoke -e CCPROXY_SERVER__ALLOWED_HOSTS=ccproxy \
  -v /home/nonroot -p 127.0.0.1::8000 "$name" >/dev/null
for _ in $(seq 60); do
  state=$(docker inspect -f '{{.State.Health.Status}}' "$name")
  [ "$state" = starting ] || break
  sleep 1
done
docker logs "$name"
[ "$state" = healthy ] || { echo "smoke.sh: the container is $state" >&2; exit 1; }

address=$(docker port "$name" 8000/tcp)
curl -fsS "http://$address/health"
code=$(curl -s -o /dev/null -w '%{http_code}' "http://$address/codex/v1/models")
[ "$code" = 401 ] || { echo "smoke.sh: a request without a key was answered $code, 401 was needed" >&2; exit 1; }
docker stop -t 10 "$name" >/dev/null
code=$(docker inspect -f '{{.State.ExitCode}}' "$name")
[ "$code" = 0 ] || { echo "smoke.sh: the container ended with code $code on SIGTERM" >&2; exit 1; }
