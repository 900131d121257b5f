#!/usr/bin/env bash
# Builds the container image and debugs in it: the demo, and a program that is mounted. Needs podman or docker, gdb, clang, lld.
#   scripts/test-container.sh
# GDBSTUB_BASE_IMAGES names a script that makes the base images where no registry can be reached.
set -euo pipefail
cd "$(dirname "$0")/.."

image=localhost/gdbstub:test
gdb=$(command -v gdb-multiarch || command -v gdb) || { echo "test-container.sh: no gdb" >&2; exit 1; }
engine=$(command -v podman || command -v docker) || { echo "test-container.sh: neither podman nor docker" >&2; exit 1; }
build=("$engine" build -t "$image")

stand_in=${GDBSTUB_BASE_IMAGES:-../shared/tools/local-base-images.sh}
if ! curl -fsS -m 10 -o /dev/null https://mcr.microsoft.com/v2/ 2>/dev/null && [ -x "$stand_in" ]; then
    export WORK=${WORK:-/var/tmp/gdbstub-images}
    "$stand_in"
    export CONTAINERS_CONF=$WORK/containers.conf
    engine=$(command -v podman)
    build=("$engine" build --pull=never -t "$image")
fi

scripts/build-guests.sh
"${build[@]}" .
echo "image size: $("$engine" image inspect -f '{{.Size}}' "$image" | awk '{printf "%.0f MB", $1 / 1e6}')"

container=
log=$(mktemp)
cleanup() { if [ -n "$container" ]; then "$engine" rm -f "$container" >/dev/null; fi; rm -f "$log"; }
trap cleanup EXIT

start() { # OPTION… -- ARGUMENT…: runs a container as hardened as it gets; sets $port
    local options=()
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    container=$("$engine" run -d --read-only --cap-drop=all --security-opt=no-new-privileges --memory 512m --pids-limit 128 \
        -p 127.0.0.1::1234 "${options[@]}" "$image" "$@")
    port=$("$engine" port "$container" 1234 | head -n 1)
    port=${port##*:}
    for ((try = 0; try < 300; try++)); do
        if "$engine" logs "$container" 2>&1 | grep -q '^listening on'; then return; fi
        sleep 0.1
    done
    "$engine" logs "$container" >&2
    echo "test-container.sh: the server does not start" >&2
    exit 1
}
stop() { "$engine" rm -f "$container" >/dev/null; container=; }
debug() { # COMMAND…: runs gdb with these commands against the container
    local arguments=(-nx -batch -iex 'set debuginfod enabled off' -iex 'set osabi none' -ex "target remote 127.0.0.1:$port") command
    for command; do arguments+=(-ex "$command"); done
    HOME=/nonexistent "$gdb" "${arguments[@]}" 2>&1 | tee "$log"
}
expect() { grep -qF -- "$1" "$log" || { echo "test-container.sh: gdb did not say: $1" >&2; "$engine" logs "$container" >&2; exit 1; }; }

start --
debug 'break visit' continue 'print *here' 'print fibonacci(20)' delete continue
expect '"Mercury"'
expect '= 6765'
expect '8 planets, 288 moons. Home again.'
expect 'exited normally]'
[ "$("$engine" exec "$container" id -u)" != 0 ] || { echo "test-container.sh: the server runs as root" >&2; exit 1; }
stop

start -v "$PWD/test/guests/bin:/guest:ro" -- /guest/session.O0
debug 'break f' continue bt finish delete continue
expect 'Breakpoint 1, f (n=5) at test/guests/session.c:33'
expect 'Value returned is $1 = 26'
expect 'exited with code 07]'
stop

echo "the container works"
