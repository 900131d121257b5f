#!/usr/bin/env bash
# Builds the test guests (test/guests/*.c) into OUT, test/guests/bin unless told: each as NAME.O0 and NAME.O2, with debug
# information, for FreeBSD/amd64, and the cases that check themselves (test/guests/ptrace/*.c and process/*.c) as ptrace/NAME
# and process/NAME; a dynamically linked program, its linker and its libraries in a root directory of their own, dynamic; the
# same for FreeBSD/arm64 in OUT/arm64. With --demo instead builds the demo programs that gdbstub contains and their
# demo.manifest, into src/GdbStub/Demo.
#   scripts/build-guests.sh [--demo] [OUT]
# Needs clang and lld (CLANG and LLD name others than clang and ld.lld). Does nothing when OUT is up to date. The same
# sources and compiler give the same bytes, wherever the repository lies.
set -euo pipefail

root=$(realpath "$(dirname "$0")/..")
demo='' out=$root/test/guests/bin
if [ "${1-}" = --demo ]; then demo=1 out=$root/src/GdbStub/Demo; shift; fi
if [ $# -gt 1 ] || [[ "${1-}" == -* ]]; then sed -n '2,9s/^# \?//p' "$0" >&2; exit 2; fi
out=$(realpath -m "${1:-$out}")
cd "$root"

clang=${CLANG:-clang} lld=${LLD:-ld.lld}
for tool in "$clang" "$lld"; do
    command -v "$tool" >/dev/null || { echo "build-guests.sh: $tool is not installed (Debian: apt-get install clang lld)" >&2; exit 1; }
done
compiler=$("$clang" --version | head -n 1) linker=$("$lld" --version)

runtime=(test/guests/runtime/{start,print,string,syscalls}.c)
flags=(-std=gnu17 -ffreestanding -nostdlibinc -fno-stack-protector -fasynchronous-unwind-tables -gdwarf-4
    -Wall -Wextra -Werror -ffile-prefix-map="$root=." -ffile-prefix-map="$("$clang" -print-resource-dir)=clang")
export LC_ALL=C SOURCE_DATE_EPOCH=0

# compile OBJECT SOURCE FLAG…
compile() { "$clang" "${flags[@]}" "${@:3}" -c "$2" -o "$1"; }
# link PROGRAM EMULATION ARGUMENT…: an emulation that ends in _fbsd brands the file (OSABI 9), the others leave it neutral (OSABI 0)
link() { "$lld" -m "$2" --build-id=none -z noexecstack -o "$1.new" "${@:3}" && mv "$1.new" "$1"; }

# The runtime has no debug information, as libc has none on most systems, so that "step" steps over printf.
build_runtime() { # DIRECTORY FLAG…
    local directory=$1 source
    mkdir -p "$directory"
    for source in "${runtime[@]}"; do compile "$directory/$(basename "$source" .c).o" "$source" -O2 -g0 -fPIE -fvisibility=hidden "${@:2}" & done
    wait_all
}
wait_all() { local job failed=0; for job in $(jobs -p); do wait "$job" || failed=1; done; return $failed; }

# for_cpu amd64|arm64: says what follows is built for
for_cpu() {
    case $1 in
    amd64) target=x86_64 emulation=elf_x86_64 ;;
    arm64) target=aarch64 emulation=aarch64elf ;;
    esac
    freebsd=("--target=$target-unknown-freebsd13") linux=("--target=$target-unknown-linux-gnu")
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

