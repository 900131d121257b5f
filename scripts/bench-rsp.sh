#!/usr/bin/env bash
# Round trips of gdbstub against those of gdbserver, on this machine's loopback, and against a server that does nothing but send as much; then how long
# gdb takes to connect to a program of 10 MB that it fetches. Needs clang and lld for the programs, gdb and gdbserver.
#   scripts/bench-rsp.sh [rsp|connect]      both unless told
# GDBSERVER and GDB name others than those in GDBSTUB_DEBUGGERS or on the PATH. Close everything else first: ratios survive a busy machine, times do not.
set -euo pipefail
cd "$(dirname "$0")/.."
debuggers=${GDBSTUB_DEBUGGERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gdbstub-debuggers}
gdbserver=${GDBSERVER:-$(command -v gdbserver || echo "$debuggers/gdbserver")}
[ -x "$gdbserver" ] || { echo "bench-rsp.sh: no gdbserver (Debian: apt-get install gdbserver)" >&2; exit 1; }
gdb=${GDB:-$debuggers/gdb}
[ -x "$gdb" ] || gdb=$(command -v gdb) || { echo "bench-rsp.sh: no gdb (Debian: apt-get install gdb)" >&2; exit 1; }
what=${1:-all}
[[ $what == @(all|rsp|connect) ]] || { sed -n '2,5s/^# \?//p' "$0" >&2; exit 2; }

scripts/build-guests.sh
dotnet build test/Benchmarks -c Release -v quiet -nologo
bench() { dotnet run -c Release --no-build --project test/Benchmarks -- "$@"; }

[ "$what" = connect ] || bench rsp "$PWD/test/guests/bin/arith.O0" "$PWD/test/guests/bin/linux/arith.O0" "$gdbserver"
[ "$what" != rsp ] || exit 0

# Functions by the hundred thousand: gdb reads all of a symbol table and its names.
large=$(mktemp -d)
trap 'rm -rf "$large"' EXIT
awk 'BEGIN {
    print ".text\n.globl _start\n_start: jmp _start"
    for (i = 0; i < 120000; i++) {
        name = sprintf("function_number_%d_of_a_program_that_is_large", i)
        printf ".globl %s\n%s: .quad %d\n", name, name, i * 2654435761 % 4294967296
    }
}' > "$large/large.S"
"${CLANG:-clang}" --target=x86_64-unknown-freebsd13 -c "$large/large.S" -o "$large/large.o"
"${LLD:-ld.lld}" -m elf_x86_64_fbsd --build-id=none -o "$large/freebsd" "$large/large.o"
"${LLD:-ld.lld}" -m elf_x86_64 --build-id=none -o "$large/linux" "$large/large.o"
bench connect "$large/freebsd" "$large/linux" "$gdbserver" "$gdb"
