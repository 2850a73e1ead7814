/* SPDX-License-Identifier: MIT
 *
 * Copies of dicts and updates: sizes as CPython's, what is tracked, and that a failure changes nothing.
 */
#include "runtime/tests/keyed.h"
#include "runtime/tests/size_table.h"

#include "runtime/dict.h"
#include "runtime/values.h"

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

/* ---- What is tracked, and what comes from the free lists ---------------------------------------- */

static void
test_dict_update_makes_tracked_what_the_other_is(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *plain = test_dict_of(rt, TEST_KEY_STR, 0, 3), *list = rt_list_new(rt, 0);
    struct rt_object *tracked = test_dict_of(rt, TEST_KEY_STR, 0, 3), *other, *copy;
    struct rt_object *key = test_key(rt, TEST_KEY_STR, 1);

    (void)state;
    assert_int_equal(rt_dict_set(rt, tracked, key, list), 0);
    for (int i = 0; i < 2; i++) { /* as a whole, and pair by pair */
        other = test_dict_of(rt, TEST_KEY_STR, 0, i);
        assert_int_equal(rt_dict_update(rt, other, plain), 0);
        assert_false(rt_is_tracked(other));
        rt_dict_clear(rt, other);
        assert_int_equal(rt_dict_update(rt, other, tracked), 0);
        assert_true(rt_is_tracked(other));
        rt_decref(rt, other);
    }
    copy = rt_dict_copy(rt, plain);
    assert_false(rt_is_tracked(copy));
    rt_decref(rt, copy);
    copy = rt_dict_copy(rt, tracked);
    assert_true(rt_is_tracked(copy));
    rt_decref(rt, copy);
    assert_int_equal(rt_dict_set(rt, tracked, key, rt_none(rt)),
                     0); /* the state is what is copied */
    copy = rt_dict_copy(rt, tracked);
    assert_true(rt_is_tracked(copy));
    rt_decref(rt, copy);
    rt_decref(rt, key);
    rt_decref(rt, list);
    rt_decref(rt, plain);
    rt_decref(rt, tracked);
    rt_destroy(rt);
}

static void
test_dict_update_copies_into_kept_objects(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_STR, 0, 3), *copies[3];

    (void)state;
    rt_decref(rt, rt_dict_new(rt));
    assert_int_equal(rt->young_count, 2);
    for (int i = 0; i < 3; i++)
        assert_non_null(copies[i] = rt_dict_copy(rt, dict));
    assert_int_equal(rt->young_count, 4); /* one of them was the kept one */
    for (int i = 0; i < 3; i++)
        rt_decref(rt, copies[i]);
    rt_decref(rt, dict);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

/* ---- Over a class's keys ------------------------------------------------------------------------ */

/* A class's keys "k0" ... "k<count - 1>" after many instances, and a dict over them with all set. */
static struct rt_object *
make_shared(struct rt *rt, struct rt_keys *keys, int count) {
    struct rt_values *values = rt_values_new(rt, keys);
    struct rt_object *dict;

    for (int i = 0; i < count; i++) {
        struct rt_object *name = test_key(rt, TEST_KEY_STR, i);

        assert_int_equal(rt_keys_shared_insert(keys, name), i);
        rt_decref(rt, name);
    }
    for (int i = 0; i < 40; i++) {
        rt_values_drop(rt, values);
        values = rt_values_new(rt, keys);
    }
    for (int i = 0; i < count; i++) {
        values->items[i] = rt_incref(rt_none(rt));
        rt_values_note(values, (size_t)i);
    }
    dict = rt_dict_new(rt);
    assert_non_null(dict);
    assert_int_equal(rt_dict_share(rt, dict, keys, values), 0);
    return dict;
}

