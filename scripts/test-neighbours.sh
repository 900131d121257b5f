#!/usr/bin/env bash
# How long a quiet session waits for a reply to g and for a step, alone, beside ten programs that never rest, and beside a flood and many silent sessions:
# with a machine for all clients and with a machine for each. Ends with status 1 when a reply is wrong.
#   scripts/test-neighbours.sh [--no-build] [SESSIONS [SECONDS]]      200 sessions, 5 seconds for each figure unless told
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1-}" = --no-build ]; then
    shift
else
    scripts/build-guests.sh
    dotnet build test/Benchmarks -c Release -v quiet -nologo
fi
binaries=$PWD/test/Benchmarks/bin/Release/net10.0
exec dotnet "$binaries/Benchmarks.dll" neighbours "$binaries/gdbstub.dll" "$PWD/test/guests/bin" "${1:-200}" "${2:-5}"
