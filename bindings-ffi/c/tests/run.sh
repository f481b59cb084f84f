#!/usr/bin/env bash
# Builds and runs every test of the C library: header, unit tests (shared library, archive, for races between threads,
# without sanitizers), the C++ compile, the examples, the demo under sanitizers. Prints a row for each; ARVO_REPORTS
# names a folder for them as JSON.
#
# PROFILE=debug tests what `cargo build` made instead of `cargo build --release`.
set -uo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/target/c
profile=${PROFILE:-release}
rows=()
bad=0

# row NAME PASSED FAILED
row() {
    printf '%-34s%8d%8d\n' "$1" "$2" "$3"
    rows+=("{\"language\":\"C\",\"suite\":\"unit\",\"file\":\"$1\",\"passed\":$2,\"failed\":$3,\"differences\":0}")
    [ "$3" -eq 0 ] || bad=1
}

# Runs one command that only says yes or no.
one() {
    local name=$1
    shift
    if "$@" >"$out/log" 2>&1; then
        row "$name" 1 0
    else
        cat "$out/log"
        row "$name" 0 1
    fi
}

# unit NAME [ARGUMENT]: runs one unit test program. Its last line says how many passed and failed; a sanitizer's
# complaint is one more failure.
unit() {
    local name=$1 status passed failed
    "$out/$name" "${@:2}" >"$out/log" 2>&1
    status=$?
    read -r passed failed < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$out/log" | tail -1)
    if [ "$status" -ne 0 ]; then
        cat "$out/log"
        [ "${failed:-0}" -gt 0 ] || failed=$((${failed:-0} + 1))
    fi
    row "$name" "${passed:-0}" "${failed:-1}"
}

# Runs an example and compares what it prints with the comment "Prints:" at its end.
example() {
    local name=$1 source=$2
    sed -n '/^\/\* Prints:$/,/^ \*\/$/p' "$source" | sed '1d;$d;s/^ \* \{0,1\}//' >"$out/wanted"
    one "$name" bash -c "'$out/$name' >'$out/found' && diff '$out/wanted' '$out/found'"
}

mkdir -p "$out"
if ! make --no-print-directory -s -C "$here" PROFILE="$profile" programs >"$out/log" 2>&1; then
    cat "$out/log"
    echo "the C programs do not compile"
    exit 1
fi

declared=$(python3 "$here/tests/header.py" check "$root/target/$profile/libarvo.so") && failed=0 || failed=1
[ "$failed" -eq 0 ] || echo "$declared"
row arvo.h "$(sed -nE 's/^header: ([0-9]+) of .*/\1/p' <<<"$declared")" "$failed"
one header-cxx "$out/header-cxx"
unit unit-shared
unit unit-static
TSAN_OPTIONS="suppressions=$here/tests/threads.supp" unit unit-threads --quick
unit unit-plain
for source in "$here"/examples/*.c; do
    example "example-$(basename "$source" .c)" "$source"
done
one first-first bash -c "[ \"\$('$out/first-first')\" = '{\"text\":\"Hello, Ada!\"}' ]"
one first-workflow bash -c "[ \"\$('$out/first-workflow')\" = '{\"text\":\"Hello, Ada!\"}' ]"
one first-machine bash -c "[ \"\$('$out/first-machine')\" = '{\"total\":8}' ]"
one orders-sanitized env -C "$root" "$out/orders-sanitized" --few
one orders-suite env -C "$root" "$out/orders-sanitized" --suite
one machines-sanitized env -C "$root" "$out/orders-sanitized" --machines --few

if [ -n "${ARVO_REPORTS:-}" ]; then
    mkdir -p "$ARVO_REPORTS"
    (
        IFS=,
        printf '[%s]\n' "${rows[*]}"
    ) >"$ARVO_REPORTS/c-unit.json"
fi
exit $bad
