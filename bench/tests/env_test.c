/* SPDX-License-Identifier: MIT
 *
 * env_test.c: every fact that the schema promises is there, in one line.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/env.h"

struct seen {
    size_t count;
    char keys[64][48];
};

static int
note(void *context, const char *key, const char *value) {
    struct seen *seen = context;
    assert_true(value[0] != '\0' && strchr(value, '\n') == NULL);
    assert_true(seen->count < 64);
    snprintf(seen->keys[seen->count++], sizeof seen->keys[0], "%s", key);
    return 0;
}

static void
test_env_has_every_promised_fact_once(void **state) {
    static const char *const promised[] = {"cpu",
                                           "cpu_count",
                                           "kernel",
                                           "page_bytes",
                                           "memory_bytes",
                                           "thp",
                                           "cgroup_memory_limit_bytes",
                                           "load",
                                           "governor",
                                           "compiler",
                                           "build_type",
                                           "flags",
                                           "commit",
                                           "libc",
                                           "sqlite",
                                           "clock",
                                           "clock_cost_ns"};
    struct seen seen = {0};

    (void)state;
    assert_int_equal(bench_env_each(note, &seen), 0);
    assert_int_equal(seen.count, sizeof promised / sizeof promised[0]);
    for (size_t i = 0; i < seen.count; i++) {
        size_t found = 0;
        for (size_t k = 0; k < seen.count; k++)
            found += strcmp(promised[i], seen.keys[k]) == 0;
        if (found != 1)
            fail_msg("%s is there %zu times", promised[i], found);
    }
    assert_true(bench_env_version()[0] != '\0');
}

static int
stop(void *context, const char *key, const char *value) {
    (void)key;
    (void)value;
    ++*(int *)context;
    return 5;
}

static void
test_env_stops_when_told(void **state) {
    int calls = 0;

    (void)state;
    assert_int_equal(bench_env_each(stop, &calls), 5);
    assert_int_equal(calls, 1);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_env_has_every_promised_fact_once),
        cmocka_unit_test(test_env_stops_when_told),
    };
    return cmocka_run_group_tests_name("bench/env", tests, NULL, NULL);
}
