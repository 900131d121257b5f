#!/usr/bin/env bash
# Runs esbuild for FreeBSD, a 10 MB Go program that nobody here wrote, under `gdbstub run`: its version in under 3 s of processor time, and a bundle of
# a few files that must be byte for byte what esbuild for Linux makes of them. Fetches both with npm.
#   scripts/test-esbuild.sh [--arch amd64|arm64] [GDBSTUB]     exit status 77: npm is missing or cannot fetch them
set -euo pipefail
root=$(realpath "$(dirname "$0")/..")
arch=amd64
if [ "${1-}" = --arch ]; then arch=${2:?--arch wants amd64 or arm64}; shift 2; fi
# What npm calls it.
case $arch in
amd64) freebsd=freebsd-x64 ;;
arm64) freebsd=freebsd-arm64 ;;
*) echo "test-esbuild.sh: --arch wants amd64 or arm64, not $arch" >&2; exit 2 ;;
esac
gdbstub=${1:-$root/src/GdbStub/bin/Release/net10.0/gdbstub}
version=0.25.0
command -v npm > /dev/null || { echo "test-esbuild.sh: npm is not installed" >&2; exit 77; }
# Not under /tmp, which is the guest's own.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gdbstub-esbuild-$version
mkdir -p "$cache"
cd "$cache"
# Runs of both architectures share what is fetched, and nothing else.
exec 9> lock
flock 9
for package in $freebsd linux-x64; do
    [ -x $package/package/bin/esbuild ] && continue
    archive=$(npm pack --silent "@esbuild/$package@$version") || { echo "test-esbuild.sh: npm cannot fetch @esbuild/$package" >&2; exit 77; }
    mkdir -p $package
    tar -xzf "$archive" -C $package
    rm "$archive"
done
exec 9>&-
work=$(mktemp -d -p "$cache" run.XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir project
cat > project/main.ts <<'END'
import { squares, type Bound } from './squares';
import * as names from './names.js';
export class Main<T extends Bound> {
    #count = 1;
    constructor(private bound: T) {}
    async run() {
        for await (const square of squares(this.bound)) console.log(square ?? this.#count, names.first, names.default());
    }
}
new Main({ limit: 3 }).run();
END
cat > project/squares.ts <<'END'
export interface Bound { limit: number }
export enum Color { Red, Green = 5, Blue }
export async function* squares(bound: Bound) { for (let i = 0; i < bound.limit; i++) yield `${Color[i]} ${i ** 2}`; }
END
cat > project/names.js <<'END'
export const first = "a"; const unused = 1; export default function () { return [1, 2, 3].map(x => x * 2).filter(Boolean); }
END
esbuild=$cache/$freebsd/package/bin/esbuild
TIMEFORMAT='%R %U %S'
{ time "$gdbstub" run -- "$esbuild" --version > version; } 2> time
[ "$(cat version)" = "$version" ] || { echo "test-esbuild.sh: the version is $(cat version)" >&2; exit 1; }
awk '{ printf "version: %.2f s, %.2f s of processor time\n", $1, $2 + $3; exit !($2 + $3 < 3) }' time
cd project
"$cache/linux-x64/package/bin/esbuild" --minify --bundle main.ts > ../expected.js
{ time "$gdbstub" run --root / --cwd "$PWD" -- "$esbuild" --minify --bundle main.ts > ../actual.js; } 2> ../time
cmp ../expected.js ../actual.js
awk '{ printf "bundle: the same bytes; %.2f s, %.2f s of processor time\n", $1, $2 + $3 }' ../time