if [ -n "$demo" ]; then
    for cpu in amd64 arm64; do
        for_cpu $cpu
        build_runtime "$work/$cpu" "${freebsd[@]}"
        compile "$work/$cpu/note.o" test/guests/runtime/note.S -g0 "${freebsd[@]}"
        for name in demo station; do
            compile "$work/$name.o" "test/guests/$name.c" -O0 -fno-pie "${freebsd[@]}"
            link "$out/$name-$cpu" "$emulation" "$work/$name.o" "$work/$cpu"/*.o
        done
    done
    {
        echo "# Written by scripts/build-guests.sh --demo; check with sha256sum --check in the repository's root."
        echo "# compiler: $compiler"
        echo "# linker: $linker"
        sha256sum test/guests/{demo,station}.c test/guests/runtime/*
        (cd "$out" && sha256sum {demo,station}-{amd64,arm64}) | sed 's|  |  src/GdbStub/Demo/|'
    } > "$out/demo.manifest"
    exit 0
fi

key=$({ echo "$compiler $linker"; sha256sum scripts/build-guests.sh test/guests/*.c test/guests/{runtime,ptrace,process,differential,dynamic}/*; } | sha256sum)
if [ -f "$out/.key" ] && [ "$(cat "$out/.key")" = "$key" ] && (cd "$out" && sha256sum --check --quiet --status .contents); then exit 0; fi
rm -f "$out/.key"

# build NAME LEVEL: all that is made of one source at one level of optimisation
build() {
    local source=test/guests/$1.c object=$work/$1.$2 threads=()
    if grep -q '"runtime/threads.h"' "$source"; then threads=("$work/threads.o"); fi
    compile "$object.o" "$source" "-$2" -fno-pie "${freebsd[@]}"
    link "$bin/$1.$2" "${emulation}_fbsd" "$object.o" "$work/note.o" "${threads[@]}" "$work"/freebsd/*.o
    case $1 in
    demo) link "$bin/demo-neutral.$2" "$emulation" "$object.o" "$work/note.o" "$work"/freebsd/*.o ;;
    protfault) link "$bin/protfault-nonote.$2" "${emulation}_fbsd" "$object.o" "$work"/freebsd/*.o ;;
    session)
        compile "$object.pie.o" "$source" "-$2" -fPIE "${freebsd[@]}"
        link "$bin/session-pie.$2" "${emulation}_fbsd" -pie --no-dynamic-linker -z text "$object.pie.o" "$work/note.o" "$work"/freebsd/*.o
        ;;
    arith | differential | instructions | vectors)
        compile "$object.linux.o" "$source" "-$2" -fno-pie "${linux[@]}"
        link "$bin/linux/$1.$2" "$emulation" "$object.linux.o" "$work"/linux/*.o
        ;;
    esac
}

# A case checks itself: one level of optimisation is enough.
build_case() { # DIRECTORY/NAME
    local object=$work/case-${1/\//-}.o
    compile "$object" "test/guests/$1.c" -O1 -fno-pie "${freebsd[@]}"
    link "$bin/$1" "${emulation}_fbsd" "$object" "$work/note.o" "$work"/freebsd/*.o
}

# A root directory with a dynamic linker, libraries and a program at a fixed place (bin/dynamic) and at none (bin/dynamic-pie). What
# is always there has no debug information, as on most systems.
build_dynamic() { # DIRECTORY
    local directory=$1 objects=$work/dynamic source name
    local library=(-shared --hash-style=sysv -z text -L "$directory/lib") program=(-z text --hash-style=sysv --dynamic-linker=/libexec/ld-elf.so.1)
    rm -rf "$directory"
    mkdir -p "$directory"/{bin,lib,libexec} "$objects"
    for source in "${runtime[@]:1}"; do compile "$objects/$(basename "$source" .c).o" "$source" -O2 -g0 -fPIC "${freebsd[@]}" & done
    compile "$objects/linker.o" test/guests/dynamic/linker.c -O2 -g0 -fPIE -fvisibility=hidden "${freebsd[@]}" &
    compile "$objects/start.o" test/guests/dynamic/start.c -O2 -g0 -fPIC "${freebsd[@]}" &
    for name in greet plugin dynamic; do compile "$objects/$name.o" "test/guests/dynamic/$name.c" -O0 -fPIC "${freebsd[@]}" & done
    wait_all
    link "$directory/libexec/ld-elf.so.1" "${emulation}_fbsd" "${library[@]}" -Bsymbolic -soname ld-elf.so.1 "$objects/linker.o" "$work/note.o" "$work"/freebsd/{print,string,syscalls}.o
    link "$directory/lib/libc.so.7" "${emulation}_fbsd" "${library[@]}" -soname libc.so.7 "$objects"/{print,string,syscalls}.o
    link "$directory/lib/libgreet.so.1" "${emulation}_fbsd" "${library[@]}" -soname libgreet.so.1 "$objects/greet.o" -l:libc.so.7
    link "$directory/lib/libplugin.so" "${emulation}_fbsd" "${library[@]}" -soname libplugin.so "$objects/plugin.o" -l:libgreet.so.1
    local needed=("$objects"/{start,dynamic}.o "$work/note.o" "$directory"/lib/lib{greet.so.1,c.so.7} "$directory/libexec/ld-elf.so.1")
    link "$directory/bin/dynamic" "${emulation}_fbsd" "${program[@]}" "${needed[@]}"
    link "$directory/bin/dynamic-pie" "${emulation}_fbsd" "${program[@]}" -pie "${needed[@]}"
}

slots=$(nproc) failed=0
build_all() { # CPU BIN
    local running=0 source level bin=$2
    for_cpu "$1"
    rm -rf "$work"/*
    build_runtime "$work/freebsd" "${freebsd[@]}"
    build_runtime "$work/linux" "${linux[@]}"
    compile "$work/note.o" test/guests/runtime/note.S -g0 "${freebsd[@]}"
    compile "$work/threads.o" test/guests/runtime/threads.c -O2 -g0 "${freebsd[@]}"
    mkdir -p "$bin/linux" "$bin/ptrace" "$bin/process"
    for source in test/guests/*.c; do
        # Some are about one CPU.
        if grep -q '^#if !defined(__' "$source" && ! grep -q "^#if !defined(__${target}__)" "$source"; then continue; fi
        for level in O0 O2; do
            if ((running++ >= slots)); then wait -n || failed=1; fi
            build "$(basename "$source" .c)" "$level" &
        done
    done
    for source in test/guests/{ptrace,process}/*.c; do
        if ((running++ >= slots)); then wait -n || failed=1; fi
        build_case "$(basename "$(dirname "$source")")/$(basename "$source" .c)" &
    done
    wait_all || failed=1
    build_dynamic "$bin/dynamic"
}
build_all amd64 "$out"
build_all arm64 "$out/arm64"
# What another emulator executes instructions with.
compile "$work/differential.o" test/guests/differential/arm64.c -O2 -fno-pie -fno-builtin "${linux[@]}"
link "$out/arm64/linux/differential" "$emulation" "$work/differential.o" "$work/linux/string.o"
((failed == 0)) || { echo "build-guests.sh: failed" >&2; exit 1; }
(cd "$out" && find . -type f ! -name '.*' -print0 | sort -z | xargs -0 sha256sum > .contents)
echo "$key" > "$out/.key"
