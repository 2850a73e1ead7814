/* SPDX-License-Identifier: MIT
 *
 * Sets: growth, the order of the table, marks of what was removed, and a model.
 */
#include "runtime/tests/objects.h"
#include "runtime/tests/seed.h"

#include "runtime/context.h"

#include <errno.h>

static const char *const backends[] = {"alloc.backend=pool", "alloc.backend=system",
                                       "alloc.backend=debug"};

static void
add(struct rt *rt, struct rt_object *set, int64_t number) {
    struct rt_object *key = rt_int_new(rt, number);

    assert_int_equal(rt_set_add(rt, set, key), 0);
    rt_decref(rt, key);
}

static bool
discard(struct rt *rt, struct rt_object *set, int64_t number) {
    struct rt_object *key = rt_int_new(rt, number);
    int status = rt_set_discard(rt, set, key);

    rt_decref(rt, key);
    assert_true(status >= 0);
    return status == 1;
}

static bool
has(struct rt *rt, struct rt_object *set, int64_t number) {
    struct rt_object *key = rt_int_new(rt, number);
    int status = rt_set_contains(rt, set, key);

    rt_decref(rt, key);
    return status == 1;
}

/* The numbers in the order of the table, ended by -1. */
static void
assert_order(struct rt *rt, struct rt_object *set, const int64_t *expected) {
    struct rt_object *key;
    size_t position = 0;
    int64_t number = 0;

    while (rt_set_next(set, &position, &key)) {
        assert_int_equal(rt_int_value(rt, key, &number), 0);
        assert_int_equal(number, *expected++);
    }
    assert_int_equal(*expected, -1);
}

static void
test_set_grows_at_the_keys_and_to_the_sizes_of_cpython(void **state) {
    static const struct {
        int64_t keys;
        size_t bytes;
    } steps[] = {{0, 216},       {4, 216},         {5, 728},        {18, 728},    {19, 2264},
                 {76, 2264},     {77, 8408},       {306, 8408},     {307, 32984}, {1229, 131288},
                 {4915, 524504}, {19661, 2097368}, {78643, 4194520}};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_set_new(rt);
    int64_t keys = 0;

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        for (; keys < steps[i].keys; keys++)
            add(rt, set, keys);
        assert_int_equal(rt_sizeof(set), steps[i].bytes);
        assert_int_equal(rt_block_bytes(set), steps[i].bytes);
    }
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_decref(rt, set);
    rt_destroy(rt);
}

static void
test_set_puts_a_key_over_the_last_mark_that_it_passes(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_set_new(rt);
    static const int64_t keys[] = {0, 32, 64, 1000, 1001, 1002};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        add(rt, set, keys[i]);
    assert_true(discard(rt, set, 0));
    assert_true(discard(rt, set, 32));
    assert_false(discard(rt, set, 32));
    add(rt, set, 96);
    add(rt, set, 128);
    assert_order(rt, set, (const int64_t[]){128, 96, 64, 1000, 1001, 1002, -1});
    rt_decref(rt, set);
    rt_destroy(rt);
}

static void
test_set_pops_round_the_table(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_set_new(rt);

    (void)state;
    for (int64_t i = 0; i < 4; i++)
        add(rt, set, i);
    for (int64_t i = 0; i < 4; i++) {
        struct rt_object *key = rt_set_pop(rt, set);
        int64_t number = -1;

        assert_int_equal(rt_int_value(rt, key, &number), 0);
        assert_int_equal(number, i);
        rt_decref(rt, key);
    }
    assert_null(rt_set_pop(rt, set));
    assert_int_equal(rt_error(rt), ENOENT);
    rt_decref(rt, set);
    rt_destroy(rt);
}

static void
test_set_copies_are_as_large_as_cpythons(void **state) {
    static const struct {
        int64_t keys;
        size_t bytes;
    } cases[] = {{0, 216}, {4, 216}, {5, 472}, {18, 1240}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_object *set = rt_set_new(rt), *copy;

        for (int64_t k = 0; k < cases[i].keys; k++)
            add(rt, set, k);
        copy = rt_set_copy(rt, set);
        assert_int_equal(rt_sizeof(copy), cases[i].bytes);
        assert_int_equal(rt_set_length(copy), cases[i].keys);
        rt_set_clear(rt, set);
        assert_int_equal(rt_sizeof(set), 216);
        for (int64_t k = 0; k < cases[i].keys; k++)
            assert_true(has(rt, copy, k));
        assert_int_equal(rt_verify(rt, NULL), 0);
        rt_decref(rt, set);
        rt_decref(rt, copy);
        rt_destroy(rt);
    }
}