static void
test_dict_update_copies_sharing_dicts_as_such(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_keys *keys = rt_keys_new_shared(rt);
    struct rt_object *dict = make_shared(rt, keys, 6), *copy, *updated = rt_dict_new(rt);

    (void)state;
    rt_decref(rt, rt_dict_new(rt)); /* for which such copies have no use */
    copy = rt_dict_copy(rt, dict);
    assert_int_equal(rt->young_count, 4);
    assert_int_equal(rt_sizeof(copy), 120);
    assert_int_equal(keys->count, 3);
    assert_same_pairs(copy, dict);
    assert_int_equal(rt_dict_update(rt, updated, dict), 0);
    assert_int_equal(rt_sizeof(updated), 272);
    assert_same_pairs(updated, dict);
    for (int64_t i = 0; i < 6; i++)
        assert_true(test_dict_take(rt, copy, TEST_KEY_STR, i));
    assert_int_equal(rt_sizeof(copy), 120);
    rt_decref(rt, updated);
    updated = rt_dict_copy(rt, copy);
    assert_int_equal(rt_sizeof(updated), 64); /* of one without pairs, a new one */
    rt_decref(rt, updated);
    rt_decref(rt, copy);
    rt_decref(rt, dict);
    assert_int_equal(keys->count, 1);
    rt_keys_decref(rt, keys);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_dict_update_of_a_sharing_dict_grows_as_cpython_s(void **state) {
    static const struct {
        enum test_key_kind kind;
        int64_t start, end;
        size_t bytes;
    } cases[] = {
        {TEST_KEY_STR, 0, 2, 88},    {TEST_KEY_STR, 1, 3, 88},     {TEST_KEY_STR, 0, 4, 272},
        {TEST_KEY_STR, 10, 50, 832}, {TEST_KEY_STR, 0, 100, 3328}, {TEST_KEY_INT, 0, 1, 352},
    };

    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(cases); i++) {
        struct rt *rt = test_create(NULL, NULL);
        struct rt_keys *keys = rt_keys_new_shared(rt);
        struct rt_object *dict = make_shared(rt, keys, 2);
        struct rt_object *other = test_dict_of(rt, cases[i].kind, cases[i].start, cases[i].end);

        assert_int_equal(rt_dict_update(rt, dict, other), 0);
        assert_int_equal(rt_sizeof(dict), cases[i].bytes);
        assert_true(rt_dict_type.verify(rt, dict, NULL));
        for (int64_t k = cases[i].start; k < cases[i].end; k++)
            assert_int_equal(test_dict_find(rt, dict, cases[i].kind, k), k);
        rt_decref(rt, other);
        rt_decref(rt, dict);
        rt_keys_decref(rt, keys);
        assert_verified(rt);
        rt_destroy(rt);
    }
}

/* ---- Other dicts that change meanwhile ---------------------------------------------------------- */

static void
test_dict_update_by_itself_changes_nothing(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_INT, 0, 7);
    struct test_dict_state before = test_dict_look(dict);

    (void)state;
    assert_int_equal(rt_dict_update(rt, dict, dict), 0);
    assert_same_state(test_dict_look(dict), before);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
clear_victim(struct rt *rt, struct test_log *log) {
    rt_dict_clear(rt, log->victim);
}

static void
test_dict_update_ends_where_the_other_dict_does(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct test_log log = {.at_death = clear_victim};
    struct rt_object *dict = rt_dict_new(rt), *other = test_dict_of(rt, TEST_KEY_INT, 0, 8);
    struct rt_object *key = rt_int_new(rt, 3), *value = test_mourner(rt, &log, 1);

    (void)state;
    assert_int_equal(rt_dict_set(rt, dict, key, value), 0);
    rt_decref(rt, value);
    log.victim = other;
    assert_int_equal(rt_dict_update(rt, dict, other),
                     0); /* key 3 is put, the old value clears it */
    assert_int_equal(log.count, 1);
    assert_int_equal(rt_dict_length(dict), 4);
    assert_int_equal(test_dict_find(rt, dict, TEST_KEY_INT, 3), 3);
    assert_verified(rt);
    rt_decref(rt, dict);
    rt_decref(rt, other);
    rt_destroy(rt);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

/* A dict of both, with something that has to be tracked. */
static struct rt_object *
make_mixed(struct rt *rt, int64_t strs, int64_t ints) {
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_STR, 0, strs), *list = rt_list_new(rt, 0);
    struct rt_object *key = test_key(rt, TEST_KEY_STR, 0);

    for (int64_t i = 0; i < ints; i++)
        test_dict_put(rt, dict, TEST_KEY_INT, i, i);
    assert_int_equal(rt_dict_set(rt, dict, key, list), 0);
    rt_decref(rt, key);
    rt_decref(rt, list);
    return dict;
}

