#!/usr/bin/env bash
# Fetches the base system of a FreeBSD release, for `gdbstub --root DIR`: libraries, runtime linker, programs and headers.
#   scripts/freebsd-root.sh [--from URL] RELEASE ARCH [DIR]      e.g. scripts/freebsd-root.sh 13.5 amd64 /srv/freebsd-13.5
# ARCH is amd64 or arm64. Without DIR the root goes where the tests look for it: ~/.cache/gdbstub-freebsd/RELEASE (arm64: RELEASE-arm64).
# --from URL names a mirror: the directory that has ARCH/RELEASE-RELEASE/{MANIFEST,base.txz}.
# The archive must have the SHA-256 digest that the release's MANIFEST gives. DIR appears only when everything is unpacked.
set -euo pipefail

fail() { echo "freebsd-root.sh: $*" >&2; exit 1; }
usage() { echo "usage: freebsd-root.sh [--from URL] RELEASE ARCH [DIR]" >&2; exit 2; }

servers=(https://download.freebsd.org/releases http://ftp-archive.freebsd.org/pub/FreeBSD-Archive/old-releases)
if [ "${1-}" = --from ]; then
    [ $# -ge 2 ] || usage
    servers=("${2%/}")
    shift 2
fi
[ $# = 2 ] || [ $# = 3 ] || usage
release=${1%-RELEASE} architecture=$2
[[ $release =~ ^[0-9]+\.[0-9]+$ ]] || fail "$1 is no release: a number such as 13.5 is expected"
case $architecture in
amd64) suffix='' ;;
arm64) suffix=-arm64 ;;
*) fail "no architecture is called $architecture: amd64 and arm64 are known" ;;
esac
directory=${3:-${XDG_CACHE_HOME:-$HOME/.cache}/gdbstub-freebsd/$release$suffix}
if [ -e "$directory" ] && ! rmdir "$directory" 2> /dev/null; then fail "$directory exists already and is not an empty directory"; fi
for tool in curl sha256sum tar xz; do
    command -v "$tool" > /dev/null || fail "$tool is not installed"
done

mkdir -p "$(dirname "$directory")"
work=$(mktemp -d "$(dirname "$directory")/.freebsd-root.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The first server that has the release's MANIFEST.
for server in "${servers[@]}"; do
    source=$server/$architecture/$release-RELEASE
    curl -fsSL -o "$work/MANIFEST" "$source/MANIFEST" && break
    source=''
done
[ -n "$source" ] || fail "FreeBSD $release for $architecture was not found on ${servers[*]}"

# A row of MANIFEST: file, digest, number of files, name, description, default; separated by tabs.
expected=$(awk -F '\t' '$1 == "base.txz" { print $2 }' "$work/MANIFEST")
[[ $expected =~ ^[0-9a-f]{64}$ ]] || fail "$source/MANIFEST has no digest of base.txz"
curl -fL --progress-bar -o "$work/base.txz" "$source/base.txz" || fail "$source/base.txz cannot be fetched"
digest=$(sha256sum "$work/base.txz" | cut -d ' ' -f 1)
[ "$digest" = "$expected" ] || fail "base.txz has the digest $digest, and MANIFEST gives $expected"

# Device nodes and set-id bits stay behind: an ordinary user unpacks, and the guest sees the files read-only.
mkdir "$work/root"
tar -xJf "$work/base.txz" -C "$work/root" --no-same-owner --no-same-permissions --exclude=./dev --exclude=./boot --exclude=./var \
    --exclude=./usr/tests --exclude=./usr/share/man --exclude=./usr/share/doc || fail "base.txz cannot be unpacked"
chmod -R u+rwX "$work/root"
mv "$work/root" "$directory"
echo "FreeBSD $release for $architecture is in $directory"
