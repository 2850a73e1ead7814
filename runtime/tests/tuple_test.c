/* SPDX-License-Identifier: MIT
 *
 * Tuples: sizes, counts, the free lists with their defect, hashes, and how they are let go.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/mourner.h"
#include "runtime/tests/seed.h"

#include "runtime/tuple.h"

static struct rt_object *
nones(struct rt *rt, size_t length) {
    struct rt_object *tuple = rt_tuple_new(rt, length);

    assert_non_null(tuple);
    for (size_t i = 0; i < length; i++)
        rt_tuple_put_steal(tuple, i, rt_incref(rt_none(rt)));
    return tuple;
}

static void
make(struct rt *rt, struct rt_object **tuples, size_t count, size_t length) {
    for (size_t i = 0; i < count; i++)
        tuples[i] = nones(rt, length);
}

static void
drop(struct rt *rt, struct rt_object **tuples, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, tuples[i]);
}

/* ---- Sizes and counts --------------------------------------------------------------------------- */

static void
test_tuple_asks_for_forty_bytes_and_eight_an_item(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t length = 1; length <= 100; length++) {
        uint64_t before = test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);
        struct rt_object *tuple = nones(rt, length);

        assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES) - before, 40 + 8 * length);
        assert_int_equal(rt_block_bytes(tuple), 40 + 8 * length);
        assert_int_equal(rt_sizeof(tuple), 40 + 8 * length);
        assert_int_equal(rt_tuple_length(tuple), length);
        rt_decref(rt, tuple);
    }
    rt_destroy(rt);
}

static void
test_tuple_without_items_is_one_and_immortal(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *empty = rt_tuple_new(rt, 0);

    (void)state;
    assert_ptr_equal(empty, rt_tuple_pack(rt, NULL, 0));
    assert_int_equal(rt_sizeof(empty), 40);
    assert_int_equal(rt_block_bytes(empty), 0);
    assert_int_equal(rt->young_count, 0);
    assert_false(rt_is_tracked(empty));
    empty->count = 1;
    rt_decref(rt, empty);
    assert_int_equal(empty->count, RT_SHARED_COUNT);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_tuple_is_tracked_at_birth_and_its_items_are_not_there(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t length = 1; length <= 40; length++) {
        struct rt_object *used = nones(rt, length), *tuple;

        rt_decref(rt, used); /* so that the next one has something in it */
        tuple = rt_tuple_new(rt, length);
        assert_true(rt_is_tracked(tuple));
        assert_int_equal(tuple->count, 1);
        for (size_t i = 0; i < length; i++)
            assert_null(rt_tuple_get(tuple, i));
        assert_verified(rt);
        rt_decref(rt, tuple);
    }
    assert_int_equal(rt->tracker.end, 1);
    rt_destroy(rt);
}

static void
test_tuple_pack_takes_references_of_its_own(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_object *items[3], *tuple;

    (void)state;
    for (int64_t i = 0; i < 3; i++)
        items[i] = test_mourner(rt, &log, i);
    tuple = rt_tuple_pack(rt, items, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(items[i]->count, 2);
        assert_ptr_equal(rt_tuple_get(tuple, i), items[i]);
        rt_decref(rt, items[i]);
    }
    assert_int_equal(log.count, 0);
    rt_decref(rt, tuple);
    assert_died(&log, (const int64_t[]){2, 1, 0}, 3);
    rt_destroy(rt);
}

/* ---- Free lists --------------------------------------------------------------------------------- */

static void
test_tuple_free_list_keeps_two_thousand_of_a_length(void **state) {
    static struct rt_object *tuples[3000];
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);

    (void)state;
    make(rt, tuples, 3000, 1);
    assert_int_equal(rt->young_count, 3000);
    drop(rt, tuples, 3000);
    assert_int_equal(rt->young_count, 2000);
    assert_verified(rt);
    make(rt, tuples, 3000, 1);
    assert_int_equal(rt->young_count, 3000);
    drop(rt, tuples, 3000);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_tuple_free_list_gives_the_last_one_first(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = nones(rt, 7), *other = nones(rt, 7), *longer;

    (void)state;
    rt_decref(rt, one);
    rt_decref(rt, other);
    longer = nones(rt, 8);
    assert_true(longer != one && longer != other);
    assert_ptr_equal(rt_tuple_new(rt, 7), other);
    assert_ptr_equal(rt_tuple_new(rt, 7), one);
    rt_destroy(rt);
}

