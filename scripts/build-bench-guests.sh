#!/usr/bin/env bash
# Builds the speed guests (test/Benchmarks/guests/*.c) with clang -O2 into OUT: freebsd/NAME and linux/NAME, from the same source, for
# amd64 unless told.
#   scripts/build-bench-guests.sh OUT [amd64|arm64]
set -euo pipefail
root=$(realpath "$(dirname "$0")/..")
usage() { sed -n '2,4s/^# \?//p' "$0" >&2; exit 2; }
[ $# -eq 1 ] || [ $# -eq 2 ] || usage
case ${2:-amd64} in
amd64) target=x86_64 emulation=elf_x86_64 ;;
arm64) target=aarch64 emulation=aarch64elf ;;
*) usage ;;
esac
out=$(realpath -m "$1")
cd "$root"
mkdir -p "$out/freebsd" "$out/linux"
clang=${CLANG:-clang} lld=${LLD:-ld.lld}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-std=gnu17 -O2 -ffreestanding -nostdlibinc -fno-stack-protector -fno-pie -Itest/guests/runtime -Wall -Wextra -Werror)
for system in "freebsd:$target-unknown-freebsd13:${emulation}_fbsd" "linux:$target-unknown-linux-gnu:$emulation"; do
    IFS=: read -r name target emulation <<< "$system"
    runtime=()
    for source in start print string syscalls; do
        "$clang" --target="$target" "${flags[@]}" -c "test/guests/runtime/$source.c" -o "$work/$name-$source.o"
        runtime+=("$work/$name-$source.o")
    done
    if [ "$name" = freebsd ]; then
        "$clang" --target="$target" -c test/guests/runtime/note.S -o "$work/note.o"
        runtime+=("$work/note.o")
    fi
    for source in test/Benchmarks/guests/*.c; do
        guest=$(basename "$source" .c)
        "$clang" --target="$target" "${flags[@]}" -c "$source" -o "$work/$guest.o"
        "$lld" -m "$emulation" --build-id=none -z noexecstack -o "$out/$name/$guest" "$work/$guest.o" "${runtime[@]}"
    done
done
