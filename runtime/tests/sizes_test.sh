#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sizes_test.sh SCRIPT TABLE: the committed table of sizes is what CPython says here. Its first
# line, the version, may differ in the last number: another 3.11 has the same sizes, or this test
# says where not. Skipped where there is no CPython 3.11 of 64 bits. Speaks TAP.

set -u
script=$1
table=$2

is_reference() { # PYTHON
    "$1" -I -S -c 'from sys import *
is_reference = version_info[:2] == (3, 11) and implementation.name == "cpython" and maxsize > 2**62
exit(not is_reference)' 2>/dev/null
}

find_python() {
    for python in /usr/bin/python3 python3.11 python3; do
        if is_reference "$python"; then
            echo "$python"
            return
        fi
    done
}

echo 1..1
python=$(find_python)
if [ -z "$python" ]; then
    echo 'ok 1 # SKIP sizes are what CPython says: no CPython 3.11 here'
    exit 0
fi
scratch=$(mktemp -d) || exit 3
trap 'rm -rf -- "$scratch"' EXIT
tail -n +2 -- "$table" >"$scratch/committed"
if "$python" -I -S "$script" >"$scratch/live" 2>"$scratch/error" &&
    head -n 1 "$scratch/live" | grep -q '^python 3\.11\.' &&
    tail -n +2 "$scratch/live" | diff "$scratch/committed" - >"$scratch/difference" &&
    [ -s "$scratch/committed" ]; then
    echo 'ok 1 - sizes are what CPython says'
else
    echo 'not ok 1 - sizes are what CPython says'
    echo "# < committed, > $python"
    cat "$scratch/error" "$scratch/difference" 2>/dev/null | head -n 20 | sed 's/^/# /'
fi
