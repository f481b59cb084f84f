#!/usr/bin/env bash
# Names every tool that is missing or too old, with the command that installs it; says nothing when all are there.
#
#   tests/tools.sh            what demo and test need
#   tests/tools.sh lint       and what the linters need
#   tests/tools.sh leaks      and what the leak checks need
set -euo pipefail

missing=0

# lacks WHAT COMMAND: one line for the reader, and the script fails at its end.
lacks() {
    printf '%-34s install it with: %s\n' "$1" "$2" >&2
    missing=1
}

# needs TOOL VERSION COMMAND: the tool is there and is at least that version.
needs() {
    local tool=$1 wanted=$2 command=$3 found
    if ! command -v "$tool" >/dev/null; then
        lacks "$tool is missing." "$command"
        return
    fi
    found=$("$tool" --version 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1) || found=0
    if [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" != "$wanted" ]; then
        lacks "$tool $found is older than $wanted." "$command"
    fi
}

needs cargo 1.89 "curl --proto '=https' -sSf https://sh.rustup.rs | sh"
needs python3 3.9 "sudo apt-get install python3 python3-venv"
needs node 20.0 "sudo apt-get install nodejs npm   (Debian 13 or newer; else see https://nodejs.org)"
needs npm 10.0 "npm install --global npm@10"
needs cc 10.0 "sudo apt-get install gcc libc6-dev"

if command -v python3 >/dev/null && ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
    lacks "python3 cannot make a venv." "sudo apt-get install python3-venv"
fi
if command -v cc >/dev/null && ! echo 'int main(void) { return 0; }' | cc -fsanitize=address,undefined -x c - -o /dev/null 2>/dev/null; then
    lacks "cc cannot link AddressSanitizer." "sudo apt-get install gcc libc6-dev"
fi

case ${1:-} in
lint)
    cargo fmt --version >/dev/null 2>&1 || lacks "rustfmt is missing." "rustup component add rustfmt"
    cargo clippy --version >/dev/null 2>&1 || lacks "clippy is missing." "rustup component add clippy"
    ;;
leaks)
    needs valgrind 3.19 "sudo apt-get install valgrind"
    ;;
esac

exit "$missing"
