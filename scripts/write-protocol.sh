#!/usr/bin/env bash
# Writes docs/protocol.md anew: the table of all packets, from their attributes, the recorded sessions and the tests.
#   scripts/write-protocol.sh
set -euo pipefail
cd "$(dirname "$0")/.."
GDBSTUB_WRITE_DOCS=1 exec dotnet test test/GdbStub.Tests -c Release -v q --filter "FullyQualifiedName~ProtocolDocumentTests"