static void
test_set_refuses_keys_without_a_hash(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *set = rt_set_new(rt), *list = rt_list_new(rt, 0);

    (void)state;
    assert_int_equal(rt_set_add(rt, set, list), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_set_contains(rt, set, list), -1);
    assert_int_equal(rt_set_discard(rt, set, list), -1);
    rt_decref(rt, list);
    rt_decref(rt, set);
    assert_int_equal(rt->young_count, 1); /* the list is kept */
    rt_destroy(rt);
}

static void
test_set_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < 3; b++) {
        bool is_done = false;

        for (int n = 1; !is_done; n++) {
            struct rt *rt = test_create(NULL, backends[b], NULL);
            struct rt_object *set = rt_set_new(rt), *copy;
            int64_t added = 0;

            rt->config.alloc_fail_at = n;
            rt->has_faults = true;
            rt->fast_bytes = rt->fast_span = 0;
            rt->fault_attempts = 0;
            for (is_done = true; added < 100 && is_done; added++) { /* shared ints: no blocks */
                is_done = rt_set_add(rt, set, rt_int_new(rt, added)) == 0;
            }
            added -= !is_done;
            copy = rt_set_copy(rt, set);
            is_done = is_done && copy != NULL;
            assert_int_equal(rt_set_length(set), added);
            for (int64_t i = 0; i < added; i++)
                assert_true(has(rt, set, i));
            assert_int_equal(rt_verify(rt, NULL), 0);
            rt_xdecref(rt, copy);
            rt_decref(rt, set);
            rt_destroy(rt);
            assert_true(n < 50);
        }
    }
}

enum {
    MODEL_KEYS = 400,
    MODEL_STEPS = 40000
};

static void
check_all(struct rt *rt, struct rt_object *set, const bool *is_in) {
    size_t count = 0;

    for (int64_t i = 0; i < MODEL_KEYS; i++) {
        assert_int_equal(has(rt, set, i * 37), is_in[i]);
        count += is_in[i];
    }
    assert_int_equal(rt_set_length(set), count);
    assert_int_equal(rt_verify(rt, NULL), 0);
}

static void
test_set_agrees_with_a_model(void **state) {
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t b = 0; b < 3; b++) {
        struct rt *rt = test_create(NULL, backends[b], NULL);
        struct rt_object *set = rt_set_new(rt), *copy;
        bool is_in[MODEL_KEYS] = {false};

        for (int step = 0; step < MODEL_STEPS; step++) {
            size_t key = test_random_below(&random, MODEL_KEYS >> test_random_below(&random, 6));

            if (test_random_below(&random, 5) < 3) {
                add(rt, set, (int64_t)key * 37);
                is_in[key] = true;
            } else {
                assert_int_equal(discard(rt, set, (int64_t)key * 37), is_in[key]);
                is_in[key] = false;
            }
            if (step % 1000 == 0) {
                check_all(rt, set, is_in);
                copy = rt_set_copy(rt, set);
                assert_non_null(copy);
                rt_decref(rt, set);
                set = copy;
                check_all(rt, set, is_in);
            }
        }
        rt_decref(rt, set);
        assert_int_equal(rt_verify(rt, NULL), 0);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_grows_at_the_keys_and_to_the_sizes_of_cpython),
        cmocka_unit_test(test_set_puts_a_key_over_the_last_mark_that_it_passes),
        cmocka_unit_test(test_set_pops_round_the_table),
        cmocka_unit_test(test_set_copies_are_as_large_as_cpythons),
        cmocka_unit_test(test_set_refuses_keys_without_a_hash),
        cmocka_unit_test(test_set_survives_every_failing_allocation),
        cmocka_unit_test(test_set_agrees_with_a_model),
    };

    return cmocka_run_group_tests_name("set", tests, NULL, NULL);
}
