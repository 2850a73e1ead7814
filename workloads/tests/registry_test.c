/* SPDX-License-Identifier: MIT
 *
 * registry_test.c: every workload keeps the rules of workload.h that can be seen from outside.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/workload.h"

static void
for_each(void (*check)(const struct wl_workload *workload)) {
    size_t count;
    const struct wl_workload *const *workloads = wl_registry(&count);

    assert_true(count > 0);
    for (size_t i = 0; i < count; i++)
        check(workloads[i]);
}

static void
check_names(const struct wl_workload *workload) {
    size_t length = strlen(workload->name);

    assert_ptr_equal(wl_registry_find(workload->name), workload);
    assert_true(workload->summary[0] != '\0' && workload->caveat[0] != '\0');
    assert_null(strchr(workload->summary, '\n'));
    for (size_t i = 0; i < workload->knobs.count; i++) {
        const struct rt_knob *row = &workload->knobs.rows[i];
        assert_int_equal(strncmp(row->name, workload->name, length), 0);
        assert_int_equal(row->name[length], '.');
        assert_true(row->offset + 8 <= workload->knobs_bytes);
        assert_null(rt_knob_find(rt_config_knobs(), row->name));
        assert_ptr_equal(rt_knob_find(workload->knobs, row->name), row);
        assert_true(row->help[0] != '\0');
    }
}

static void
test_registry_names_are_unique_and_said(void **state) {
    (void)state;
    for_each(check_names);
}

struct outcome {
    int error;
    uint64_t digest, operations, stats[RT_STAT_COUNT];
    uint64_t left_blocks, left_bytes; /* that the run asked for and did not free */
    char why[256];
};

static struct outcome
run_with(const struct wl_workload *workload, void *knobs, const struct rt_config *config,
         uint64_t seed) {
    struct outcome outcome = {0};
    struct rt_text why;
    struct rt *rt;

    rt_text_init(&why, outcome.why, sizeof outcome.why);
    outcome.error = rt_create(config, NULL, &rt);
    if (outcome.error != 0) {
        rt_text_string(&why, "no context");
        return outcome;
    }
    struct wl_run run = {.heap = rt, .knobs = knobs, .seed = seed, .why = &why};
    outcome.error = workload->prepare(&run);
    bool prepared = outcome.error == 0;
    uint64_t before[RT_STAT_COUNT];
    rt_stats_read(rt, before);
    if (prepared)
        outcome.error = workload->run(&run);
    else /* the table of interned strings is the context's, and one block */
        assert_true(before[RT_STAT_LIVE_BLOCKS] <= 1);
    rt_stats_read(rt, outcome.stats);
    outcome.left_blocks = outcome.stats[RT_STAT_LIVE_BLOCKS] - before[RT_STAT_LIVE_BLOCKS];
    outcome.left_bytes =
        outcome.stats[RT_STAT_LIVE_REQUESTED_BYTES] - before[RT_STAT_LIVE_REQUESTED_BYTES];
    assert_int_equal(rt_verify(rt, NULL), 0);
    outcome.digest = run.digest;
    outcome.operations = run.operations;
    workload->finish(&run);
    rt_destroy(rt);
    return outcome;
}

static struct outcome
run_default(const struct wl_workload *workload, enum rt_backend backend, uint64_t seed,
            int64_t fail_at) {
    void *knobs = calloc(1, workload->knobs_bytes);
    struct rt_config config;
    struct outcome outcome;

    assert_non_null(knobs);
    rt_knob_defaults(workload->knobs, knobs);
    rt_config_init(&config);
    config.alloc_backend = backend;
    config.alloc_fail_at = fail_at;
    outcome = run_with(workload, knobs, &config, seed);
    free(knobs);
    return outcome;
}

static void
check_determinism(const struct wl_workload *workload) {
    struct outcome pool = run_default(workload, RT_BACKEND_POOL, 1, 0);
    struct outcome system = run_default(workload, RT_BACKEND_SYSTEM, 1, 0);
    struct outcome other = run_default(workload, RT_BACKEND_POOL, 2, 0);

    assert_int_equal(pool.error, 0);
    assert_int_equal(system.error, 0);
    assert_true(pool.digest == system.digest);
    assert_true(pool.digest != other.digest);
    assert_int_equal(pool.stats[RT_STAT_ALLOCATIONS] > 0, 1);
}

static void
test_registry_answers_depend_on_the_seed_and_not_on_the_backend(void **state) {
    (void)state;
    for_each(check_determinism);
}

static void
assert_peak(const struct wl_workload *workload, const struct outcome *outcome, double least,
            double most) {
    double peak = (double)outcome->stats[RT_STAT_LIVE_REQUESTED_BYTES_PEAK];
    if (peak < least * 0.95 || peak > most * 1.05)
        fail_msg("%s: %.0f bytes live at the peak, the formula says %.0f to %.0f", workload->name,
                 peak, least, most);
}

/* Trash may be collected at any time, and is all there when nothing collects it. */
static void
check_promises(const struct wl_workload *workload) {
    void *knobs = calloc(1, workload->knobs_bytes);
    struct rt_config config;
    struct outcome outcome;

    assert_non_null(knobs);
    rt_knob_defaults(workload->knobs, knobs);
    rt_config_init(&config);
    outcome = run_with(workload, knobs, &config, 5);
    double expected = (double)workload->peak_live_bytes(knobs), whole = expected;
    if (workload->peak_trash_bytes != NULL)
        whole += (double)workload->peak_trash_bytes(knobs);
    assert_peak(workload, &outcome, expected, whole);
    assert_int_equal(outcome.operations, workload->operations(knobs));
    assert_int_equal(outcome.left_blocks, 0);
    assert_int_equal(outcome.left_bytes, 0);
    config.gc_mode = RT_GC_MODE_OFF;
    struct outcome uncollected = run_with(workload, knobs, &config, 5);
    assert_peak(workload, &uncollected, whole, whole);
    assert_int_equal(uncollected.left_blocks, 0);
    assert_true(uncollected.digest == outcome.digest);
    free(knobs);
}

static void
test_registry_peaks_are_as_computed_and_everything_is_released(void **state) {
    (void)state;
    for_each(check_promises);
}

static void
check_failure(const struct wl_workload *workload) {
    for (int64_t nth = 1; nth < 100000; nth *= 7) {
        struct outcome outcome = run_default(workload, RT_BACKEND_POOL, 1, nth);
        assert_int_equal(outcome.error, -ENOMEM);
        assert_int_equal(outcome.left_blocks, 0);
        assert_true(outcome.why[0] != '\0');
    }
}

static void
test_registry_a_failed_request_is_reported_and_leaves_nothing(void **state) {
    (void)state;
    for_each(check_failure);
}

static void
test_registry_suggests_the_nearest_name(void **state) {
    (void)state;
    assert_null(wl_registry_find("chrun"));
    assert_string_equal(wl_registry_nearest("chrun")->name, "churn");
    assert_null(wl_registry_nearest("x"));
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_names_are_unique_and_said),
        cmocka_unit_test(test_registry_answers_depend_on_the_seed_and_not_on_the_backend),
        cmocka_unit_test(test_registry_peaks_are_as_computed_and_everything_is_released),
        cmocka_unit_test(test_registry_a_failed_request_is_reported_and_leaves_nothing),
        cmocka_unit_test(test_registry_suggests_the_nearest_name),
    };
    return cmocka_run_group_tests_name("workloads/registry", tests, NULL, NULL);
}
