#!/bin/sh
# SPDX-License-Identifier: MIT
#
# laws_test.sh: breaks each law in a scratch tree and expects to be told where; keeps each law there
# too, close to the edge, and expects silence. Speaks TAP.

set -u
laws=$(dirname -- "$(readlink -f -- "$0")")/../laws.awk
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

# check FILE EXPECTED NAME: judges the text on standard input as if it were FILE. EXPECTED is
# "line: law", or empty for a file in which nothing is wrong.
check() {
    mkdir -p -- "$scratch/$(dirname -- "$1")"
    cat >"$scratch/$1"
    found=$(cd "$scratch" && awk -f "$laws" "./$1" | cut -d : -f 2,3)
    rm -f -- "${scratch:?}/$1"
    if [ "$found" = "$2" ]; then
        echo "ok - $3"
    else
        echo "not ok - $3"
        echo "$found" | sed "s/^/# $1: found /"
    fi
}

# code FILE EXPECTED NAME: the same, with a licence in line 1.
code() {
    { echo '/* SPDX-License-Identifier: MIT */' && cat; } | check "$@"
}

check_all() {
    clock='double now(void) { struct timespec t; clock_gettime(0, &t); return t.tv_sec; }'
    echo "$clock" | code runtime/a.c '2: clock' 'a clock in runtime is found'
    echo "$clock" | code bench/store.c '2: clock' 'a clock in bench outside measure.c is found'
    echo "$clock" | code bench/measure.c '' 'measure.c may read the clock'
    echo 'long t = time(NULL);' | code bench/a.c '2: clock' 'time() is found'
    echo 'say("at that time (in ns)");' | code bench/a.c '' 'what is said to a person calls nothing'
    echo 'long t = wall_time(NULL) + run->time(3);' | code bench/a.c '' 'a name that ends in time is no clock'
    echo '/* clock() and time(NULL) are not for us */' | code runtime/a.c '' 'a comment is not code'
    printf '/*\n * rand()\n */ int b(void);\n' | code runtime/a.c '' 'a comment of several lines is not code'
    echo 'const char *s = "/*"; int x = rand();' | code bench/a.c '2: random' 'a comment mark in a string opens no comment'

    echo 'int f(void) { return snprintf(b, 3, "x"); }' | code runtime/a.c '2: stdio' 'snprintf in runtime is found'
    echo '#include <stdio.h>' | code workloads/a.c '2: stdio' 'stdio.h in workloads is found'
    echo 'void f(FILE *file);' | code workloads/a.c '2: stdio' 'FILE in workloads is found'
    echo 'void f(FILE *file);' | code bench/a.c '' 'bench may use files'
    echo '#include <stdio.h>' | code runtime/tests/a_test.c '' 'a test may print'

    echo 'int x = rand();' | code bench/a.c '2: random' 'rand() is found'
    echo 'srandom(3);' | code workloads/a.c '2: random' 'srandom() is found'
    echo 'getentropy(&x, 8);' | code runtime/tests/a_test.c '2: random' 'a generator in a test is found'
    echo 'int x = wl_rand(4) + test_random_next(r);' | code workloads/a.c '' 'our own generators are fine'

    echo '#ifdef __linux__' | code runtime/pool.c '2: platform' 'a platform in runtime outside os.c is found'
    echo '#if defined(__x86_64__)' | code bench/cell.c '2: platform' 'a processor in bench is found'
    echo '#ifdef __linux__' | code runtime/os.c '' 'os.c may ask for the platform'
    echo '#if defined(RT_INTERNAL)' | code runtime/a.c '' 'an #if without a platform is fine'

    echo '#include "runtime/pool.h"' | code bench/a.c '2: inside' 'an internal header in bench is found'
    echo '#include "runtime/pool.h"' | code workloads/tests/a_test.c '2: inside' 'an internal header in a test of workloads is found'
    echo '#include "runtime/rt.h"' | code bench/a.c '' 'rt.h is for all'
    echo '#include "runtime/pool.h"' | code bench/micro/a.c '' 'bench/micro may look inside'
    echo '#define RT_INTERNAL 1' | code bench/a.c '2: inside' 'RT_INTERNAL by hand is found'
    echo '#include "bench/verb.h"' | code runtime/a.c '2: arrow' 'runtime including bench is found'
    echo '#include "bench/verb.h"' | code workloads/a.c '2: arrow' 'workloads including bench is found'
    echo '#include "workloads/rng.h"' | code bench/a.c '' 'bench may include workloads'

    echo 'static int calls;' | code runtime/a.c '2: global' 'a static variable is found'
    echo '    static unsigned long calls = 3;' | code workloads/a.c '2: global' 'a static variable in a function is found'
    echo 'struct rt *current;' | code runtime/a.c '2: global' 'a global pointer is found'
    printf 'static const int table[] = {\n    1,\n};\nstruct a;\nint f(void);\n' |
    code runtime/a.c '' 'constants and declarations are no globals'
    printf 'void\nf(void) {\n    int x;\n    struct a *b = 0;\n}\n' | code runtime/a.c '' 'local variables are no globals'

    echo 'int x;' | code bench/a.cc '1: one-cxx' 'C++ outside gbench.cc is found'
    echo 'int x;' | code bench/gbench.cc '' 'gbench.cc may be C++'
    echo 'int x;' | check bench/a.c '1: licence' 'a missing licence is found'
    printf '#ifndef X_H\n#define X_H\n#endif\n' | code bench/a.h '1: guard' 'a guard not named after the path is found'
    printf '#ifndef BENCH_A_H\n#define BENCH_A_H\n#endif\n' | code bench/a.h '' 'a guard named after the path is fine'
    awk 'BEGIN { while (i++ < 800) print "" }' | code bench/a.c '801: length' 'a file of 801 lines is found'
    awk 'BEGIN { while (i++ < 799) print "" }' | code bench/a.c '' 'a file of 800 lines is fine'
    body='{ print "int"; print "f(int a,"; print "  int b) {"; while (i++ < n) print "    a++;"; print "}" }'
    awk -v n=81 "BEGIN $body" | code bench/a.c '4: function' 'a function of 81 lines is found'
    awk -v n=80 "BEGIN $body" | code bench/a.c '' 'a function of 80 lines is fine'
    echo 'int x; ' | code bench/a.c '2: space' 'a space at the end is found'
    printf 'if (x)\n\ty();\n' | code bench/a.c '3: space' 'a tab is found'
    printf 'Left.\nTO%s: more\n' DO | check docs/a.md '2: unfinished' 'a mark of something unfinished is found'
    printf 'see /%s/main\n' work | check docs/a.md '1: residue' 'the path of a machine is found'
    printf 'as issu%s 3 asks\n' e | check docs/a.md '1: residue' 'talk of how it came about is found'
    printf 'results/a.db and /usr/bin, network/work\n' | check docs/a.md '' 'other paths are fine'
}

check_all | awk '/^(not )?ok/ { n++; sub(/ok/, "ok " n) } { print } END { print "1.." n }'
