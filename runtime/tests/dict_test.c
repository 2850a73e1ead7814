/* SPDX-License-Identifier: MIT
 *
 * Dicts: CPython's sizes at every step, tracking, free lists, who dies when, keys that are no good, failures,
 * and a model. What a dict does over a class's keys is in dict_keys_test.c.
 */
#include "runtime/tests/dict_model.h"
#include "runtime/tests/keyed_walks.h"

#include "runtime/dict.h"

/* ---- CPython's sizes ---------------------------------------------------------------------------- */

static void
insert_key(struct rt *rt, struct rt_object *dict, enum test_key_kind kind, int64_t number) {
    test_dict_put(rt, dict, kind, number, 0);
}

static void
remove_key(struct rt *rt, struct rt_object *dict, enum test_key_kind kind, int64_t number) {
    (void)test_dict_take(rt, dict, kind, number);
}

static struct test_keyed
keyed_by(enum test_key_kind kind) {
    return (struct test_keyed){.prefix = kind == TEST_KEY_INT ? "dict.int." : "dict.str.",
                               .insertion = "insert",
                               .kind = kind,
                               .create = rt_dict_new,
                               .insert = insert_key,
                               .remove = remove_key,
                               .clear = rt_dict_clear};
}

static void
drop_newest(struct rt *rt, struct rt_object *dict) {
    struct rt_object *key, *value;

    assert_int_equal(rt_dict_popitem(rt, dict, &key, &value), 0);
    rt_decref(rt, key);
    rt_decref(rt, value);
}

static void
walk_popitem(const struct test_keyed *keyed) {
    struct test_walk walk;

    test_walk_begin(&walk, keyed, "popitem", 5, false);
    for (long step = 1; step <= test_sizes_last_step(&walk.sizes); step++) {
        drop_newest(walk.rt, walk.subject);
        test_walk_insert(&walk, 4 + step);
        test_walk_check(&walk, step);
    }
    test_walk_end(&walk);
}

static void
test_dict_of_ints_has_cpython_s_sizes_at_every_step(void **state) {
    struct test_keyed keyed = keyed_by(TEST_KEY_INT);

    (void)state;
    test_walk_all(&keyed);
    walk_popitem(&keyed);
}

static void
test_dict_of_str_has_cpython_s_sizes_at_every_step(void **state) {
    struct test_keyed keyed = keyed_by(TEST_KEY_STR);

    (void)state;
    test_walk_all(&keyed);
    walk_popitem(&keyed);
}

/* As one instruction makes it, by n. */
static void
check_displays(const char *series, enum test_key_kind kind) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_sizes sizes;

    test_sizes_read(&sizes, series);
    for (long n = 0; n <= test_sizes_last_step(&sizes); n++) {
        struct rt_object *dict = rt_dict_new_presized(rt, (size_t)n, kind == TEST_KEY_STR);

        for (long i = 0; i < n; i++)
            insert_key(rt, dict, kind, i);
        test_sizes_check(&sizes, n, dict);
        rt_decref(rt, dict);
    }
    rt_destroy(rt);
}

/* Of n keys, and then one of another kind, by n. */
static void
check_conversions(const char *series, enum test_key_kind kind, enum test_key_kind other) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_sizes sizes;

    test_sizes_read(&sizes, series);
    for (long n = 0; n <= test_sizes_last_step(&sizes); n++) {
        struct rt_object *dict = test_dict_of(rt, kind, 0, n);

        insert_key(rt, dict, other, 0);
        test_sizes_check(&sizes, n, dict);
        for (long i = 0; i < n; i++)
            assert_int_equal(test_dict_find(rt, dict, kind, i), i);
        assert_int_equal(test_dict_find(rt, dict, other, 0), 0);
        rt_decref(rt, dict);
    }
    rt_destroy(rt);
}

static void
test_dict_made_at_once_or_converted_has_cpython_s_size(void **state) {
    (void)state;
    check_displays("dict.int.display", TEST_KEY_INT);
    check_displays("dict.str.display", TEST_KEY_STR);
    check_conversions("dict.str.convert", TEST_KEY_STR, TEST_KEY_INT);
    check_conversions("dict.int.convert", TEST_KEY_INT, TEST_KEY_STR);
}

