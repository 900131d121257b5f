#!/usr/bin/env bash
# Many clients of one server: idle, stepping and reading, coming and going; fails when a reply is wrong or the server grows.
#   scripts/test-load.sh [--no-build] [SESSIONS [SECONDS [CYCLES]]]      200 sessions, 60 seconds, 10000 cycles unless told; a soak: 200 3600 500000
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1-}" = --no-build ]; then
    shift
else
    scripts/build-guests.sh
    dotnet build test/Benchmarks -c Release -v quiet -nologo
fi
binaries=$PWD/test/Benchmarks/bin/Release/net10.0
exec dotnet "$binaries/Benchmarks.dll" load "$binaries/gdbstub.dll" "$PWD/test/guests/bin/arith.O0" "${1:-200}" "${2:-60}" "${3:-10000}"
