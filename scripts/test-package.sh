#!/usr/bin/env bash
# Packs gdbstub as a dotnet tool, installs it from the folder alone, and lets the installed command run a program. Needs scripts/build-guests.sh.
#   scripts/test-package.sh [--no-build]      with --no-build what `dotnet build -c Release` has left is packed
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dotnet pack src/GdbStub -c Release -v quiet -nologo -o "$folder/packages" "$@"
dotnet tool install gdbstub --tool-path "$folder/tools" --source "$folder/packages" --no-cache >/dev/null
version=$("$folder/tools/gdbstub" --version)
[ -e "$folder/packages/gdbstub.${version%%+*}.nupkg" ] || { echo "test-package.sh: the tool says it is $version" >&2; exit 1; }

status=0
"$folder/tools/gdbstub" run -- test/guests/bin/exit.O0 9 || status=$?
[ "$status" = 9 ] || { echo "test-package.sh: the program's exit status is $status, not 9" >&2; exit 1; }
echo "gdbstub $version is packed, installed and runs"
