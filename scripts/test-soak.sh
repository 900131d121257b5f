#!/usr/bin/env bash
# A long run of scripts/test-load.sh: 200 sessions for an hour, then clients that come and go; fails when a reply is wrong or the server grows.
#   scripts/test-soak.sh [MINUTES]
exec "$(dirname "$0")/test-load.sh" 200 "$((${1:-60} * 60))" "$((${1:-60} * 8000))"