static void
test_tuple_of_twenty_is_kept_and_never_taken_again(void **state) {
    struct rt_object *tuples[100];
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    make(rt, tuples, 100, 20);
    assert_int_equal(rt->young_count, 100);
    drop(rt, tuples, 100);
    assert_int_equal(rt->young_count, 100);
    make(rt, tuples, 100, 20);
    assert_int_equal(rt->young_count, 200);
    drop(rt, tuples, 100);
    assert_verified(rt);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static void
test_tuple_of_nineteen_is_reused_and_of_twenty_one_is_not_kept(void **state) {
    struct rt_object *tuples[100];
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    make(rt, tuples, 100, 19);
    drop(rt, tuples, 100);
    make(rt, tuples, 100, 19);
    assert_int_equal(rt->young_count, 100);
    drop(rt, tuples, 100);
    make(rt, tuples, 100, 21);
    assert_int_equal(rt->young_count, 200);
    drop(rt, tuples, 100);
    assert_int_equal(rt->young_count, 100);
    rt_destroy(rt);
}

static void
test_tuple_free_lists_are_switched_off_by_a_knob(void **state) {
    struct rt_object *tuples[10];
    struct rt *rt = test_create(NULL, "object.keep_tuples=0", NULL);

    (void)state;
    make(rt, tuples, 10, 3);
    drop(rt, tuples, 10);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

/* ---- Values ------------------------------------------------------------------------------------- */

static struct rt_object *
numbers(struct rt *rt, struct test_log *log, size_t length, const int64_t *values) {
    struct rt_object *tuple = rt_tuple_new(rt, length);

    assert_non_null(tuple);
    for (size_t i = 0; i < length; i++)
        rt_tuple_put_steal(tuple, i, test_mourner(rt, log, values[i]));
    return tuple;
}

static void
assert_hash(struct rt *rt, struct rt_object *tuple, int64_t expected) {
    int64_t hash = 0;

    assert_int_equal(rt_hash(rt, tuple, &hash), 0);
    assert_int_equal(hash, expected);
    rt_decref(rt, tuple);
}

/* What Python says of tuples of ints, which are their own hashes. */
static void
test_tuple_hash_is_python_s(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_object *pair, *inner;
    int64_t upwards[30];

    (void)state;
    for (int64_t i = 0; i < 30; i++)
        upwards[i] = i;
    assert_hash(rt, rt_tuple_new(rt, 0), 5740354900026072187);
    assert_hash(rt, numbers(rt, &log, 1, (const int64_t[]){1}), -6644214454873602895);
    assert_hash(rt, numbers(rt, &log, 3, (const int64_t[]){1, 2, 3}), 529344067295497451);
    assert_hash(rt, numbers(rt, &log, 1, (const int64_t[]){-2}), 8078679518589016365);
    assert_hash(rt, numbers(rt, &log, 2, (const int64_t[]){0, 0}), -8458139203682520985);
    assert_hash(rt, numbers(rt, &log, 30, upwards), 8737013448715088792);
    pair = rt_tuple_new(rt, 2);
    inner = rt_tuple_new(rt, 2);
    rt_tuple_put_steal(inner, 0, test_mourner(rt, &log, 3));
    rt_tuple_put_steal(inner, 1, numbers(rt, &log, 2, (const int64_t[]){4, 5}));
    rt_tuple_put_steal(pair, 0, numbers(rt, &log, 2, (const int64_t[]){1, 2}));
    rt_tuple_put_steal(pair, 1, inner);
    assert_hash(rt, pair, 8418944986667272387);
    rt_destroy(rt);
}

static void
test_tuple_is_equal_by_its_items(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_object *tuple = numbers(rt, &log, 3, (const int64_t[]){1, 2, 3});
    struct rt_object *same = numbers(rt, &log, 3, (const int64_t[]){1, 2, 3});
    struct rt_object *unlike = numbers(rt, &log, 3, (const int64_t[]){1, 2, 4});
    struct rt_object *shorter = numbers(rt, &log, 2, (const int64_t[]){1, 2});

    (void)state;
    assert_int_equal(rt_equal(rt, tuple, same), 1);
    assert_int_equal(rt_equal(rt, tuple, unlike), 0);
    assert_int_equal(rt_equal(rt, tuple, shorter), 0);
    assert_int_equal(rt_equal(rt, tuple, rt_none(rt)), 0);
    assert_int_equal(rt_equal(rt, tuple, rt_tuple_get(tuple, 0)), 0);
    rt_destroy(rt);
}

/* (((...(),),),) */
static struct rt_object *
nest(struct rt *rt, size_t depth) {
    struct rt_object *tuple = rt_tuple_new(rt, 0);

    for (size_t i = 0; i < depth; i++) {
        struct rt_object *outer = rt_tuple_new(rt, 1);

        assert_non_null(outer);
        rt_tuple_put_steal(outer, 0, tuple);
        tuple = outer;
    }
    return tuple;
}

static void
test_tuple_nested_too_deeply_has_no_hash_and_no_equal(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *fine = nest(rt, RT_EQUAL_DEPTH_MAX), *fine_too = nest(rt, RT_EQUAL_DEPTH_MAX);
    struct rt_object *deep = nest(rt, RT_EQUAL_DEPTH_MAX + 2);
    struct rt_object *deep_too = nest(rt, RT_EQUAL_DEPTH_MAX + 2);
    int64_t hash = 17;

    (void)state;
    assert_int_equal(rt_hash(rt, deep, &hash), -1);
    assert_int_equal(rt_error(rt), ELOOP);
    assert_int_equal(hash, 17);
    assert_int_equal(rt_equal(rt, deep, deep_too), -1);
    assert_int_equal(rt_hash(rt, fine, &hash), 0);
    assert_int_equal(rt_equal(rt, fine, fine_too), 1);
    rt_destroy(rt);
}

static void
visit_number(struct rt_object *referent, void *context) {
    struct test_log *log = context;

    log->numbers[log->count++] = test_number(referent);
}

static void
test_tuple_is_traversed_from_its_end_and_past_holes(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0}, visited = {.count = 0};
    struct rt_object *tuple = rt_tuple_new(rt, 4);

    (void)state;
    rt_tuple_put_steal(tuple, 0, test_mourner(rt, &log, 10));
    rt_tuple_put_steal(tuple, 3, test_mourner(rt, &log, 13));
    rt_tuple_put_steal(tuple, 1, test_mourner(rt, &log, 11));
    rt_visit(tuple, visit_number, &visited);
    assert_died(&visited, (const int64_t[]){13, 11, 10}, 3);
    rt_decref(rt, tuple);
    assert_died(&log, (const int64_t[]){13, 11, 10}, 3);
    rt_destroy(rt);
}

/* ---- Deep releases ------------------------------------------------------------------------------ */

static void
test_tuple_chain_is_released_in_python_s_order(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_object *chain = rt_incref(rt_none(rt));
    size_t at = 0;

    (void)state;
    for (int64_t i = 130; i > 0; i--) {
        struct rt_object *outer = rt_tuple_new(rt, 2);

        rt_tuple_put_steal(outer, 0, test_mourner(rt, &log, i));
        rt_tuple_put_steal(outer, 1, chain);
        chain = outer;
    }
    rt_decref(rt, chain);
    assert_int_equal(log.count, 130);
    for (int64_t i = 49; i >= 1; i--)
        assert_int_equal(log.numbers[at++], i);
    assert_int_equal(log.numbers[at++], 50);
    for (int64_t i = 98; i >= 51; i--)
        assert_int_equal(log.numbers[at++], i);
    assert_int_equal(log.numbers[at++], 99);
    for (int64_t i = 130; i >= 100; i--)
        assert_int_equal(log.numbers[at++], i);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_tuple_chain_of_a_million_is_released(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);

    (void)state;
    rt_decref(rt, nest(rt, 1000000));
    assert_int_equal(rt->young_count, 2000);
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Failures, backends, chance ----------------------------------------------------------------- */

static void
test_tuple_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create_fallible(test_backends[b]);
        struct rt_object *tuple = NULL;
        uint64_t failures = 0;

        while (tuple == NULL) {
            test_fail_at(rt, failures + 1);
            tuple = rt_tuple_new(rt, 5);
            test_fail_at(rt, 0);
            failures += tuple == NULL;
            assert_true(tuple != NULL || rt_error(rt) == ENOMEM);
            assert_int_equal(rt->tracker.end, tuple == NULL ? 1 : 2);
            assert_verified(rt);
        }
        assert_true(failures >= 2); /* the block's, and the place's among the tracked */
        rt_decref(rt, tuple);
        rt_destroy(rt);
    }
}

