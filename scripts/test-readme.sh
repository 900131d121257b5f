#!/usr/bin/env bash
# Follows README.md as somebody would who has never seen this repository: a fresh clone, an empty home directory, and each command of its
# console blocks in turn, which must succeed and print what is shown below it, in that order (addresses may differ).
#   scripts/test-readme.sh [--with-tests]      with it, scripts/test.sh is run as well where the README says so
# GDBSTUB_README_IMAGE=IMAGE does it in a container of that image (podman or docker), which needs to have Debian 12 and the .NET SDK only:
# what else the README says that Debian's users install is installed first. Without it, the commands run here, and use its fixed ports.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "test-readme.sh: $*" >&2; exit 1; }

with_tests=
if [ "${1-}" = --with-tests ]; then with_tests=1; shift; fi
if [ $# -gt 0 ]; then sed -n '2,6s/^# \?//p' "$0" >&2; exit 2; fi
image=${GDBSTUB_README_IMAGE-}
if [ -n "$image" ]; then engine=$(command -v podman || command -v docker) || fail "neither podman nor docker"; fi

place=$(mktemp -d)
container='' servers=()
cleanup() {
    # dotnet run starts the server as a child of its own: the group ends as a whole.
    for server in "${servers[@]}"; do kill -- "-$server" 2>/dev/null || true; done
    if [ -n "$container" ]; then "$engine" rm -f "$container" >/dev/null; fi
    wait 2>/dev/null || true
    rm -rf "$place"
}
trap cleanup EXIT
step() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }

git clone -q . "$place/gdbstub"
# What a new terminal has, and how this machine reaches others.
clean=(DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 TERM=dumb LANG=C.UTF-8)
path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
if [ -n "$image" ]; then
    container=$("$engine" run -d --rm --init "$image" sleep infinity)
    "$engine" cp "$place/gdbstub" "$container":/gdbstub
    clean=("$engine" exec -w /gdbstub "$container" env "${clean[@]}")
    packages=$(sed -n 's/.*`apt-get install \([^`]*\)`.*/\1/p' README.md)
    [ -n "$packages" ] || fail "README.md does not say what to install"
    step "apt-get install $packages"
    "${clean[@]}" sh -c "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages" \
        >"$place/packages" 2>&1 || { cat "$place/packages" >&2; fail "apt-get fails"; }
else
    mkdir "$place/home"
    PATH=$path command -v dotnet >/dev/null || path=$(dirname "$(command -v dotnet)"):$path
    clean=(env -i "${clean[@]}" "HOME=$place/home" "PATH=$path")
    for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy SSL_CERT_FILE SSL_CERT_DIR NUGET_CERT_REVOCATION_MODE DOTNET_ROOT; do
        if [ -n "${!name-}" ]; then clean+=("$name=${!name}"); fi
    done
    cd "$place/gdbstub"
fi

normal() { sed -E 's/0x[0-9a-f]+/0x…/g'; }
check() { # COMMAND PRINTED SHOWN-LINE…
    local command=$1 printed=$2 line after=0 next
    for line in "${@:3}"; do
        next=$(normal <"$printed" | tail -n "+$((after + 1))" | grep -nFm 1 -- "$(normal <<<"$line")" | cut -d : -f 1) ||
            { cat "$printed" >&2; fail "\"$command\" does not print, or earlier: $line"; }
        after=$((after + next))
    done
}
follow() { # COMMAND SHOWN-LINE…
    local command=$1 shown=("${@:2}") printed=$place/printed.$((++count)) listening='' line
    if [[ $command == scripts/test.sh* ]] && [ -z "$with_tests" ]; then return; fi
    step "\$ $command"
    for line in "${shown[@]}"; do [[ $line == "listening on "* ]] && listening=$line; done
    if [ -n "$listening" ]; then
        setsid "${clean[@]}" bash -c "exec $command" >"$printed" 2>&1 </dev/null &
        servers+=($!)
        until grep -qFx -- "$listening" "$printed"; do
            kill -0 "$!" 2>/dev/null || { cat "$printed" >&2; fail "\"$command\" has ended"; }
            sleep 0.1
        done
        return
    fi
    "${clean[@]}" bash -c "$command" >"$printed" 2>&1 </dev/null || { cat "$printed" >&2; fail "\"$command\": exit status $?"; }
    check "$command" "$printed" "${shown[@]}"
}

count=0 command='' shown=()
while IFS= read -r line <&3; do
    case $line in
    '$ '*)
        if [ -n "$command" ]; then follow "$command" "${shown[@]}"; fi
        command=${line#'$ '} shown=()
        ;;
    ?*) shown+=("$line") ;;
    esac
done 3< <(awk '/^```console$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$place/gdbstub/README.md")
follow "$command" "${shown[@]}"
step "README.md does what it says: $count commands"
