#!/usr/bin/env bash
# Builds the container image and debugs in it, as locked up as containers get: the demo, a program that is mounted, docs/compose.yaml
# and the pod of docs/kubernetes.yaml. Needs podman or docker, gdb, clang, lld; podman-compose or docker's compose for the one, podman and catatonit for the other.
#   scripts/test-container.sh
# GDBSTUB_BASE_IMAGES names a script that makes the base images where no registry can be reached.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "test-container.sh: $*" >&2; exit 1; }

image=localhost/gdbstub:test
gdbstub=(dotnet /opt/gdbstub/gdbstub.dll)
gdb=$(command -v gdb-multiarch || command -v gdb) || fail "no gdb"
engine=$(command -v podman || command -v docker) || fail "neither podman nor docker"
build=("$engine" build -t "$image") compose=()
if command -v podman-compose >/dev/null && [[ $engine == */podman ]]; then compose=(podman-compose)
elif "$engine" compose version >/dev/null 2>&1; then compose=("$engine" compose); fi

stand_in=${GDBSTUB_BASE_IMAGES:-../shared/tools/local-base-images.sh}
if ! curl -fsS -m 10 -o /dev/null https://mcr.microsoft.com/v2/ 2>/dev/null && [ -x "$stand_in" ]; then
    export WORK=${WORK:-/var/tmp/gdbstub-images}
    "$stand_in"
    export CONTAINERS_CONF=$WORK/containers.conf
    engine=$(command -v podman)
    build=("$engine" build --pull=never -t "$image")
    if ((${#compose[@]})); then compose+=(--podman-build-args=--pull=never); fi
fi

# All that a container can be denied. podman alone gives a read-only container writable directories in memory unless told otherwise.
locked=(--read-only --cap-drop=all --security-opt=no-new-privileges --memory 512m --pids-limit 128)
if [[ $engine == */podman ]]; then locked+=(--read-only-tmpfs=false); fi

place=$(mktemp -d) log=$place/gdb container='' pod='' composed=''
debugger=''
cleanup() {
    if [ -n "$debugger" ]; then kill "$debugger" 2>/dev/null || true; fi
    if [ -n "$composed" ]; then compose down
    elif [ -n "$pod" ]; then "$engine" kube down "$pod" >/dev/null
    elif [ -n "$container" ]; then "$engine" rm -f "$container" >/dev/null; fi
    # What some versions of compose leave.
    "$engine" network rm gdbstub-test_default >/dev/null 2>&1 || true
    "$engine" image rm gdbstub-test_gdbstub >/dev/null 2>&1 || true
    rm -rf "$place"
}
trap cleanup EXIT

step() { printf '== [%4ds] %s\n' "$SECONDS" "$*"; }
serves() { # CONTAINER: waits until it says that it listens
    for ((try = 0; try < 600; try++)); do
        if "$engine" logs "$1" 2>&1 | grep -q '^listening on 0.0.0.0:1234$'; then return; fi
        sleep 0.1
    done
    "$engine" logs "$1" >&2
    fail "the server does not start"
}
published() { local line; line=$("$engine" port "$1" 1234); line=${line%%$'\n'*}; echo "127.0.0.1:${line##*:}"; }
files=(-f docs/compose.yaml)
compose() { # ARGUMENT…: after "up" sets $container and $target
    PORT='' "${compose[@]}" -p gdbstub-test "${files[@]}" "$@" >"$log" 2>&1 || { cat "$log" >&2; fail "compose $1: exit status $?"; }
    container=
    [ "$1" = up ] || return 0
    container=$("$engine" ps -q --filter label=com.docker.compose.project=gdbstub-test)
    serves "$container"
    target=$(published "$container")
}
start() { # OPTION… -- ARGUMENT…: runs a container, locked up; sets $target
    local options=()
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    container=$("$engine" run -d "${locked[@]}" -p 127.0.0.1::1234 "${options[@]}" "$image" "${@:2}")
    serves "$container"
    target=$(published "$container")
}
stop() { "$engine" rm -f "$container" >/dev/null; container=; }
gdb() { # COMMAND…: what gdb prints goes to $log
    local arguments=(-nx -batch -iex 'set debuginfod enabled off' -iex 'set osabi none' -ex "target remote $target") command
    for command; do arguments+=(-ex "$command"); done
    HOME=/nonexistent exec "$gdb" "${arguments[@]}" >"$log" 2>&1
}
debug() { (gdb "$@") || { cat "$log" >&2; fail "gdb: exit status $?"; }; }
expect() { # LINE…
    local line
    for line; do grep -qF -- "$line" "$log" || { cat "$log" >&2; fail "not said: $line"; }; done
}
inside() { "$engine" exec "$container" "$@"; }

step "building the guests and the image"
scripts/build-guests.sh
"${build[@]}" .
echo "image size: $("$engine" image inspect -f '{{.Size}}' "$image" | awk '{printf "%.0f MB", $1 / 1e6}')," \
    "gdbstub in it: $("$engine" run --rm --entrypoint du "$image" -sm /opt/gdbstub | cut -f 1) MB"

step "the demo"
start --
debug 'break visit' continue 'print *here' 'print fibonacci(20)' delete continue
expect '"Mercury"' '= 6765' '8 planets, 288 moons. Home again.' 'exited normally]'

step "what the server is denied, and its probe"
inside cat /proc/1/status >"$log"
grep -qE '^Uid:\s+1654' "$log" || fail "the server does not run as user 1654"
grep -qE '^CapEff:\s+0+$' "$log" && grep -qE '^CapBnd:\s+0+$' "$log" || fail "the server has capabilities"
grep -qE '^NoNewPrivs:\s+1$' "$log" || fail "the server could gain privileges"
for directory in / /tmp /var/tmp /run /home/app /opt/gdbstub; do
    if inside sh -c "echo > $directory/file" 2>/dev/null; then fail "$directory can be written to"; fi
done
inside "${gdbstub[@]}" health 127.0.0.1:1234 || fail "a server that serves is not healthy"
if inside "${gdbstub[@]}" health 127.0.0.1:1235 2>/dev/null; then fail "nobody is healthy"; fi
inside "${gdbstub[@]}" stats 127.0.0.1:1234 >"$log"
grep -qE '^faults +0 ' "$log" || { cat "$log" >&2; fail "a session has failed"; }
stop

step "a program that is mounted"
start -v "$PWD/test/guests/bin:/guest:ro" -- /guest/session.O0
debug 'break f' continue bt finish delete continue
expect 'Breakpoint 1, f (n=5) at test/guests/session.c:33' 'Value returned is $1 = 26' 'exited with code 07]'
stop

step "SIGTERM while a program runs"
start -v "$PWD/test/guests/bin:/guest:ro" -- /guest/spin.O0
gdb continue &
debugger=$!
until grep -q '^spinning' "$log" 2>/dev/null; do
    kill -0 "$debugger" 2>/dev/null || { cat "$log" >&2; fail "gdb has ended"; }
    sleep 0.1
done
inside "${gdbstub[@]}" health 127.0.0.1:1234 || fail "a server whose program runs is not healthy"
"$engine" kill --signal TERM "$container" >/dev/null
status=$("$engine" wait "$container")
wait "$debugger" || true
debugger=
[ "$status" = 0 ] || { "$engine" logs "$container" >&2; fail "SIGTERM: exit status $status"; }
expect 'Remote connection closed'
"$engine" logs "$container" >"$log" 2>&1
expect 'closing 1 sessions'
stop

if ((${#compose[@]})); then
    step "docs/compose.yaml"
    composed=1
    compose up -d --build
    debug 'break visit' continue 'print *here' kill
    expect '"Mercury"'
    if inside sh -c 'echo > /opt/gdbstub/file' 2>/dev/null; then fail "compose: the container can be written to"; fi
    if [[ $engine == */podman ]]; then "$engine" healthcheck run "$container" || fail "compose: the container is not healthy"; fi
    compose down
    step "docs/compose.yaml with a program"
    printf 'services:\n  gdbstub:\n    volumes: ["%s:/guest:ro"]\n    command: ["/guest/session.O0"]\n' "$PWD/test/guests/bin" >"$place/own.yaml"
    files+=(-f "$place/own.yaml")
    compose up -d
    debug 'break f' continue kill
    expect 'Breakpoint 1, f (n=5)'
    compose down
    composed=
else
    step "docs/compose.yaml is not tried: no compose here"
fi

# podman keeps a pod alive with catatonit.
if [[ $engine == */podman ]] && command -v catatonit >/dev/null; then
    step "the pod of docs/kubernetes.yaml"
    # podman knows pods, and of jobs only some versions do.
    {
        printf 'apiVersion: v1\nkind: Pod\nmetadata: { name: gdbstub-test }\n'
        sed -n '/^  template:$/,$s/^    //p' docs/kubernetes.yaml | sed "s|image: gdbstub:latest|image: $image|"
    } >"$place/pod.yaml"
    pod=$place/pod.yaml
    "$engine" kube play "$pod" >/dev/null
    container=$("$engine" ps -q --filter name=gdbstub-test-gdbstub)
    serves "$container"
    inside "${gdbstub[@]}" health 127.0.0.1:1234 || fail "the pod is not healthy"
    target=$("$engine" inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$("$engine" pod inspect -f '{{.InfraContainerID}}' gdbstub-test)"):1234
    debug 'break visit' continue 'print *here' delete continue
    expect '"Mercury"' 'exited normally]'
    # One client, and the pod has done its work.
    status=$("$engine" wait "$container")
    [ "$status" = 0 ] || { "$engine" logs "$container" >&2; fail "the pod: exit status $status"; }
    "$engine" kube down "$pod" >/dev/null
    container='' pod=''
else
    step "docs/kubernetes.yaml is not tried: that takes podman and catatonit"
fi

step "the container works"
