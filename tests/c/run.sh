#!/usr/bin/env bash
# Builds the vector runner and runs the recorded cases; main.c says what ARVO_VECTORS and ARVO_REPORTS do.
set -euo pipefail
cd "$(dirname "$0")/../.."
make --no-print-directory -s -C bindings-ffi/c PROFILE="${PROFILE:-release}" "$PWD/target/c/vectors"
if [ -n "${ARVO_REPORTS:-}" ]; then mkdir -p "$ARVO_REPORTS"; fi
exec target/c/vectors
