#!/usr/bin/env bash
# Records sessions of the debuggers of this machine with the built-in demo: what they sent and what they were answered, as the server's own
# trace has it, in test/GdbStub.Tests/Whole/Recordings, where the tests replay it. To be run again when the demo or a reply changes.
#   scripts/record-sessions.sh
# Works with the build that is there (dotnet build gdbstub.sln -c Release).
# gdb-multiarch and lldb are the distribution's (Debian 12: gdb 13, lldb 14), newer ones those of GDBSTUB_DEBUGGERS.
set -euo pipefail
cd "$(dirname "$0")/.."
debuggers=${GDBSTUB_DEBUGGERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gdbstub-debuggers}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -f src/GdbStub/bin/Release/net10.0/gdbstub.dll ] || dotnet build src/GdbStub -c Release -v q

# record NAME CLIENT…: CLIENT connects to $port
record() {
    local name=$1 server
    dotnet src/GdbStub/bin/Release/net10.0/gdbstub.dll --listen 127.0.0.1:0 --once --clean-env --time fast --seed 1 --kernel freebsd-14 \
        --trace "$work/$name.trace" > "$work/$name.ready" &
    server=$!
    until grep -q listening "$work/$name.ready"; do sleep 0.1; done
    # A debugger's own complaint about a command is part of the session.
    "${@:2}" "$(sed 's/.*://' "$work/$name.ready")" || true
    wait "$server"
}
with_gdb() { # GDB PORT
    "$1" -nx -batch -iex 'set remotetimeout 60' -iex 'set osabi none' -iex 'set height 0' -ex "target remote 127.0.0.1:$2" -ex 'break visit' -ex continue \
        -ex backtrace -ex 'info registers' -ex 'info threads' -ex next -ex next -ex step -ex finish -ex 'x/4i $pc' -ex 'print $sp' -ex 'info os processes' \
        -ex 'tbreak visit if 1 == 1' -ex 'delete 1' -ex continue -ex 'watch visited' -ex continue -ex delete -ex stepi -ex 'info sharedlibrary' \
        -ex 'hbreak visit' -ex continue -ex 'find $pc, +64, (char) 0x90' -ex 'print visited = 7' -ex 'info auxv' -ex 'monitor ps' -ex kill
}
with_lldb() { # LLDB PORT
    "$1" --no-lldbinit --batch -o 'settings set symbols.enable-external-lookup false' -o 'target create src/GdbStub/Demo/demo-amd64' \
        -o "process connect connect://127.0.0.1:$2" -o 'breakpoint set -n visit' -o continue -o 'thread backtrace' -o 'register read' -o 'memory region $pc' \
        -o next -o step -o finish -o 'expression 1 + 2' -o 'memory read $sp' -o 'watchpoint set variable visited' -o continue -o 'process status' -o kill
}
record gdb-13 with_gdb gdb-multiarch
record lldb-14 with_lldb lldb
if [ -x "$debuggers/gdb" ]; then record gdb-16 with_gdb "$debuggers/gdb"; fi
if [ -x "$debuggers/lldb" ]; then record lldb-19 with_lldb "$debuggers/lldb"; fi
GDBSTUB_TRACES=$work dotnet test test/GdbStub.Tests -c Release --no-build --filter Name=WriteRecordings