static void
test_tuple_of_more_than_memory_is_refused(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    assert_null(rt_tuple_new(rt, SIZE_MAX / 8));
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_null(rt_tuple_new(rt, SIZE_MAX));
    assert_null(rt_tuple_new(rt, SIZE_MAX / 64));
    assert_int_equal(rt->young_count, 0);
    rt_destroy(rt);
}

static void
test_tuple_that_is_broken_is_found(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *tuple = nones(rt, 2);

    (void)state;
    rt_tuple(tuple)->sized.size = 0;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    rt_tuple(tuple)->sized.size = 2;
    assert_verified(rt);
    rt_destroy(rt);
}

enum {
    SLOTS = 64,
    OPERATIONS = 20000
};

struct model {
    struct rt_object *tuples[SLOTS];
    size_t lengths[SLOTS];
    int64_t first[SLOTS]; /* number of the first item; the others follow */
    struct test_log log;
    uint64_t living;
};

static void
check_tuple(const struct model *model, size_t slot) {
    for (size_t i = 0; i < model->lengths[slot]; i++)
        assert_int_equal(test_number(rt_tuple_get(model->tuples[slot], i)),
                         model->first[slot] + (int64_t)i);
}

static void
replace(struct rt *rt, struct model *model, size_t slot, size_t length, int64_t first) {
    if (model->tuples[slot] != NULL) {
        check_tuple(model, slot);
        rt_decref(rt, model->tuples[slot]);
        model->living -= model->lengths[slot];
    }
    model->tuples[slot] = rt_tuple_new(rt, length);
    for (size_t i = 0; i < length; i++)
        rt_tuple_put_steal(model->tuples[slot], i, test_mourner(rt, &model->log, first++));
    model->lengths[slot] = length;
    model->first[slot] = first - (int64_t)length;
    model->living += length;
}

