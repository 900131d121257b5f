#!/usr/bin/env bash
# A long run of scripts/test-load.sh: 200 sessions for an hour, then clients that come and go; fails when a reply is wrong or the server grows.
#   scripts/test-soak.sh [--no-build] [MINUTES]
set -euo pipefail
build=()
if [ "${1-}" = --no-build ]; then build=("$1"); shift; fi
exec "$(dirname "$0")/test-load.sh" "${build[@]}" 200 "$((${1:-60} * 60))" "$((${1:-60} * 8000))"
