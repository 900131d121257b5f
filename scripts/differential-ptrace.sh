#!/usr/bin/env bash
# What the kernels answer to ptrace(2), against their own sys_process.c: the four revisions are compiled with stubs around them
# (test/differential-ptrace), and every request is made of a target in every state, with addresses and data that matter. The answers must be those of
# test/TraceKernel.Tests/Tracing/answers, which PtraceAnswerTests compares the kernels here with.
#   scripts/differential-ptrace.sh [--update] DIRECTORY
# DIRECTORY has the revisions, one file each whose name begins with 000 (freebsd-11), 001 (freebsd-5), 003 (dragonfly) and 004 (freebsd-13); lines may
# begin with their numbers. They are not part of this project. --update writes the answers anew. Exit status 0 only without a difference.
set -euo pipefail
cd "$(dirname "$0")/.."
update=
if [ "${1:-}" = --update ]; then update=1; shift; fi
seeds=${1:?usage: scripts/differential-ptrace.sh [--update] DIRECTORY}
answers=test/TraceKernel.Tests/Tracing/answers work=$(mktemp -d) status=0
trap 'rm -rf "$work"' EXIT

check() { # FILE VERSION KERNEL
    local file=("$seeds/$1"*)
    # A page of a source browser: spaces that do not break, and a number before each line.
    sed -e 's/\xc2\xa0/ /g' "${file[0]}" | sed -nE 's/^ *[0-9]+([ \t]|$)//p' | sed -E '/^ *#include/d; /__FBSDID/d' > "$work/$1.c"
    clang -w -O1 -I"$work" "-DKV=$2" "-DSEED=\"$1.c\"" test/differential-ptrace/answers.c -o "$work/$1"
    "$work/$1" > "$work/$3.txt"
    echo "$3: $(wc -l < "$work/$3.txt") lines of answers"
    if [ -n "$update" ]; then cp "$work/$3.txt" "$answers/$3.txt"; else diff -u "$answers/$3.txt" "$work/$3.txt" || status=1; fi
}
check 001 5 freebsd-5
check 003 3 dragonfly
check 000 11 freebsd-11
check 004 13 freebsd-13
scripts/build-guests.sh
dotnet build test/TraceKernel.Tests -c Release -v quiet -nologo
dotnet test test/TraceKernel.Tests -c Release --no-build --nologo -v quiet --filter FullyQualifiedName~PtraceAnswerTests || status=1
exit "$status"
