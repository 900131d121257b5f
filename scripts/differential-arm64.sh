#!/usr/bin/env bash
# Compares the arm64 processor with qemu-aarch64 on random instructions and states, family by family and in sequences.
#   scripts/differential-arm64.sh [CASES] [SEED]     CASES of each family (100000 unless told), SEED 1 unless told
# Needs clang, lld and qemu-aarch64 (Debian: apt-get install clang lld qemu-user).
set -euo pipefail
cd "$(dirname "$0")/.."
command -v "${QEMU_AARCH64:-qemu-aarch64}" >/dev/null || { echo "differential-arm64.sh: qemu-aarch64 is not installed (Debian: apt-get install qemu-user)" >&2; exit 1; }
scripts/build-guests.sh
exec dotnet test test/Arch.Arm64.Tests -c Release --nologo -v quiet --filter 'Name~AgreesWithQemu' --logger 'console;verbosity=normal' -- \
    "TestRunParameters.Parameter(name=\"cases\", value=\"${1:-100000}\")" "TestRunParameters.Parameter(name=\"sequences\", value=\"${1:-100000}\")" \
    "TestRunParameters.Parameter(name=\"seed\", value=\"${2:-1}\")"