static void
test_dict_presized_has_at_most_two_to_the_17_slots(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new_presized(rt, 1000000, false);

    (void)state;
    assert_int_equal(rt_sizeof(dict), 2621528);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_of_str_again_after_clear(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_STR, 0, 5);

    (void)state;
    test_dict_put(rt, dict, TEST_KEY_INT, 7, 7);
    assert_int_equal(rt_sizeof(dict), 352);
    assert_true(test_dict_take(rt, dict, TEST_KEY_INT, 7));
    test_dict_put(rt, dict, TEST_KEY_STR, 6, 6);
    assert_int_equal(rt_sizeof(dict), 352);
    rt_dict_clear(rt, dict);
    assert_int_equal(rt_sizeof(dict), 64);
    assert_int_equal(test_dict_find(rt, dict, TEST_KEY_STR, 1), -1);
    test_dict_put(rt, dict, TEST_KEY_STR, 1, 1);
    assert_int_equal(rt_sizeof(dict), 184);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_owns_what_it_asked_for(void **state) {
    struct rt *rt = test_create(NULL, "object.keep_dicts=0", "object.keep_keys=0", NULL);
    struct rt_object *dict = rt_dict_new(rt), *key, *value = rt_int_new(rt, 1);

    (void)state;
    for (int64_t i = -5; i <= 250; i++) {
        key = rt_int_new(rt, i); /* shared, as the value: no blocks */
        assert_int_equal(rt_dict_set(rt, dict, key, value), 0);
        rt_decref(rt, key);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), rt_block_bytes(dict));
        assert_int_equal(rt_sizeof(dict), rt_block_bytes(dict));
    }
    rt_decref(rt, value);
    rt_decref(rt, dict);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), 0);
    rt_destroy(rt);
}

static void
test_dict_popitem_of_an_empty_one_fails(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_INT, 0, 3), *key = NULL, *value = NULL;

    (void)state;
    assert_true(test_dict_take(rt, dict, TEST_KEY_INT, 2)); /* the newest now is 1 */
    assert_int_equal(rt_dict_popitem(rt, dict, &key, &value), 0);
    assert_ptr_equal(key, rt_int_new(rt, 1));
    assert_ptr_equal(value, key);
    drop_newest(rt, dict);
    assert_int_equal(rt_dict_popitem(rt, dict, &key, &value), -1);
    assert_int_equal(rt_error(rt), ENOENT);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- Tracking and free lists -------------------------------------------------------------------- */

/* Stores the pair in a new dict, and says whether that is tracked then. */
static bool
is_tracked_with(struct rt *rt, struct rt_object *key, struct rt_object *value) {
    struct rt_object *dict = rt_dict_new(rt);
    bool is_tracked;

    assert_false(rt_is_tracked(dict));
    assert_int_equal(rt_dict_set(rt, dict, key, value), 0);
    is_tracked = rt_is_tracked(dict);
    rt_dict_clear(rt, dict);
    assert_int_equal(rt_is_tracked(dict), is_tracked);
    rt_decref(rt, dict);
    return is_tracked;
}

static void
test_dict_is_tracked_with_the_first_that_may_be(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = rt_list_new(rt, 0), *inner = rt_dict_new(rt);
    struct rt_object *tuple = rt_tuple_pack(rt, &inner, 1), *number = rt_int_new(rt, 1000);
    struct rt_object *pair = test_key(rt, TEST_KEY_TUPLE, 1);

    (void)state;
    assert_false(is_tracked_with(rt, number, rt_none(rt)));
    assert_true(is_tracked_with(rt, number, list));
    assert_true(is_tracked_with(rt, number, inner)); /* which is not tracked itself */
    assert_true(is_tracked_with(rt, number, tuple));
    assert_true(is_tracked_with(rt, pair, number));
    rt_untrack(rt, pair); /* as a collection does */
    assert_false(is_tracked_with(rt, pair, number));
    assert_false(is_tracked_with(rt, pair, pair));
    rt_decref(rt, pair);
    rt_decref(rt, number);
    rt_decref(rt, tuple);
    rt_decref(rt, inner);
    rt_decref(rt, list);
    rt_destroy(rt);
}

