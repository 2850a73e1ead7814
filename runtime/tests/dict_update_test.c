/* SPDX-License-Identifier: MIT
 *
 * Copies of dicts and updates: sizes as CPython's, what is tracked, and that a failure changes nothing.
 */
#include "runtime/tests/keyed.h"
#include "runtime/tests/size_table.h"

#include "runtime/dict.h"

enum {
    DENSE_MAX = 400,
    SPARSE_MAX = 200
};

/* ---- CPython's sizes ---------------------------------------------------------------------------- */

/* With n keys; or 2n+5 inserted and the last n+5 of them deleted. */
static struct rt_object *
make_source(struct rt *rt, enum test_key_kind kind, bool is_sparse, int64_t n) {
    struct rt_object *dict = test_dict_of(rt, kind, 0, is_sparse ? 2 * n + 5 : n);

    for (int64_t i = n; is_sparse && i < 2 * n + 5; i++)
        assert_true(test_dict_take(rt, dict, kind, i));
    return dict;
}

static void
assert_same_pairs(struct rt_object *one, struct rt_object *other) {
    struct rt_object *keys[2], *values[2];
    size_t positions[2] = {0, 0};

    assert_int_equal(rt_dict_length(one), rt_dict_length(other));
    while (rt_dict_next(one, &positions[0], &keys[0], &values[0])) {
        assert_true(rt_dict_next(other, &positions[1], &keys[1], &values[1]));
        assert_ptr_equal(keys[0], keys[1]);
        assert_ptr_equal(values[0], values[1]);
    }
}

/* By copying, or by updating an empty one, which is what calling the class with a dict does. */
static struct rt_object *
copy_by(struct rt *rt, struct rt_object *source, bool is_update) {
    struct rt_object *copy = is_update ? rt_dict_new(rt) : rt_dict_copy(rt, source);

    assert_non_null(copy);
    if (is_update)
        assert_int_equal(rt_dict_update(rt, copy, source), 0);
    return copy;
}

static void
check_copies(const char *series, enum test_key_kind kind, bool is_sparse, bool is_update) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_sizes sizes;

    test_sizes_read(&sizes, series);
    for (int64_t n = 0; n <= (is_sparse ? SPARSE_MAX : DENSE_MAX); n++) {
        struct rt_object *source = make_source(rt, kind, is_sparse, n);
        struct rt_object *copy = copy_by(rt, source, is_update);

        test_sizes_check(&sizes, n, copy);
        assert_same_pairs(copy, source);
        assert_true(rt_dict_type.verify(rt, copy, NULL));
        rt_decref(rt, source);
        rt_decref(rt, copy);
    }
    rt_destroy(rt);
}

static void
test_dict_update_copies_to_cpython_s_sizes(void **state) {
    (void)state;
    check_copies("dict.int.copy", TEST_KEY_INT, false, false);
    check_copies("dict.str.copy", TEST_KEY_STR, false, false);
    check_copies("dict.int.copy.sparse", TEST_KEY_INT, true, false);
    check_copies("dict.str.copy.sparse", TEST_KEY_STR, true, false);
}

static void
test_dict_update_of_an_empty_one_gives_cpython_s_sizes(void **state) {
    (void)state;
    check_copies("dict.int.update", TEST_KEY_INT, false, true);
    check_copies("dict.str.update", TEST_KEY_STR, false, true);
    check_copies("dict.int.update.sparse", TEST_KEY_INT, true, true);
    check_copies("dict.str.update.sparse", TEST_KEY_STR, true, true);
    check_copies("dict.int.call", TEST_KEY_INT, false, true);
    check_copies("dict.str.call.sparse", TEST_KEY_STR, true, true);
}

/* A dict of keys first ... end - 1, updated by one of keys 0 ... n - 1. */
static void
check_updates(const char *series, enum test_key_kind kind, enum test_key_kind other_kind,
              int64_t first, int64_t end) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_sizes sizes;

    test_sizes_read(&sizes, series);
    for (int64_t n = 0; n <= DENSE_MAX; n++) {
        struct rt_object *dict = test_dict_of(rt, kind, first, end < 0 ? n : end);
        struct rt_object *other = test_dict_of(rt, other_kind, 0, n);

        assert_int_equal(rt_dict_update(rt, dict, other), 0);
        test_sizes_check(&sizes, n, dict);
        assert_true(rt_dict_type.verify(rt, dict, NULL));
        for (int64_t i = 0; i < n; i++)
            assert_int_equal(test_dict_find(rt, dict, other_kind, i), i);
        rt_decref(rt, dict);
        rt_decref(rt, other);
    }
    rt_destroy(rt);
}

static void
test_dict_update_grows_to_cpython_s_sizes(void **state) {
    (void)state;
    check_updates("dict.int.update_seven", TEST_KEY_INT, TEST_KEY_INT, 1000, 1007);
    check_updates("dict.str.update_seven", TEST_KEY_STR, TEST_KEY_STR, 1000, 1007);
    check_updates("dict.int.update_same", TEST_KEY_INT, TEST_KEY_INT, 0, -1);
    check_updates("dict.str.update_same", TEST_KEY_STR, TEST_KEY_STR, 0, -1);
    check_updates("dict.int.update_other", TEST_KEY_STR, TEST_KEY_INT, 0, 3);
    check_updates("dict.str.update_other", TEST_KEY_INT, TEST_KEY_STR, 0, 3);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dict_update_copies_to_cpython_s_sizes),
        cmocka_unit_test(test_dict_update_of_an_empty_one_gives_cpython_s_sizes),
        cmocka_unit_test(test_dict_update_grows_to_cpython_s_sizes),
    };

    return cmocka_run_group_tests_name("dict_update", tests, NULL, NULL);
}
