#!/usr/bin/env bash
# Runs every test. Needs the .NET 10 SDK; the compiler for the guests and the debuggers come from Debian when this runs as root.
#   scripts/test.sh [TEST-PROJECT…]      e.g. scripts/test.sh EndToEnd.Tests; all unless told
# The last line says "N passed, N failed, N skipped"; the exit status is 0 only when nothing failed.
# GDBSTUB_DEBUGGERS names a directory with a newer gdb and lldb to test with as well (launchers called gdb and lldb).
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '== [%4ds] %s\n' "$SECONDS" "$*"; }

# command:package of all that the tests call
needed=(clang:clang ld.lld:lld gdb:gdb gdb-multiarch:gdb-multiarch lldb:lldb go:golang-go qemu-aarch64:qemu-user
    readelf:binutils eu-readelf:elfutils curl:curl xz:xz-utils)
missing=()
for tool in "${needed[@]}"; do command -v "${tool%:*}" >/dev/null || missing+=("${tool#*:}"); done
if ((${#missing[@]})); then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        step "installing ${missing[*]}"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "test.sh: not installed: ${missing[*]} (Debian: apt-get install ${missing[*]}; elsewhere: clang, lld, a gdb for all targets, lldb, go, qemu-user, binutils, elfutils, curl, xz)" >&2
        exit 1
    fi
fi
command -v dotnet >/dev/null || { echo "test.sh: dotnet is not installed: the .NET 10 SDK is needed" >&2; exit 1; }

export GDBSTUB_DEBUGGERS=${GDBSTUB_DEBUGGERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gdbstub-debuggers}
if [ -x ../shared/tools/newer-debuggers.sh ]; then
    step "newer debuggers"
    ../shared/tools/newer-debuggers.sh "$GDBSTUB_DEBUGGERS" || echo "test.sh: no newer debuggers: their tests are skipped" >&2
fi

step "building the guests"
scripts/build-guests.sh
step "building"
dotnet build gdbstub.sln -c Release -v quiet -nologo

results=$PWD/artifacts/test-results
rm -rf "$results"
passed=0 failed=0 skipped=0
count() { # RESULTS-FILE ATTRIBUTE: one number of the summary that VSTest writes
    sed -n "s/.*<Counters [^>]*\b$2=\"\([0-9]*\)\".*/\1/p" "$1"
}

failed_tests() { # RESULTS-FILE: each failed test with the first lines of its message, which quiet output leaves out
    awk '/<UnitTestResult / { has_failed = 0 }
         /<UnitTestResult .*outcome="Failed"/ { has_failed = 1; match($0, /testName="[^"]*"/); print "FAILED " substr($0, RSTART + 10, RLENGTH - 11) }
         has_failed && /<ErrorInfo>/ { lines = 60 }
         /<\/ErrorInfo>/ { lines = 0 }
         lines-- > 0 { print "    " $0 }' "$1" | sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&#xD;//g; s/&amp;/\&/g'
}

if (($# == 0)); then set -- $(cd test && ls -d -- *.Tests); fi
for project; do
    step "$project"
    status=0 failures=0
    dotnet test "test/$project" -c Release --no-build --nologo -v quiet \
        --logger "trx;LogFileName=$project.trx" --results-directory "$results" || status=$?
    if [ -f "$results/$project.trx" ]; then
        failed_tests "$results/$project.trx" >>"$results/failed.txt"
        failures=$(count "$results/$project.trx" failed)
        passed=$((passed + $(count "$results/$project.trx" passed)))
        skipped=$((skipped + $(count "$results/$project.trx" total) - $(count "$results/$project.trx" executed)))
    fi
    # A test host that dies leaves no failed test behind, and is a failure all the same.
    if ((status != 0 && failures == 0)); then failures=1; fi
    failed=$((failed + failures))
done

cat "$results/failed.txt" 2>/dev/null || true
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
