/* SPDX-License-Identifier: MIT
 *
 * ops_test.c: op scripts on our runtime: what they print, what is refused, and that nothing is left behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/ops.h"

enum {
    OUTPUT_BYTES = 1 << 16
};

struct run {
    char output[OUTPUT_BYTES], why[WL_OPS_WHY_BYTES];
    size_t length;
    int status;
};

static bool
keep(void *context, const char *line, size_t bytes) {
    struct run *run = context;

    assert_true(run->length + bytes + 2 < OUTPUT_BYTES);
    memcpy(run->output + run->length, line, bytes);
    run->length += bytes;
    run->output[run->length++] = '\n';
    run->output[run->length] = '\0';
    return true;
}

static void
run_limited(struct run *run, const char *script, int64_t objects, int64_t steps, int64_t lines) {
    const struct wl_ops_limits limits = {objects, steps, lines};
    struct wl_ops_program *program = NULL;
    struct rt_config config;
    struct rt_text why;
    uint64_t stats[RT_STAT_COUNT];
    struct rt *rt;

    *run = (struct run){.length = 0};
    rt_text_init(&why, run->why, sizeof run->why);
    run->status = wl_ops_parse(script, strlen(script), &program, &why);
    if (run->status != 0)
        return;
    rt_config_init(&config);
    config.alloc_backend = RT_BACKEND_DEBUG;
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    run->status = wl_ops_run(rt, program, &limits, keep, run, &why);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_stats_read(rt, stats);
    rt_destroy(rt);
    wl_ops_free(program);
}

static void
assert_prints(const char *script, const char *expected) {
    struct run *run = malloc(sizeof *run);

    assert_non_null(run);
    run_limited(run, script, 1000000, 1000000, 1000);
    if (run->status != 0)
        fail_msg("status %d: %s", run->status, run->why);
    assert_string_equal(run->output, expected);
    free(run);
}

static void
test_cycle_is_collected(void **state) {
    (void)state;
    assert_prints("list a\nappend a a\ndrop a\nprint count\nprint collect\n",
                  "count: 1 0 0\ncollect: 1\nend: collected 0\n");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycle_is_collected),
    };

    return cmocka_run_group_tests_name("ops", tests, NULL, NULL);
}
