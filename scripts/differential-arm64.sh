#!/usr/bin/env bash
# Compares the arm64 processor with qemu-aarch64 on random instructions and states, family by family and in sequences; or its decoder
# with Capstone on random words.
#   scripts/differential-arm64.sh [CASES] [SEED]               CASES of each family and of sequences (100000 unless told), SEED 1 unless told
#   scripts/differential-arm64.sh --decoder [WORDS] [SEED]     ten million words unless told
#   scripts/differential-arm64.sh --translations [N] [SEED]    N (20) times as many loops translated and interpreted, and inline functions against
#                                                              their helpers, as the tests compare
# Prints what was compared, and every difference. Exit status 0 only without one. Needs clang, lld and qemu-aarch64 (Debian: apt-get
# install clang lld qemu-user); the last two need none of them.
set -euo pipefail
cd "$(dirname "$0")/.."
run() { # FILTER PARAMETER=VALUE…
    local filter=$1 parameters=()
    shift
    for parameter; do parameters+=("TestRunParameters.Parameter(name=\"${parameter%%=*}\", value=\"${parameter#*=}\")"); done
    dotnet build test/Arch.Arm64.Tests -c Release -v quiet -nologo
    exec dotnet test test/Arch.Arm64.Tests -c Release --no-build --nologo -v quiet --filter "$filter" --logger 'console;verbosity=normal' -- "${parameters[@]}"
}
if [ "${1-}" = --decoder ]; then run Name=AgreesWithCapstone "words=${2:-10000000}" "seed=${3:-1}"; fi
if [ "${1-}" = --translations ]; then
    run 'Name~LoopsAgreeWithTheInterpreter|Name~AreWhatTheHelpersDoWhereCertain' "programs=${2:-20}" "inline=$((60000 * ${2:-20}))" "seed=${3:-1}"
fi
command -v "${QEMU_AARCH64:-qemu-aarch64}" >/dev/null || { echo "differential-arm64.sh: qemu-aarch64 is not installed (Debian: apt-get install qemu-user)" >&2; exit 1; }
scripts/build-guests.sh
run Name~AgreesWithQemu "cases=${1:-100000}" "sequences=${1:-100000}" "seed=${2:-1}"
