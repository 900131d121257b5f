#!/usr/bin/env bash
# The long run of hostile guests against the kernel: random system calls, ptrace requests, code and executables, each kernel and CPU in turn.
# The suite has a sample of it.
#   scripts/fuzz-guests.sh [CALLS] [SEED]
# CALLS is 10,000,000 unless told, SEED random; it prints the seed of each machine and ends with status 1 at the first one that does harm.
# GDBSTUB_FUZZ_KIND=calls|trace|code|images leaves out the other kinds.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build-guests.sh
export GDBSTUB_FUZZ_CALLS=${1:-10000000} GDBSTUB_FUZZ_SEED=${2:-$((RANDOM * 32768 + RANDOM))}
echo "seed $GDBSTUB_FUZZ_SEED, $GDBSTUB_FUZZ_CALLS calls"
exec dotnet test test/TraceKernel.Tests -c Release --filter "Name=Long_run" --logger "console;verbosity=detailed"