static size_t
walk_update(struct rt *rt, int64_t before, int64_t strs, int64_t ints) {
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_STR, 100, 100 + before);
    struct rt_object *other = make_mixed(rt, strs, ints);
    size_t failures = 0;

    for (uint64_t n = 1;; n++) {
        struct test_dict_state was = test_dict_look(dict);
        int status;

        test_fail_at(rt, n);
        status = rt_dict_update(rt, dict, other);
        test_fail_at(rt, 0);
        assert_verified(rt);
        if (status == 0)
            break;
        failures++;
        assert_int_equal(rt_error(rt), ENOMEM);
        assert_same_state(test_dict_look(dict), was);
    }
    assert_int_equal(rt_dict_length(dict), before + strs + ints);
    rt_decref(rt, dict);
    rt_decref(rt, other);
    return failures;
}

static size_t
walk_copy(struct rt *rt, bool is_sparse) {
    struct rt_object *source = make_source(rt, TEST_KEY_INT, is_sparse, 30), *copy = NULL;
    struct test_dict_state before = test_dict_look(source);
    size_t failures = 0;

    for (uint64_t n = 1; copy == NULL; n++) {
        test_fail_at(rt, n);
        copy = rt_dict_copy(rt, source);
        test_fail_at(rt, 0);
        failures += copy == NULL;
        assert_verified(rt);
        assert_same_state(test_dict_look(source), before);
    }
    assert_same_pairs(source, copy);
    rt_decref(rt, copy);
    rt_decref(rt, source);
    return failures;
}

static void
test_dict_update_that_fails_changes_nothing(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create_fallible(test_backends[b]);

        /* At least: a backend may ask for memory of its own. */
        assert_true(walk_update(rt, 0, 3, 0) >= 1); /* a copy is never a kept table */
        assert_true(walk_update(rt, 0, 20, 0) >= 1);
        assert_true(walk_update(rt, 3, 4, 0) >= 1);   /* grows in between */
        assert_true(walk_update(rt, 3, 1, 4) >= 1);   /* general in between, and grows */
        assert_true(walk_update(rt, 4, 30, 30) >= 1); /* grows at once */
        assert_int_equal(walk_update(rt, 20, 1, 0), 0);
        rt_free_lists_clear(rt);
        assert_true(walk_copy(rt, false) >= 2); /* the table and the dict */
        rt_free_lists_clear(rt);
        assert_true(walk_copy(rt, true) >= 2);
        rt_free_lists_clear(rt);
        assert_int_equal(rt->young_count, 0);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dict_update_copies_to_cpython_s_sizes),
        cmocka_unit_test(test_dict_update_of_an_empty_one_gives_cpython_s_sizes),
        cmocka_unit_test(test_dict_update_grows_to_cpython_s_sizes),
        cmocka_unit_test(test_dict_update_makes_tracked_what_the_other_is),
        cmocka_unit_test(test_dict_update_copies_into_kept_objects),
        cmocka_unit_test(test_dict_update_copies_sharing_dicts_as_such),
        cmocka_unit_test(test_dict_update_of_a_sharing_dict_grows_as_cpython_s),
        cmocka_unit_test(test_dict_update_by_itself_changes_nothing),
        cmocka_unit_test(test_dict_update_ends_where_the_other_dict_does),
        cmocka_unit_test(test_dict_update_that_fails_changes_nothing),
    };

    return cmocka_run_group_tests_name("dict_update", tests, NULL, NULL);
}
