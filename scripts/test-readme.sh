#!/usr/bin/env bash
# Follows README.md as somebody would who has never seen this repository: a fresh clone, an empty home directory, and each command of its
# console blocks in turn, which must succeed and print what is shown below it (addresses may differ).
#   scripts/test-readme.sh [--with-tests]      with it, scripts/test.sh is run as well where the README says so
# GDBSTUB_README_IMAGE=IMAGE does it in a container of that image (podman or docker; the .NET SDK, git, clang, lld, gdb-multiarch, lldb).
set -euo pipefail
cd "$(dirname "$0")/.."

with_tests=
if [ "${1-}" = --with-tests ]; then with_tests=1; shift; fi
if [ $# -gt 0 ]; then sed -n '2,5s/^# \?//p' "$0" >&2; exit 2; fi

if [ -n "${GDBSTUB_README_IMAGE-}" ]; then
    engine=$(command -v podman || command -v docker) || { echo "test-readme.sh: neither podman nor docker" >&2; exit 1; }
    exec "$engine" run --rm -v "$PWD:/repository:ro" -w /repository "$GDBSTUB_README_IMAGE" scripts/test-readme.sh ${with_tests:+--with-tests}
fi

place=$(mktemp -d)
servers=()
cleanup() {
    # dotnet run starts the server as a child of its own: the group ends as a whole.
    for server in "${servers[@]}"; do kill -- "-$server" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$place"
}
trap cleanup EXIT

git -c safe.directory='*' clone -q . "$place/gdbstub"
mkdir "$place/home"
cd "$place/gdbstub"
# What a new terminal has, and how this machine reaches others.
clean=(env -i "HOME=$place/home" "PATH=$PATH" "TERM=dumb" "LANG=C.UTF-8" DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1)
for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy SSL_CERT_FILE SSL_CERT_DIR NUGET_CERT_REVOCATION_MODE DOTNET_ROOT; do
    if [ -n "${!name-}" ]; then clean+=("$name=${!name}"); fi
done

normal() { sed -E 's/0x[0-9a-f]+/0x…/g'; }
check() { # COMMAND PRINTED SHOWN-LINE…
    local command=$1 printed=$2 line
    for line in "${@:3}"; do
        if ! grep -qF -- "$(normal <<<"$line")" <(normal <"$printed"); then
            echo "test-readme.sh: \"$command\" does not print: $line" >&2
            cat "$printed" >&2
            exit 1
        fi
    done
}
follow() { # COMMAND SHOWN-LINE…
    local command=$1 shown=("${@:2}") printed=$place/printed.$((++count)) listening='' line
    if [[ $command == scripts/test.sh* ]] && [ -z "$with_tests" ]; then return; fi
    printf '[%4ds] $ %s\n' "$SECONDS" "$command"
    for line in "${shown[@]}"; do [[ $line == "listening on "* ]] && listening=$line; done
    if [ -n "$listening" ]; then
        setsid "${clean[@]}" bash -c "exec $command" >"$printed" 2>&1 </dev/null &
        servers+=($!)
        until grep -qF -- "$listening" "$printed"; do
            kill -0 "$!" 2>/dev/null || { echo "test-readme.sh: \"$command\" has ended" >&2; cat "$printed" >&2; exit 1; }
            sleep 0.1
        done
        return
    fi
    "${clean[@]}" bash -c "$command" >"$printed" 2>&1 </dev/null || { echo "test-readme.sh: \"$command\" fails" >&2; cat "$printed" >&2; exit 1; }
    check "$command" "$printed" "${shown[@]}"
}

count=0 command='' shown=()
while IFS= read -r line; do
    case $line in
    '$ '*)
        if [ -n "$command" ]; then follow "$command" "${shown[@]}"; fi
        command=${line#'$ '} shown=()
        ;;
    ?*) shown+=("$line") ;;
    esac
done < <(awk '/^```console$/ { inside = 1; next } /^```/ { inside = 0 } inside' README.md)
follow "$command" "${shown[@]}"
echo "README.md does what it says: $count commands in $SECONDS s"
