#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tally_test.sh: what the tally makes of every way in which a test program can end. Speaks TAP.

set -u
tally=$(dirname -- "$(readlink -f -- "$0")")/../tally.awk
number=0

# check EXPECTED NAME RESULT STATUS STDOUT: the last line of the tally of one program.
check() {
    number=$((number + 1))
    found=$(printf '{"name": "t", "stdout": "%s", "result": "%s", "returncode": %d, "env": {"A": "\\"result\\": 1"}}\n' \
        "$5" "$3" "$4" | awk -f "$tally" | tail -n 1)
    if [ "$found" = "$1" ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        echo "# found: $found"
    fi
}

check '2 passed, 0 failed' 'passed tests count one by one' OK 0 '1..2\nok 1 - a\nok 2 - b\n'
check '1 passed, 1 failed' 'a failed test counts' FAIL 1 '1..2\nok 1 - a\nnot ok 2 - b\n'
check '1 passed, 0 failed, 1 skipped' 'a skipped test counts apart' OK 0 '1..2\nok 1 - a\nok 2 # SKIP b\n'
check '1 passed, 2 failed' 'announced tests that never came have failed' ERROR -6 '1..3\nok 1 - a\n'
check '1 passed, 2 failed' 'the same when the program says all is well' ERROR 0 '1..3\nok 1 - a\n'
check '2 passed, 1 failed' 'a program that ends badly after its tests has failed' ERROR 4 '1..2\nok 1 - a\nok 2 - b\n'
check '0 passed, 1 failed' 'a program that runs out of time has failed' TIMEOUT -15 ''
check '0 passed, 1 failed' 'silence where TAP was due is a failure' SKIP 0 ''
check '0 passed, 0 failed, 1 skipped' 'a plan of no tests is skipped' SKIP 0 '1..0\n'
check '1 passed, 0 failed' 'a program without TAP is one test' OK 0 'hello\n'
check '0 passed, 1 failed' 'a program without TAP that fails is one failure' FAIL 1 'hello \"ok 1\"\n'
check '0 passed, 0 failed, 1 skipped' 'status 77 skips a program without TAP' SKIP 77 ''
check '1 passed, 0 failed' 'quotes and backslashes in the output do not confuse' OK 0 '1..1\n# \"result\": \"FAIL\" \\n\nok 1 - a\n'

number=$((number + 1))
if : | awk -f "$tally" >/dev/null; then echo "not ok $number - no test at all is a failure"; else echo "ok $number - no test at all is a failure"; fi
number=$((number + 1))
line='{"name": "t", "stdout": "1..1\nok 1 - a\n", "result": "OK", "returncode": 0}'
if printf '%s\n' "$line" | awk -v status=3 -f "$tally" >/dev/null; then echo "not ok $number - a bad end of the runner is a failure"; else echo "ok $number - a bad end of the runner is a failure"; fi
echo "1..$number"
