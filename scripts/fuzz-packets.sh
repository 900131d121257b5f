#!/usr/bin/env bash
# The long run of generated and mutated packets against the whole server (its sockets apart); the suite has a sample of it.
#   scripts/fuzz-packets.sh [PACKETS] [SEED]
# PACKETS is 10,000,000 unless told, SEED random. The servers have all CPUs and kernels, roots, boot tables and traces in turn. It prints the seed and
# ends with status 1 at the first packet that does harm.
set -euo pipefail
cd "$(dirname "$0")/.."
export GDBSTUB_FUZZ_PACKETS=${1:-10000000} GDBSTUB_FUZZ_SEED=${2:-$((RANDOM * 32768 + RANDOM))}
echo "seed $GDBSTUB_FUZZ_SEED, $GDBSTUB_FUZZ_PACKETS packets"
exec dotnet test test/GdbStub.Tests -c Release --filter "Name=LongRun" --logger "console;verbosity=detailed"
