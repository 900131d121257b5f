#!/usr/bin/env bash
# Writes docs/syscalls.md anew: every system call with its state, from the table.
#   scripts/write-syscalls.sh
set -euo pipefail
cd "$(dirname "$0")/.."
GDBSTUB_WRITE_DOCS=1 exec dotnet test test/TraceKernel.Tests -c Release -v q --filter "FullyQualifiedName~SyscallDocumentTests"
