#!/usr/bin/env bash
# Round trips of gdbstub against those of gdbserver, on this machine's loopback. Needs clang and lld for the programs, and gdbserver.
#   scripts/bench-rsp.sh
# GDBSERVER names one that is not on the PATH. Close everything else first: ratios survive a busy machine, times do not.
set -euo pipefail
cd "$(dirname "$0")/.."
debuggers=${GDBSTUB_DEBUGGERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gdbstub-debuggers}
gdbserver=${GDBSERVER:-$(command -v gdbserver || echo "$debuggers/gdbserver")}
[ -x "$gdbserver" ] || { echo "bench-rsp.sh: no gdbserver (Debian: apt-get install gdbserver)" >&2; exit 1; }
scripts/build-guests.sh
exec dotnet run -c Release --project test/Benchmarks -- rsp "$PWD/test/guests/bin/arith.O0" "$PWD/test/guests/bin/linux/arith.O0" "$gdbserver"
