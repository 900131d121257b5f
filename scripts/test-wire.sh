#!/usr/bin/env bash
# Runs every session of the end-to-end tests twice more: with a trace, and by a line on which each piece of what the server says takes
# 200 ms longer. The suite itself has a sample of both (WireTests).
#   scripts/test-wire.sh [FILTER]
# FILTER is one of dotnet test; by itself, the sessions of gdb and lldb. Works with the build that is there.
set -euo pipefail
cd "$(dirname "$0")/.."
filter=${1:-FullyQualifiedName~Sessions}
echo "with a trace"
GDBSTUB_TEST_TRACE=1 dotnet test test/EndToEnd.Tests -c Release --no-build --nologo --filter "$filter"
echo "with 200 ms before each reply"
GDBSTUB_TEST_DELAY=200 dotnet test test/EndToEnd.Tests -c Release --no-build --nologo --filter "$filter"
