# SPDX-License-Identifier: MIT
#
# tally.awk: counts test functions in Meson's testlog.json (one test program a line) and ends with
# `N passed, M failed[, K skipped]`. Status 1 when anything failed or nothing passed. -v status=N is
# what `meson test` ended with: a failure of which the log knows nothing is one, too.
#
# A program is believed only as far as it went: the tests that its TAP plan announced and that never
# reported count as failed, a program that died or returned a failure has failed at least once, and
# one that was to speak TAP and said nothing has failed. A program without TAP is one test.

{
    gsub(/\\\\/, "\001"); gsub(/\\"/, "\002")
    name = out = result = ""; code = 0
    n = split($0, part, "\"")
    for (i = 2; i < n; i += 2) {
        if (part[i + 1] !~ /^:/) continue                 # a value, not a key
        if (part[i] == "name" && name == "") name = part[i + 2]
        if (part[i] == "stdout" && out == "") out = part[i + 2]
        if (part[i] == "result" && result == "") result = part[i + 2]
        if (part[i] == "returncode") { code = substr(part[i + 1], 2) + 0; break }
    }
    sub(/^.* \/ /, "", name)                             # the suites before the name
    count(name, out, result, code)
}

function count(name, out, result, code,    n, i, line, plan, good, bad, skip) {
    plan = -1; good = bad = skip = 0
    n = split(out, line, /\\n/)
    for (i = 1; i <= n; i++) {
        if (line[i] ~ /^1\.\.[0-9]+/ && plan < 0) plan = substr(line[i], 4) + 0
        else if (line[i] ~ /^(not )?ok .*# *([Ss][Kk][Ii][Pp]|T[O]DO)/) skip++
        else if (line[i] ~ /^not ok/) { bad++; blame(name, line[i]) }
        else if (line[i] ~ /^ok/) good++
    }
    if (plan < 0 && good + bad + skip == 0) {             # no TAP
        if (result == "OK" || result == "EXPECTEDFAIL") good = 1
        else if (result == "SKIP" && code == 77) skip = 1
    } else if (plan == 0 && result == "SKIP")
        skip = 1
    if (plan > good + bad + skip) {
        blame(name, plan - good - bad - skip " of " plan " tests did not report (" result ", status " code ")")
        bad = plan - good - skip
    }
    if (bad == 0 && (good + skip == 0 || result !~ /^(OK|SKIP|EXPECTEDFAIL)$/)) {
        bad = 1
        blame(name, result ", status " code)
    }
    passed += good; failed += bad; skipped += skip
}

function blame(name, what) {
    sub(/^not ok *[0-9]* *-* */, "", what)
    gsub(/\001/, "\\", what); gsub(/\002/, "\"", what)
    print "failed: " name ": " what
}

END {
    if (status && !failed && failed = 1)
        print "failed: meson test: status " status
    else if (passed + failed == 0)
        print "failed: no test ran"
    printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
    exit failed > 0 || passed == 0
}
