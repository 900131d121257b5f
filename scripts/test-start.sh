#!/usr/bin/env bash
# How long the published server takes to say that it listens, and what it holds while it waits: the median of ten starts.
#   scripts/test-start.sh [MILLISECONDS [MEGABYTES]]      fails beyond 250 ms or 80 MB unless told
set -euo pipefail
cd "$(dirname "$0")/.."

most_time=${1:-250} most_memory=${2:-80}
place=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$place"' EXIT
# As the image has it: code compiled ahead. Where its compiler cannot be had, the usual build says at least how far it is. The compiler adds to what is
# restored, and that is no change of the repository.
if ! dotnet publish src/GdbStub -c Release -v quiet -nologo --use-current-runtime --self-contained false -p:PublishReadyToRun=true \
    -p:NuGetLockFilePath=obj/ahead.lock.json -o "$place/out" >"$place/log" 2>&1; then
    echo "test-start.sh: not compiled ahead: $(grep -m1 -oE 'error [A-Z]+[0-9]+.*' "$place/log" | cut -c1-120)" >&2
    dotnet publish src/GdbStub -c Release -v quiet -nologo --self-contained false -o "$place/out"
fi

times=() efforts=() sizes=()
tick=$((1000 / $(getconf CLK_TCK)))
for ((round = 0; round <= 10; round++)); do
    mkfifo "$place/line.$round"
    started=$(date +%s%N)
    dotnet "$place/out/gdbstub.dll" --listen 127.0.0.1:0 >"$place/line.$round" 2>/dev/null &
    server=$!
    read -r line <"$place/line.$round"
    ended=$(date +%s%N)
    [[ $line == "listening on "* ]] || { echo "test-start.sh: the server says: $line" >&2; exit 1; }
    # The first start only warms the file cache.
    if ((round > 0)); then
        times+=($(((ended - started) / 1000000)))
        efforts+=("$(sed 's/.*) //' "/proc/$server/stat" | awk -v tick="$tick" '{ print ($12 + $13) * tick }')")
        sizes+=("$(awk '/^VmRSS:/ { print int($2 / 1024) }' "/proc/$server/status")")
    fi
    kill "$server"
    wait "$server" || { echo "test-start.sh: SIGTERM: exit status $?" >&2; exit 1; }
    server=
done
median() { printf '%s\n' "$@" | sort -n | sed -n '6p'; }
time=$(median "${times[@]}") effort=$(median "${efforts[@]}") memory=$(median "${sizes[@]}")
echo "listening after $time ms (median of ten: ${times[*]}), $effort ms of processor time, $memory MB resident"
((time <= most_time)) || { echo "test-start.sh: more than $most_time ms" >&2; exit 1; }
((memory < most_memory)) || { echo "test-start.sh: $most_memory MB or more" >&2; exit 1; }
