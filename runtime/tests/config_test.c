/* SPDX-License-Identifier: MIT
 *
 * The runtime's own table: one row a field, sensible rows, and the combinations that are refused.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/rt.h"

enum {
    LINE_BYTES = 200
};

static char line[LINE_BYTES];

static int
check(const struct rt_config *config) {
    struct rt_text why;
    int status;

    rt_text_init(&why, line, sizeof line);
    status = rt_config_check(config, &why);
    assert_false(why.cut);
    assert_int_equal(rt_config_check(config, NULL), status);
    return status;
}

/* From the initial values with these changes, separated by NULL. */
static struct rt_config
configure(const char *const *assignments) {
    struct rt_config config;

    rt_config_init(&config);
    for (; *assignments != NULL; assignments++) {
        assert_int_equal(rt_knob_assign(rt_config_knobs(), &config, *assignments, NULL), 0);
    }
    return config;
}

static void
assert_refused(const char *const *assignments, const char *expected) {
    struct rt_config config = configure(assignments);

    assert_int_equal(check(&config), -EINVAL);
    assert_string_equal(line, expected);
}

static void
assert_accepted(const char *const *assignments) {
    struct rt_config config = configure(assignments);

    assert_int_equal(check(&config), 0);
    assert_string_equal(line, "");
}

static void
test_config_rows_cover_each_field_once_and_in_order(void **state) {
    struct rt_knob_table table = rt_config_knobs();

    (void)state;
    assert_int_equal(table.count * sizeof(int64_t), sizeof(struct rt_config));
    for (size_t i = 0; i < table.count; i++) {
        assert_int_equal(table.rows[i].offset, i * sizeof(int64_t));
        assert_int_not_equal(table.rows[i].type, RT_KNOB_RATIO);
    }
}

static void
test_config_rows_have_names_of_their_own(void **state) {
    struct rt_knob_table table = rt_config_knobs();

    (void)state;
    for (size_t i = 0; i < table.count; i++) {
        assert_ptr_equal(rt_knob_find(table, table.rows[i].name), &table.rows[i]);
        assert_true(strncmp(table.rows[i].name, "alloc.", 6) == 0 ||
                    strncmp(table.rows[i].name, "object.", 7) == 0 ||
                    strncmp(table.rows[i].name, "gc.", 3) == 0);
    }
}

static void
test_config_rows_say_in_one_line_what_they_do(void **state) {
    struct rt_knob_table table = rt_config_knobs();

    (void)state;
    for (size_t i = 0; i < table.count; i++) {
        assert_non_null(table.rows[i].unit);
        assert_true(strlen(table.rows[i].help) > 40);
        assert_null(strchr(table.rows[i].help, '\n'));
        assert_int_not_equal(table.rows[i].help[strlen(table.rows[i].help) - 1], '.');
    }
}

/* What holds for the middle of a grid holds for its ends: both bounds and the start can be said. */
static void
test_config_rows_accept_their_own_bounds(void **state) {
    struct rt_knob_table table = rt_config_knobs();
    struct rt_config config;

    (void)state;
    rt_config_init(&config);
    for (size_t i = 0; i < table.count; i++) {
        const struct rt_knob *row = &table.rows[i];
        int64_t values[3] = {row->low, row->initial, row->high};

        for (size_t v = 0; v < 3; v++) {
            struct rt_text text;
            char word[LINE_BYTES];

            memcpy((char *)&config + row->offset, &values[v], sizeof values[v]);
            rt_text_init(&text, word, sizeof word);
            rt_knob_print(row, &config, &text);
            assert_int_equal(rt_knob_set(row, &config, word, NULL), 0);
        }
    }
}

static void
test_config_starts_as_cpython_does(void **state) {
    struct rt_config config;

    (void)state;
    memset(&config, 0x5a, sizeof config);
    rt_config_init(&config);
    assert_int_equal(config.alloc_backend, RT_BACKEND_POOL);
    assert_int_equal(config.alloc_arena_bytes, 1 << 20);
    assert_int_equal(config.alloc_pool_bytes, 16384);
    assert_int_equal(config.alloc_small_bytes, 512);
    assert_int_equal(config.alloc_keep_arenas, 0);
    assert_int_equal(config.alloc_thp, RT_THP_SYSTEM);
    assert_true(config.alloc_reserve_bytes == INT64_C(64) << 30);
    assert_int_equal(config.alloc_fill_new, -1);
    assert_int_equal(config.alloc_fill_freed, -1);
    assert_int_equal(config.alloc_fail_at, 0);
    assert_int_equal(config.alloc_fail_every, 0);
    assert_int_equal(config.alloc_quarantine_blocks, 256);
    assert_int_equal(config.alloc_debug_action, RT_DEBUG_ABORT);
    assert_int_equal(check(&config), 0);
}

