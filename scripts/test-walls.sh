#!/usr/bin/env bash
# Guests of two machines on one root try every call that takes a name while a host process exchanges directories, links and files below it.
# The suite has a sample of it.
#   scripts/test-walls.sh [OPERATIONS]      1,000,000 calls of each machine unless told; ends with status 1 when anybody got out
set -euo pipefail
cd "$(dirname "$0")/.."
export GDBSTUB_WALL_OPERATIONS=${1:-1000000}
exec dotnet test test/TraceKernel.Tests -c Release --filter "FullyQualifiedName~Nobody_gets_out_in_a_long_run" --logger "console;verbosity=detailed"
