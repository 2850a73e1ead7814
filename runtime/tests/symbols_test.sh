#!/bin/sh
# SPDX-License-Identifier: MIT
#
# symbols_test.sh LIBRARY: what the runtime's library promises to whoever links it. Every name it
# gives away begins with rt_, and nothing in it can change: no variables, so that two contexts have
# nothing in common. The second can be seen only in real object code, and is skipped for a library
# that still waits for link-time optimisation. Speaks TAP.

set -u
library=$1

echo 1..2
strange=$(nm --defined-only --extern-only "$library" | awk 'NF == 3 && $3 !~ /^_*rt_/ { print $3 }')
if [ -z "$strange" ] && nm --defined-only --extern-only "$library" | grep -q ' T rt_alloc$'; then
    echo 'ok 1 - only names that begin with rt_ are given away'
else
    echo 'not ok 1 - only names that begin with rt_ are given away'
    echo "$strange" | sed 's/^/# /'
fi

if objdump -h "$library" 2>/dev/null | grep -q 'gnu\.lto_' || ! objdump -t "$library" >/dev/null 2>&1; then
    echo 'ok 2 # SKIP nothing in it can change: no object code yet'
    exit 0
fi
# The section stands before the size; constants that need relocation are in .data.rel.ro.
variables=$(objdump -t "$library" | awk '
    / O / && ($0 ~ / \.(data|bss|tdata|tbss)/ || / \*COM\*/) && $0 !~ / \.data\.rel\.ro/ { print $NF }')
if [ -z "$variables" ]; then
    echo 'ok 2 - nothing in it can change'
else
    echo 'not ok 2 - nothing in it can change'
    echo "$variables" | sed 's/^/# /'
fi