static void
test_tuple_random_lives_leave_the_others_alone(void **state) {
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create(NULL, test_backends[b], "object.keep_tuples=9", NULL);
        struct model model = {.living = 0};
        struct test_random random;
        uint64_t made = 0;

        (void)state;
        test_random_init(&random, test_seed());
        for (int i = 0; i < OPERATIONS; i++) {
            size_t slot = test_random_below(&random, SLOTS);
            size_t length = test_random_below(&random, 25);

            replace(rt, &model, slot, length, (int64_t)made);
            made += length;
            assert_int_equal(model.log.count, made - model.living);
            if (i % 1000 == 0)
                assert_verified(rt);
        }
        for (size_t slot = 0; slot < SLOTS; slot++)
            rt_xdecref(rt, model.tuples[slot]);
        assert_int_equal(model.log.count, made);
        rt_free_lists_clear(rt);
        assert_int_equal(rt->young_count, 0);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tuple_asks_for_forty_bytes_and_eight_an_item),
        cmocka_unit_test(test_tuple_without_items_is_one_and_immortal),
        cmocka_unit_test(test_tuple_is_tracked_at_birth_and_its_items_are_not_there),
        cmocka_unit_test(test_tuple_pack_takes_references_of_its_own),
        cmocka_unit_test(test_tuple_free_list_keeps_two_thousand_of_a_length),
        cmocka_unit_test(test_tuple_free_list_gives_the_last_one_first),
        cmocka_unit_test(test_tuple_of_twenty_is_kept_and_never_taken_again),
        cmocka_unit_test(test_tuple_of_nineteen_is_reused_and_of_twenty_one_is_not_kept),
        cmocka_unit_test(test_tuple_free_lists_are_switched_off_by_a_knob),
        cmocka_unit_test(test_tuple_hash_is_python_s),
        cmocka_unit_test(test_tuple_is_equal_by_its_items),
        cmocka_unit_test(test_tuple_nested_too_deeply_has_no_hash_and_no_equal),
        cmocka_unit_test(test_tuple_is_traversed_from_its_end_and_past_holes),
        cmocka_unit_test(test_tuple_chain_is_released_in_python_s_order),
        cmocka_unit_test(test_tuple_chain_of_a_million_is_released),
        cmocka_unit_test(test_tuple_survives_every_failing_allocation),
        cmocka_unit_test(test_tuple_of_more_than_memory_is_refused),
        cmocka_unit_test(test_tuple_that_is_broken_is_found),
        cmocka_unit_test(test_tuple_random_lives_leave_the_others_alone),
    };

    return cmocka_run_group_tests_name("tuple", tests, NULL, NULL);
}
