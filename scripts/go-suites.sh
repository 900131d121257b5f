#!/usr/bin/env bash
# Runs test suites of Go's standard library, built for FreeBSD, under "gdbstub run".
#   scripts/go-suites.sh [--arch amd64|arm64] [PACKAGE…]
#       e.g. scripts/go-suites.sh strconv os/exec; amd64 and a fixed list unless told
# Prints a line for each package, the failed tests below it, and at the end "N passed, N failed". The exit status is 0 only when
# nothing failed. Tests that need what a Linux host or Debian's package does not have are named here, told, and do not count. Needs go (Debian: apt-get install golang-go) and a build of gdbstub (dotnet build -c Release).
#   GDBSTUB          another gdbstub.dll than that of the build
#   GO_SUITES_OUT    keeps programs and outputs in that directory
#   GO_SUITES_TIME   seconds that one suite may take, 600 unless told
#   GO_SUITES_FLAGS  arguments of the test programs, -test.short unless told
set -euo pipefail
cd "$(dirname "$0")/.."

arch=amd64
if [ "${1-}" = --arch ]; then arch=${2:?--arch wants amd64 or arm64}; shift 2; fi
case $arch in amd64 | arm64) ;; *) echo "go-suites.sh: --arch wants amd64 or arm64, not $arch" >&2; exit 2 ;; esac

usual=(strconv sort math math/bits math/cmplx unicode/utf8 container/heap encoding/binary encoding/hex hash/adler32 bufio
    text/tabwriter errors path sync/atomic)
(($# > 0)) || set -- "${usual[@]}"

# They run FreeBSD's own sh, cat, pwd, hostname or nohup; read lib/time/zoneinfo.zip, which Debian leaves out; want go's export data; or do
# not expect GOROOT to be a symbolic link, as Debian's is.
excused=(os:TestStartProcess os:TestStatStdin os:TestHostname os/signal:TestDetectNohup os/signal:TestNohup syscall:TestZeroSysProcAttr
    syscall:TestSetpgid syscall:TestPgid syscall:TestSetctty syscall:TestExecPtrace time:TestLoadLocationFromTZData
    runtime:TestAtomicAlignment runtime/debug:TestStack)

command -v go >/dev/null || { echo "go-suites.sh: go is not installed (Debian: apt-get install golang-go)" >&2; exit 1; }
gdbstub=${GDBSTUB:-src/GdbStub/bin/Release/net10.0/gdbstub.dll}
[ -f "$gdbstub" ] || { echo "go-suites.sh: $gdbstub is not built (dotnet build gdbstub.sln -c Release)" >&2; exit 1; }
gdbstub=$(realpath "$gdbstub")

out=${GO_SUITES_OUT:-}
if [ -z "$out" ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out"
out=$(realpath "$out")
read -ra flags <<< "${GO_SUITES_FLAGS--test.short}"
# No link on the way: the guest's __getcwd tells the directory's own name.
root=$(realpath "$(go env GOROOT)/src")
# The guest sees this machine's programs, which are no FreeBSD's: without PATH and with GO_GCFLAGS tests that would run them, or go
# itself, are skipped.
environment=(--clean-env --env "GOROOT=$(go env GOROOT)" --env TMPDIR=/tmp --env HOME=/tmp --env USER=user --env PATH= --env GO_GCFLAGS=none)

excuse() { # PACKAGE OUTPUT: the verdict, when nothing failed but excused tests
    local test without=()
    while read -r test; do
        [[ " ${excused[*]} " == *" $1:$test "* ]] || return 1
        without+=("$test")
    done < <(sed -n 's/^--- FAIL: \([A-Za-z0-9_]*\).*/\1/p' "$2")
    ((${#without[@]} > 0)) && echo "passed without ${without[*]}"
}

passed=0 failed=0
for package; do
    name=${package//\//_} started=$SECONDS
    if ! (cd "$root" && GOOS=freebsd GOARCH=$arch CGO_ENABLED=0 go test -c -vet=off -tags timetzdata -o "$out/$name.test" "$package") > "$out/$name.txt" 2>&1; then
        verdict="does not build"
    else
        status=0
        timeout "${GO_SUITES_TIME:-600}" dotnet "$gdbstub" run --root / --cwd "$root/$package" "${environment[@]}" -- \
            "$out/$name.test" ${flags[@]+"${flags[@]}"} > "$out/$name.txt" 2>&1 < /dev/null || status=$?
        case $status in
        0) verdict=passed ;;
        1) if verdict=$(excuse "$package" "$out/$name.txt"); then :; else verdict="failed (status 1)"; fi ;;
        124) verdict="took too long" ;;
        *) verdict="failed (status $status)" ;;
        esac
    fi
    if [[ $verdict == passed* ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    printf '%-20s %s, %ds\n' "$package" "$verdict" $((SECONDS - started))
    [[ $verdict == passed* ]] || grep -E '^ *--- FAIL|^panic:|^fatal error:|^SIG|cannot|unexpected' "$out/$name.txt" | head -n 20 | sed 's/^/    /' || true
done
echo "$passed passed, $failed failed"
((failed == 0))
