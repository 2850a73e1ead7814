/* SPDX-License-Identifier: MIT
 *
 * ops_run_test.c: settings of op scripts, and statuses of running them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/ops_run.h"

static int
run(struct bench_ops_settings *settings, const char *script, char *output, size_t bytes) {
    struct wl_ops_program *program;
    struct rt *rt;
    FILE *out = fmemopen(output, bytes, "w");
    int status = bench_ops_parse(settings, script, strlen(script), &program);

    assert_non_null(out);
    if (status == 0) {
        assert_int_equal(rt_create(&settings->config, NULL, &rt), 0);
        status = bench_ops_run(rt, settings, program, out);
        rt_destroy(rt);
        wl_ops_free(program);
    }
    fclose(out);
    return status;
}

static void
test_settings_are_of_runtime_or_of_scripts(void **state) {
    struct bench_ops_settings settings;
    char line[256];
    struct rt_text why;

    (void)state;
    rt_text_init(&why, line, sizeof line);
    bench_ops_settings_init(&settings);
    assert_int_equal(bench_ops_settings_assign(&settings, "ops.steps_max=7", &why), 0);
    assert_int_equal(settings.limits.steps_max, 7);
    assert_int_equal(bench_ops_settings_assign(&settings, "gc.threshold0=5", &why), 0);
    assert_int_equal(settings.config.gc_threshold0, 5);
    assert_int_equal(bench_ops_settings_assign(&settings, "ops.step_max=7", &why), -ENOENT);
    assert_non_null(strstr(line, "ops.steps_max"));
}

static void
test_statuses_tell_what_went_wrong(void **state) {
    struct bench_ops_settings settings;
    char output[256];

    (void)state;
    bench_ops_settings_init(&settings);
    assert_int_equal(run(&settings, "list a\nprint len a\n", output, sizeof output), 0);
    assert_string_equal(output, "len a: 0\nend: collected 0\n");
    assert_int_equal(run(&settings, "lost a\n", output, sizeof output), 2);
    settings.limits.steps_max = 10;
    assert_int_equal(run(&settings, "repeat i 100\nend\n", output, sizeof output), 2);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_are_of_runtime_or_of_scripts),
        cmocka_unit_test(test_statuses_tell_what_went_wrong),
    };

    return cmocka_run_group_tests_name("ops_run", tests, NULL, NULL);
}
