#!/usr/bin/env bash
# Measures `gdbstub run` against qemu-x86_64 or qemu-aarch64: guests compiled by clang -O2 from one source for FreeBSD and Linux, run
# alternately. Prints seconds of user and system time (medians; on a busy machine they say more than the clock), the clock's, qemu's time over
# ours for both, and our peak memory (megabytes); then what the machine itself does: millions of instructions per second (MIPS) interpreted and
# translated, and what translating took. Ours is the published build that the container has (compiled ahead, where that can be had).
#   scripts/bench-machine.sh [--arch amd64|arm64] [--rounds N] [GUEST...]
#   scripts/bench-machine.sh --debugging    what debugging costs a program, as ratios of its time with and without; not above
#                                           their bars when the exit status is 0
#   scripts/bench-machine.sh --calls        processor time of a cheap system call, in microseconds; the same
set -euo pipefail
root=$(realpath "$(dirname "$0")/..")
rounds=3 debugging='' calls='' architecture=amd64
while [[ "${1-}" == --* ]]; do
    case $1 in
    --debugging) debugging=1; shift ;;
    --calls) calls=1; shift ;;
    --arch) architecture=${2:?--arch wants amd64 or arm64}; shift 2 ;;
    --rounds) rounds=${2:?--rounds wants a number}; shift 2 ;;
    *) echo "bench-machine.sh: there is no option $1" >&2; exit 2 ;;
    esac
done
case $architecture in
amd64) qemu=qemu-x86_64 ;;
arm64) qemu=qemu-aarch64 ;;
*) echo "bench-machine.sh: no architecture is called $architecture" >&2; exit 2 ;;
esac
tools=(clang ld.lld)
[ -n "$debugging$calls" ] || tools+=($qemu /usr/bin/time)
for tool in "${tools[@]}"; do
    command -v "$tool" > /dev/null || { echo "bench-machine.sh: $tool is not installed" >&2; exit 1; }
done
guests=("$@")
if [ ${#guests[@]} -eq 0 ]; then guests=(sieve fib sha matmul chase strings bytecode sort); fi
dotnet build "$root/test/Benchmarks" -c Release -v q > /dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet publish "$root/src/GdbStub" -c Release -v q --use-current-runtime --self-contained false -p:PublishReadyToRun=true \
    -p:NuGetLockFilePath=obj/ahead.lock.json -o "$work/gdbstub" > /dev/null ||
    dotnet publish "$root/src/GdbStub" -c Release -v q -o "$work/gdbstub" > /dev/null
gdbstub=$work/gdbstub/gdbstub
"$root/scripts/build-bench-guests.sh" "$work" "$architecture"
if [ -n "$debugging" ]; then
    "$root/test/Benchmarks/bin/Release/net10.0/Benchmarks" debugging "$work/freebsd"
    exit
fi

if [ -n "$calls" ]; then
    "$root/test/Benchmarks/bin/Release/net10.0/Benchmarks" calls "$gdbstub" "$work/freebsd/calls"
    exit
fi

# measure NAME COMMAND...: appends "wall cpu memory" to NAME
measure() {
    /usr/bin/time -f '%e %U %S %M' -o "$work/time" "${@:2}" > "$work/output"
    awk '{ print $1, $2 + $3, $4 / 1024 }' "$work/time" >> "$1"
    cat "$work/output"
}
# column FILE N: its median
column() { awk -v n="$2" '{ print $n }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

printf '%-10s %10s %10s %8s %10s %10s %8s %8s\n' guest 'qemu cpu' 'our cpu' ratio 'qemu wall' 'our wall' ratio MB
for guest in "${guests[@]}"; do
    for ((i = 0; i < rounds; i++)); do
        theirs=$(measure "$work/$guest.qemu" $qemu "$work/linux/$guest")
        ours=$(measure "$work/$guest.ours" "$gdbstub" run -- "$work/freebsd/$guest")
        [ "$theirs" = "$ours" ] || { echo "bench-machine.sh: $guest prints $ours, not $theirs" >&2; exit 1; }
    done
    echo "$guest $(column "$work/$guest.qemu" 2) $(column "$work/$guest.ours" 2) $(column "$work/$guest.qemu" 1) $(column "$work/$guest.ours" 1) $(column "$work/$guest.ours" 3)" |
        tee -a "$work/all" | awk '{ printf "%-10s %10.2f %10.2f %8.2f %10.2f %10.2f %8.2f %8.0f\n", $1, $2, $3, $2 / $3, $4, $5, $4 / $5, $6 }'
done
awk '{ cpu += log($2 / $3); wall += log($4 / $5) } END { printf "geometric mean of qemu / ours: cpu %.2f, wall %.2f\n", exp(cpu / NR), exp(wall / NR) }' "$work/all"
(cd "$work/freebsd" && "$root/test/Benchmarks/bin/Release/net10.0/Benchmarks" machine "${guests[@]}" | grep MIPS)
