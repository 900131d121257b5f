#!/usr/bin/env bash
# Packs gdbstub as a dotnet tool, installs it from the folder alone, and lets the installed command run a program; the same with what
# is published for machines of any kind. Needs scripts/build-guests.sh.
#   scripts/test-package.sh [--no-build]      with --no-build what `dotnet build -c Release` has left is packed
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dotnet pack src/GdbStub -c Release -v quiet -nologo -o "$folder/packages" "$@"
dotnet tool install gdbstub --tool-path "$folder/tools" --source "$folder/packages" --no-cache >/dev/null
version=$("$folder/tools/gdbstub" --version)
[ -e "$folder/packages/gdbstub.${version%%+*}.nupkg" ] || { echo "test-package.sh: the tool says it is $version" >&2; exit 1; }

runs() { # COMMAND…
    local status=0
    "$@" run -- test/guests/bin/exit.O0 9 || status=$?
    [ "$status" = 9 ] || { echo "test-package.sh: $*: the program's exit status is $status, not 9" >&2; exit 1; }
}
runs "$folder/tools/gdbstub"
dotnet publish src/GdbStub -c Release -v quiet -nologo -o "$folder/published" "$@"
[ -e "$folder/published/runtimes/linux-arm64/native/libcapstone.so" ] || { echo "test-package.sh: what is published lacks arm64's files" >&2; exit 1; }
runs dotnet "$folder/published/gdbstub.dll"
echo "gdbstub $version is packed, installed and runs"
