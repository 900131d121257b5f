#!/usr/bin/env bash
# Random instruction sequences on this machine's processor (Linux on x86-64) and in the emulated one, as one program built for both
# (test/guests/differential.c): registers, flags, FPU, memory, faults and signal frames must be the same.
#   scripts/differential-amd64.sh [CASES] [SEED] [FIRST]    100000, 1 and 0 unless told; a million takes some minutes
# Prints the instructions met, how often, and those left out with the reason. Exit status 0 only without a mismatch. A case's
# seed and number name it for good: FIRST begins with that case.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build-guests.sh
dotnet build test/Arch.Amd64.Tests -c Release -v quiet -nologo
dotnet test test/Arch.Amd64.Tests -c Release --no-build --nologo -v quiet --filter FullyQualifiedName~Differential.SiliconTests \
    --logger 'console;verbosity=normal' -- "TestRunParameters.Parameter(name=\"cases\", value=\"${1:-100000}\")" \
    "TestRunParameters.Parameter(name=\"seed\", value=\"${2:-1}\")" "TestRunParameters.Parameter(name=\"first\", value=\"${3:-0}\")"