static void
test_dict_is_tracked_by_a_value_in_place_of_another(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_STR, 0, 3), *list = rt_list_new(rt, 0);
    struct rt_object *key = test_key(rt, TEST_KEY_STR, 1);

    (void)state;
    assert_int_equal(rt_dict_set(rt, dict, key, list), 0);
    assert_true(rt_is_tracked(dict));
    assert_int_equal(rt_dict_length(dict), 3);
    rt_decref(rt, key);
    rt_decref(rt, list);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_free_list_hides_eighty_from_the_count(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dicts[200];

    (void)state;
    for (int i = 0; i < 200; i++)
        dicts[i] = rt_dict_new(rt);
    assert_int_equal(rt->young_count, 200);
    for (int i = 0; i < 200; i++)
        rt_decref(rt, dicts[i]);
    assert_int_equal(rt->young_count, 80);
    for (int i = 0; i < 100; i++)
        dicts[i] = i % 2 == 0 ? rt_dict_new(rt) : rt_dict_new_presized(rt, 50, true);
    assert_int_equal(rt->young_count, 100);
    for (int i = 0; i < 100; i++)
        rt_decref(rt, dicts[i]);
    for (int i = 0; i < 50; i++) /* calling the class never takes from the list */
        rt_decref(rt, rt_dict_call(rt));
    assert_int_equal(rt->young_count, 80);
    assert_verified(rt);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_dict_free_list_can_be_switched_off(void **state) {
    struct rt *rt = test_create(NULL, "object.keep_dicts=0", "object.keep_keys=0", NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_STR, 0, 2);

    (void)state;
    rt_decref(rt, dict);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

/* ---- Life and death ----------------------------------------------------------------------------- */

/* Keys are mourners 0, 2, 4, ..., values 1, 3, 5, ... */
static struct rt_object *
dict_of_mourners(struct rt *rt, struct test_log *log, int64_t count) {
    struct rt_object *dict = rt_dict_new(rt);

    for (int64_t i = 0; i < count; i++) {
        struct rt_object *key = test_mourner(rt, log, 2 * i);
        struct rt_object *value = test_mourner(rt, log, 2 * i + 1);

        assert_int_equal(rt_dict_set(rt, dict, key, value), 0);
        rt_decref(rt, key);
        rt_decref(rt, value);
    }
    return dict;
}

static void
test_dict_lets_go_in_order_of_insertion_key_before_value(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct test_log log = {.count = 0};
    struct rt_object *dict = dict_of_mourners(rt, &log, 7), *key = test_mourner(rt, &log, 4);

    (void)state;
    assert_int_equal(rt_dict_delete(rt, dict, key), 0);
    assert_died(&log, (const int64_t[]){4, 5}, 2);
    log.count = 0;
    rt_decref(rt, dict);
    assert_died(&log, (const int64_t[]){0, 1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13}, 12);
    log.count = 0;
    dict = dict_of_mourners(rt, &log, 2);
    rt_dict_clear(rt, dict);
    assert_died(&log, (const int64_t[]){0, 1, 2, 3}, 4);
    rt_decref(rt, key);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* Inserts into the dict that loses something. */
static void
insert_into_victim(struct rt *rt, struct test_log *log) {
    log->observed = (int64_t)rt_dict_length(log->victim);
    test_dict_put(rt, log->victim, TEST_KEY_STR, (int64_t)log->count, 0);
}

static void
test_dict_is_whole_when_something_in_it_dies(void **state) {
    struct rt *rt = test_create(NULL, "alloc.backend=debug", NULL);
    struct test_log log = {.at_death = insert_into_victim};
    struct rt_object *dict = dict_of_mourners(rt, &log, 5), *key, *value;

    (void)state;
    log.victim = dict;
    key = test_mourner(rt, &log, 2);
    assert_int_equal(rt_dict_set(rt, dict, key, rt_none(rt)), 0); /* 3 dies, 6th pair: growth */
    assert_int_equal(log.observed, 5);
    assert_int_equal(rt_dict_delete(rt, dict, key), 0); /* 2 dies */
    assert_int_equal(log.observed, 5);
    assert_int_equal(rt_dict_length(dict), 6);
    assert_verified(rt);
    rt_dict_clear(rt, dict);
    assert_int_equal(log.count, 10);
    assert_int_equal(rt_dict_length(dict), 8);
    log.at_death = NULL;
    rt_decref(rt, key);
    assert_int_equal(rt_dict_popitem(rt, dict, &key, &value), 0);
    rt_decref(rt, key);
    rt_decref(rt, value);
    assert_verified(rt);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_chain_of_any_length_is_released(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *inner = rt_dict_new(rt), *key = test_key(rt, TEST_KEY_STR, 0);

    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct rt_object *outer = rt_dict_new(rt);

        assert_int_equal(rt_dict_set(rt, outer, key, inner), 0);
        rt_decref(rt, inner);
        inner = outer;
    }
    rt_decref(rt, inner);
    rt_decref(rt, key);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    assert_verified(rt);
    rt_destroy(rt);
}

struct visits {
    const struct rt_object *objects[16];
    size_t count;
};

static void
note_visit(struct rt_object *referent, void *context) {
    struct visits *visits = context;

    visits->objects[visits->count++] = referent;
}

static void
test_dict_visits_values_and_the_keys_that_are_not_all_str(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_STR, 0, 3), *pair;
    struct visits visits = {.count = 0};

    (void)state;
    assert_true(test_dict_take(rt, dict, TEST_KEY_STR, 1));
    rt_visit(dict, note_visit, &visits);
    assert_int_equal(visits.count, 2);
    assert_ptr_equal(visits.objects[0], rt_int_new(rt, 0));
    assert_ptr_equal(visits.objects[1], rt_int_new(rt, 2));
    pair = test_key(rt, TEST_KEY_TUPLE, 1);
    assert_int_equal(rt_dict_set(rt, dict, pair, rt_none(rt)), 0);
    visits.count = 0;
    rt_visit(dict, note_visit, &visits);
    assert_int_equal(visits.count, 6);
    assert_ptr_equal(visits.objects[2], rt_int_new(rt, 2));
    assert_int_equal(rt_kind(visits.objects[3]), RT_KIND_STR);
    assert_ptr_equal(visits.objects[4], rt_none(rt));
    assert_ptr_equal(visits.objects[5], pair);
    rt_decref(rt, pair);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- Keys --------------------------------------------------------------------------------------- */

static void
test_dict_refuses_keys_without_a_hash(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt), *list = rt_list_new(rt, 0);

    (void)state;
    assert_int_equal(rt_dict_set(rt, dict, list, rt_none(rt)), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_null(rt_dict_get(rt, dict, list));
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_dict_delete(rt, dict, dict), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    assert_int_equal(rt_dict_length(dict), 0);
    rt_decref(rt, list);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_finds_equal_numbers_under_one_key(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt), *real = rt_float_new(rt, 1.0), *key, *value;
    size_t position = 0;

    (void)state;
    test_dict_put(rt, dict, TEST_KEY_INT, 1, 10);
    assert_non_null(rt_dict_get(rt, dict, real));
    assert_non_null(rt_dict_get(rt, dict, rt_bool(rt, true)));
    assert_int_equal(rt_dict_set(rt, dict, real, rt_none(rt)), 0);
    assert_int_equal(rt_dict_length(dict), 1);
    assert_true(rt_dict_next(dict, &position, &key, &value));
    assert_int_equal(rt_kind(key), RT_KIND_INT); /* the first key stays */
    assert_ptr_equal(value, rt_none(rt));
    rt_decref(rt, real);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_finds_minus_one_and_minus_two_apart(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = rt_dict_new(rt);
    static const int64_t numbers[] = {-1, -2, 1, -1 - (INT64_C(1) << 61), INT64_MAX, INT64_MIN};

    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(numbers); i++)
        test_dict_put(rt, dict, TEST_KEY_INT, numbers[i], (int64_t)i);
    for (size_t i = 0; i < RT_COUNT_OF(numbers); i++)
        assert_int_equal(test_dict_find(rt, dict, TEST_KEY_INT, numbers[i]), i);
    assert_int_equal(rt_dict_length(dict), RT_COUNT_OF(numbers));
    rt_decref(rt, dict);
    rt_destroy(rt);
}

static void
test_dict_finds_what_is_not_equal_to_itself(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    double zero = 0;
    struct rt_object *dict = rt_dict_new(rt), *one = rt_float_new(rt, zero / zero),
                     *other = rt_float_new(rt, zero / zero);

    (void)state;
    assert_int_equal(rt_dict_set(rt, dict, one, rt_none(rt)), 0);
    assert_int_equal(rt_dict_set(rt, dict, other, one), 0);
    assert_int_equal(rt_dict_length(dict), 2);
    assert_ptr_equal(rt_dict_get(rt, dict, one), rt_none(rt));
    assert_ptr_equal(rt_dict_get(rt, dict, other), one);
    rt_decref(rt, one);
    rt_decref(rt, other);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* What cannot be compared to others. */
static int
refuse_to_compare(struct rt *rt, struct rt_object *one, struct rt_object *other, int depth) {
    (void)one, (void)other, (void)depth;
    return rt_refuse(rt, ELOOP);
}

static void
test_dict_fails_where_keys_cannot_be_compared(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_type type = test_mourner_type;
    struct rt_object *dict = rt_dict_new(rt), *one, *other;
    struct test_dict_state before;

    (void)state;
    type.equal = refuse_to_compare;
    one = test_mourner(rt, &log, 1);
    other = test_mourner(rt, &log, 1);
    one->type = other->type = &type;
    assert_int_equal(rt_dict_set(rt, dict, one, rt_none(rt)), 0);
    before = test_dict_look(dict);
    assert_int_equal(rt_dict_set(rt, dict, other, one), -1);
    assert_int_equal(rt_error(rt), ELOOP);
    rt_fail(rt, 0);
    assert_null(rt_dict_get(rt, dict, other));
    assert_int_equal(rt_error(rt), ELOOP);
    rt_fail(rt, 0);
    assert_int_equal(rt_dict_delete(rt, dict, other), -1);
    assert_int_equal(rt_error(rt), ELOOP);
    assert_same_state(test_dict_look(dict), before);
    assert_ptr_equal(rt_dict_get(rt, dict, one), rt_none(rt)); /* by identity */
    rt_decref(rt, dict);
    rt_decref(rt, one);
    rt_decref(rt, other);
    rt_destroy(rt);
}

/* ---- Failures ----------------------------------------------------------------------------------- */

/* The step-th of things that ask for memory: growth, tracking, another kind of table, popitem from a class's
 * keys. */
static int
try_step(struct rt *rt, struct rt_object *dict, int step) {
    struct rt_object *key = test_try_key(rt, step < 20 ? TEST_KEY_STR : TEST_KEY_INT, step);
    struct rt_object *value = step == 7 ? rt_list_new(rt, 0) : rt_incref(rt_none(rt));
    int status = key == NULL || value == NULL ? -1 : rt_dict_set(rt, dict, key, value);

    rt_xdecref(rt, key);
    rt_xdecref(rt, value);
    return status;
}

static size_t
walk_to_success(struct rt *rt, struct rt_object *dict, int step) {
    size_t failures = 0;

    for (uint64_t n = 1;; n++) {
        struct test_dict_state before = test_dict_look(dict);
        int status;

        test_fail_at(rt, n);
        status = try_step(rt, dict, step);
        test_fail_at(rt, 0);
        assert_verified(rt);
        if (status == 0)
            return failures;
        failures++;
        assert_int_equal(rt_error(rt), ENOMEM);
        assert_same_state(test_dict_look(dict), before);
    }
}

static void
test_dict_is_as_it_was_after_each_failure(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create_fallible(test_backends[b]);
        struct rt_object *dict = rt_dict_new(rt);
        size_t failures = 0;

        for (int step = 0; step < 60; step++)
            failures += walk_to_success(rt, dict, step);
        assert_true(failures >= 26); /* of tables and of keys */
        assert_int_equal(rt_dict_length(dict), 60);
        rt_decref(rt, dict);
        rt_destroy(rt);
    }
}

static void
test_dict_constructors_fail_cleanly(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create_fallible(test_backends[b]);

        test_fail_at(rt, 1);
        assert_null(rt_dict_new(rt));
        test_fail_at(rt, 1);
        assert_null(rt_dict_call(rt));
        for (uint64_t n = 1; n <= 2; n++) {
            test_fail_at(rt, n);
            assert_null(rt_dict_new_presized(rt, 100, true));
        }
        test_fail_at(rt, 0);
        assert_int_equal(rt_error(rt), ENOMEM);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        assert_int_equal(rt->young_count, 0);
        rt_destroy(rt);
    }
}

static void
assert_complaint(struct rt *rt, const struct rt_object *dict, const char *words) {
    char buffer[TEST_TEXT_BYTES];
    struct rt_text why;

    rt_text_init(&why, buffer, sizeof buffer);
    assert_false(rt_dict_type.verify(rt, dict, &why));
    assert_non_null(strstr(buffer, words));
}

static void
test_dict_verifier_sees_what_is_wrong(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *dict = test_dict_of(rt, TEST_KEY_STR, 0, 4), *list = rt_list_new(rt, 0);
    struct rt_object *empty = rt_dict_new(rt);
    struct rt_dict *self = rt_dict(dict);
    struct rt_values *values = (struct rt_values *)&list;

    (void)state;
    self->used = 2;
    assert_complaint(rt, dict, "more or fewer values");
    self->used = 4;
    self->values = values;
    assert_complaint(rt, dict, "do not go with its keys");
    self->values = NULL;
    *rt_dict_value(self, 3) = list;
    assert_complaint(rt, dict, "is not tracked holds something");
    *rt_dict_value(self, 3) = rt_int_new(rt, 3);
    assert_true(rt_dict_type.verify(rt, dict, NULL));
    rt_dict(empty)->used = 1;
    assert_complaint(rt, empty, "without keys has pairs");
    rt_dict(empty)->used = 0;
    rt_decref(rt, empty);
    rt_decref(rt, list);
    rt_decref(rt, dict);
    rt_destroy(rt);
}

/* ---- A model ------------------------------------------------------------------------------------ */

static void
test_dict_agrees_with_a_model(void **state) {
    static struct test_model model;
    struct test_random random;

    (void)state;
    test_random_init(&random, test_seed());
    for (size_t run = 0; run < 3 * RT_COUNT_OF(test_backends); run++) {
        model.rt = test_create(NULL, test_backends[run / 3], NULL);
        model.dict = rt_dict_new(model.rt);
        model.kinds = run % 3 + 1;
        test_model_forget_all(&model);
        for (int64_t step = 0; step < TEST_MODEL_STEPS / 3; step++) {
            test_model_step(&model, &random, step);
            if (step % 500 == 0)
                test_model_check(&model);
        }
        test_model_check(&model);
        rt_decref(model.rt, model.dict);
        assert_verified(model.rt);
        rt_destroy(model.rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dict_of_ints_has_cpython_s_sizes_at_every_step),
        cmocka_unit_test(test_dict_of_str_has_cpython_s_sizes_at_every_step),
        cmocka_unit_test(test_dict_made_at_once_or_converted_has_cpython_s_size),
        cmocka_unit_test(test_dict_presized_has_at_most_two_to_the_17_slots),
        cmocka_unit_test(test_dict_of_str_again_after_clear),
        cmocka_unit_test(test_dict_owns_what_it_asked_for),
        cmocka_unit_test(test_dict_popitem_of_an_empty_one_fails),
        cmocka_unit_test(test_dict_is_tracked_with_the_first_that_may_be),
        cmocka_unit_test(test_dict_is_tracked_by_a_value_in_place_of_another),
        cmocka_unit_test(test_dict_free_list_hides_eighty_from_the_count),
        cmocka_unit_test(test_dict_free_list_can_be_switched_off),
        cmocka_unit_test(test_dict_lets_go_in_order_of_insertion_key_before_value),
        cmocka_unit_test(test_dict_is_whole_when_something_in_it_dies),
        cmocka_unit_test(test_dict_chain_of_any_length_is_released),
        cmocka_unit_test(test_dict_visits_values_and_the_keys_that_are_not_all_str),
        cmocka_unit_test(test_dict_refuses_keys_without_a_hash),
        cmocka_unit_test(test_dict_finds_equal_numbers_under_one_key),
        cmocka_unit_test(test_dict_finds_minus_one_and_minus_two_apart),
        cmocka_unit_test(test_dict_finds_what_is_not_equal_to_itself),
        cmocka_unit_test(test_dict_fails_where_keys_cannot_be_compared),
        cmocka_unit_test(test_dict_is_as_it_was_after_each_failure),
        cmocka_unit_test(test_dict_constructors_fail_cleanly),
        cmocka_unit_test(test_dict_verifier_sees_what_is_wrong),
        cmocka_unit_test(test_dict_agrees_with_a_model),
    };

    return cmocka_run_group_tests_name("dict", tests, NULL, NULL);
}