static void
test_config_choices_are_in_the_order_of_their_enumerations(void **state) {
    (void)state;
    assert_int_equal(configure((const char *const[]){"alloc.backend=debug", NULL}).alloc_backend,
                     RT_BACKEND_DEBUG);
    assert_int_equal(configure((const char *const[]){"alloc.backend=system", NULL}).alloc_backend,
                     RT_BACKEND_SYSTEM);
    assert_int_equal(configure((const char *const[]){"alloc.thp=never", NULL}).alloc_thp,
                     RT_THP_NEVER);
    assert_int_equal(configure((const char *const[]){"alloc.thp=advise", NULL}).alloc_thp,
                     RT_THP_ADVISE);
    assert_int_equal(configure((const char *const[]){"alloc.thp=always", NULL}).alloc_thp,
                     RT_THP_ALWAYS);
    assert_int_equal(
        configure((const char *const[]){"alloc.debug_action=report", NULL}).alloc_debug_action,
        RT_DEBUG_REPORT);
}

static void
test_config_check_refuses_a_pool_larger_than_an_arena(void **state) {
    (void)state;
    assert_refused((const char *const[]){"alloc.pool=512K", "alloc.arena=256K", NULL},
                   "alloc.pool: 512KiB does not fit an arena, alloc.arena is 256KiB");
    assert_accepted((const char *const[]){"alloc.pool=256K", "alloc.arena=256K", NULL});
}

static void
test_config_check_refuses_small_requests_between_two_classes(void **state) {
    (void)state;
    assert_refused((const char *const[]){"alloc.small=500", NULL},
                   "alloc.small: 500 is not a multiple of 16, the next one is 512");
    assert_refused((const char *const[]){"alloc.small=4095", NULL},
                   "alloc.small: 4095 is not a multiple of 16, the next one is 4KiB");
    assert_accepted((const char *const[]){"alloc.small=496", NULL});
}

static void
test_config_check_wants_two_of_the_largest_blocks_in_a_pool(void **state) {
    (void)state;
    assert_refused(
        (const char *const[]){"alloc.small=2032", "alloc.pool=4K", NULL},
        "alloc.small: 2032 does not fit twice in a pool, alloc.pool is 4KiB: at most 2016");
    assert_accepted((const char *const[]){"alloc.small=2016", "alloc.pool=4K", NULL});
    assert_refused(
        (const char *const[]){"alloc.small=4K", "alloc.pool=8K", NULL},
        "alloc.small: 4KiB does not fit twice in a pool, alloc.pool is 8KiB: at most 4064");
    assert_accepted((const char *const[]){"alloc.small=4K", "alloc.pool=16K", NULL});
}

static void
test_config_check_refuses_combinations_whatever_the_backend(void **state) {
    (void)state;
    assert_refused((const char *const[]){"alloc.backend=system", "alloc.small=24", NULL},
                   "alloc.small: 24 is not a multiple of 16, the next one is 32");
}

static void
test_config_check_refuses_fields_out_of_bounds(void **state) {
    struct rt_config config;

    (void)state;
    rt_config_init(&config);
    config.alloc_arena_bytes = 300000;
    assert_int_equal(check(&config), -EINVAL);
    assert_string_equal(
        line, "alloc.arena: 300000 is not a power of two (256KiB to 32MiB, a power of two)");
    rt_config_init(&config);
    config.alloc_backend = RT_BACKEND_COUNT;
    assert_int_equal(check(&config), -EINVAL);
    assert_string_equal(line, "alloc.backend: '3' is not a choice (pool, system, debug)");
}

/* No sum or product of the check may overflow on its way to saying no. */
static void
test_config_check_survives_wild_fields(void **state) {
    static const int64_t wild[] = {INT64_MIN, -4096, -2, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < rt_config_knobs().count; i++) {
        for (size_t v = 0; v < sizeof wild / sizeof wild[0]; v++) {
            struct rt_config config;

            rt_config_init(&config);
            memcpy((char *)&config + rt_config_knobs().rows[i].offset, &wild[v], sizeof wild[v]);
            assert_int_equal(check(&config), -EINVAL);
            assert_true(strncmp(line, rt_config_knobs().rows[i].name,
                                strlen(rt_config_knobs().rows[i].name)) == 0);
        }
    }
}

static void
test_config_largest_arena_fits_the_smallest_reserve(void **state) {
    struct rt_knob_table table = rt_config_knobs();

    (void)state;
    assert_true(rt_knob_find(table, "alloc.arena")->high <=
                rt_knob_find(table, "alloc.reserve")->low);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_config_rows_cover_each_field_once_and_in_order),
        cmocka_unit_test(test_config_rows_have_names_of_their_own),
        cmocka_unit_test(test_config_rows_say_in_one_line_what_they_do),
        cmocka_unit_test(test_config_rows_accept_their_own_bounds),
        cmocka_unit_test(test_config_starts_as_cpython_does),
        cmocka_unit_test(test_config_choices_are_in_the_order_of_their_enumerations),
        cmocka_unit_test(test_config_check_refuses_a_pool_larger_than_an_arena),
        cmocka_unit_test(test_config_check_refuses_small_requests_between_two_classes),
        cmocka_unit_test(test_config_check_wants_two_of_the_largest_blocks_in_a_pool),
        cmocka_unit_test(test_config_check_refuses_combinations_whatever_the_backend),
        cmocka_unit_test(test_config_check_refuses_fields_out_of_bounds),
        cmocka_unit_test(test_config_check_survives_wild_fields),
        cmocka_unit_test(test_config_largest_arena_fits_the_smallest_reserve),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
