#!/usr/bin/env bash
# Guests of two machines on one root try every call that takes a name while a host process exchanges directories, links and files below it, and
# another one mounts a directory there and takes it away. Mounts need root: without it the script says so and leaves them out.
# The suite has a sample of it, without mounts.
#   scripts/test-walls.sh [OPERATIONS]      1,000,000 calls of each machine unless told; ends with status 1 when anybody got out
set -euo pipefail
cd "$(dirname "$0")/.."
export GDBSTUB_WALL_OPERATIONS=${1:-1000000} GDBSTUB_WALL_MOUNTS=0 MSBUILDDISABLENODEREUSE=1
# The mounts are in a name space of the test's own, so that none is left.
alone=(unshare -m)
probe=$(mktemp -d)
if "${alone[@]}" mount --bind "$probe" "$probe" 2>/dev/null; then GDBSTUB_WALL_MOUNTS=1; else alone=(); echo "test-walls.sh: this system lets nobody mount: without mounts"; fi
rmdir "$probe"
exec "${alone[@]}" dotnet test test/TraceKernel.Tests -c Release --filter "FullyQualifiedName~Nobody_gets_out_in_a_long_run" --logger "console;verbosity=detailed"
