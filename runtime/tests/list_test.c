/* SPDX-License-Identifier: MIT
 *
 * Lists: the staircase of capacities, counts and the free list, how they are let go, and what happens
 * when it is somebody else's turn in between.
 */
#include "runtime/tests/faults.h"
#include "runtime/tests/list_model.h"
#include "runtime/tests/list_trial.h"
#include "runtime/tests/mourner.h"
#include "runtime/tests/seed.h"

#include "runtime/list.h"

static struct rt_object *
nones(struct rt *rt, size_t length) {
    struct rt_object *list = rt_list_repeat(rt, rt_none(rt), length);

    assert_non_null(list);
    return list;
}

static void
append(struct rt *rt, struct rt_object *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        assert_int_equal(rt_list_append(rt, list, rt_none(rt)), 0);
}

/* ---- Capacities --------------------------------------------------------------------------------- */

struct step {
    size_t length, capacity;
};

static void
test_list_grows_by_python_s_staircase(void **state) {
    static const struct step steps[] = {
        {1, 4},     {5, 8},     {9, 16},    {17, 24},   {25, 32},   {33, 40},   {41, 52},
        {53, 64},   {65, 76},   {77, 92},   {93, 108},  {109, 128}, {129, 148}, {149, 172},
        {173, 200}, {201, 232}, {233, 268}, {269, 308}, {309, 352}, {353, 400}, {401, 456},
        {457, 520}, {521, 592}, {593, 672}, {673, 760}, {761, 860}, {861, 972}, {973, 1100}};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = rt_list_new(rt, 0);
    size_t step = 0;

    (void)state;
    assert_int_equal(capacity(list), 0);
    for (size_t length = 1; length <= 1100; length++) {
        append(rt, list, 1);
        step += step + 1 < RT_COUNT_OF(steps) && steps[step + 1].length == length;
        assert_int_equal(capacity(list), steps[step].capacity);
        assert_int_equal(rt_sizeof(list), 56 + 8 * capacity(list));
        assert_int_equal(rt_block_bytes(list), rt_sizeof(list));
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), rt_sizeof(list));
    }
    rt_decref(rt, list);
    rt_destroy(rt);
}

static void
test_list_shrinks_by_python_s_staircase(void **state) {
    static const struct step steps[] = {{1100, 1100}, {549, 620}, {309, 352}, {175, 200}, {99, 116},
                                        {57, 68},     {33, 40},   {19, 24},   {11, 16},   {7, 12},
                                        {5, 8},       {1, 4},     {0, 0}};
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = rt_list_new(rt, 0);
    size_t step = 0;

    (void)state;
    append(rt, list, 1100);
    for (size_t length = 1100; length-- > 0;) {
        pop(rt, list, 1);
        step += steps[step + 1].length == length;
        assert_int_equal(capacity(list), steps[step].capacity);
    }
    assert_int_equal(step, RT_COUNT_OF(steps) - 1);
    rt_decref(rt, list);
    rt_destroy(rt);
}

static void
test_list_of_known_length_is_exact(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *all = nones(rt, 50);
    struct rt_object *items[50];

    (void)state;
    for (size_t i = 0; i < 50; i++)
        items[i] = rt_none(rt);
    for (size_t n = 0; n < 50; n++) {
        assert_int_equal(capacity(nones(rt, n)), n);
        assert_int_equal(capacity(rt_list_new(rt, n)), n);
        assert_int_equal(capacity(rt_list_pack(rt, items, n)), n);
        assert_int_equal(capacity(rt_list_slice(rt, all, 1, n + 1)), n);
    }
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_list_extended_for_the_first_time_is_rounded_up_to_even(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t n = 0; n < 50; n++) {
        struct rt_object *list = rt_list_call(rt), *items = nones(rt, n);

        assert_int_equal(rt_list_extend(rt, list, items), 0);
        assert_int_equal(rt_list_length(list), n);
        assert_int_equal(capacity(list), (n + 1) / 2 * 2);
        rt_decref(rt, list);
        rt_decref(rt, items);
    }
    rt_destroy(rt);
}

static void
test_list_extended_again_is_resized_by_the_rule(void **state) {
    static const struct {
        size_t had, more, capacity;
    } cases[] = {{10, 1, 16},   {10, 3, 20},    {10, 10, 20},    {10, 100, 112}, {100, 1, 116},
                 {1, 1, 8},     {1, 10, 12},    {1, 100, 104},   {4, 1, 8},      {4, 10, 16},
                 {100, 3, 120}, {100, 10, 128}, {100, 100, 200}, {4, 100, 104}};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(cases); i++) {
        struct rt_object *list = nones(rt, cases[i].had), *items = nones(rt, cases[i].more);

        assert_int_equal(rt_list_extend(rt, list, items), 0);
        assert_int_equal(rt_list_length(list), cases[i].had + cases[i].more);
        assert_int_equal(capacity(list), cases[i].capacity);
    }
    rt_destroy(rt);
}

static void
test_list_emptied_by_pop_keeps_an_array_of_one_byte(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = rt_list_new(rt, 0), *three = nones(rt, 3);
    uint64_t before = test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);

    (void)state;
    append(rt, list, 1);
    pop(rt, list, 1);
    assert_int_equal(capacity(list), 0);
    assert_int_equal(rt_sizeof(list), 56);
    assert_int_equal(rt_block_bytes(list), 57);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), before + 1);
    assert_verified(rt);
    assert_int_equal(rt_list_extend(rt, list, three), 0);
    assert_int_equal(capacity(list), 8);
    pop(rt, list, 3);
    assert_int_equal(capacity(list), 0);
    rt_list_clear(rt, list);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), before);
    rt_decref(rt, list);
    rt_destroy(rt);
}

static void
test_list_of_one_place_keeps_it_when_it_is_popped(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = nones(rt, 1);

    (void)state;
    pop(rt, list, 1);
    assert_int_equal(rt_list_length(list), 0);
    assert_int_equal(capacity(list), 1);
    rt_decref(rt, list);
    rt_destroy(rt);
}

static void
test_list_cleared_or_wholly_deleted_gives_its_array_back(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = rt_list_new(rt, 0), *three = nones(rt, 3);
    uint64_t before = test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES);

    (void)state;
    append(rt, list, 10);
    rt_list_clear(rt, list);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), before);
    append(rt, list, 10);
    assert_int_equal(rt_list_delete(rt, list, 0, SIZE_MAX), 0);
    assert_int_equal(capacity(list), 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_REQUESTED_BYTES), before);
    assert_int_equal(rt_list_extend(rt, list, three), 0);
    assert_int_equal(capacity(list), 4);
    assert_int_equal(rt_list_delete(rt, list, 1, 1), 0);
    assert_int_equal(rt_list_length(list), 3);
    rt_destroy(rt);
}

/* ---- Counts and the free list ------------------------------------------------------------------- */

static void
make(struct rt *rt, struct rt_object **lists, size_t count) {
    for (size_t i = 0; i < count; i++) {
        lists[i] = rt_list_new(rt, 0);
        assert_true(rt_is_tracked(lists[i]));
        append(rt, lists[i], i % 3);
    }
}

static void
drop(struct rt *rt, struct rt_object **lists, size_t count) {
    for (size_t i = 0; i < count; i++)
        rt_decref(rt, lists[i]);
}

static void
test_list_free_list_hides_eighty_from_the_count(void **state) {
    struct rt_object *lists[200];
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    make(rt, lists, 200);
    assert_int_equal(rt->young_count, 200);
    drop(rt, lists, 200);
    assert_int_equal(rt->young_count, 80);
    assert_verified(rt);
    make(rt, lists, 100);
    assert_int_equal(rt->young_count, 100);
    drop(rt, lists, 100);
    rt_free_lists_clear(rt);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

static void
test_list_made_by_a_call_comes_from_the_allocator(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (int64_t i = 1; i <= 100; i++) {
        rt_decref(rt, rt_list_call(rt));
        assert_int_equal(rt->young_count, i < 80 ? i : 80);
    }
    rt_decref(rt, rt_list_new(rt, 0));
    assert_int_equal(rt->young_count, 80);
    rt_destroy(rt);
}

static void
test_list_free_list_gives_the_last_one_first_and_empty(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = nones(rt, 7), *other = nones(rt, 9), *list;

    (void)state;
    rt_decref(rt, one);
    rt_decref(rt, other);
    list = rt_list_new(rt, 0);
    assert_ptr_equal(list, other);
    assert_int_equal(rt_list_length(list), 0);
    assert_int_equal(capacity(list), 0);
    assert_null(rt_list(list)->items);
    list = rt_list_new(rt, 3);
    assert_ptr_equal(list, one);
    for (size_t i = 0; i < 3; i++)
        assert_null(rt_list_get(list, i));
    rt_destroy(rt);
}

static void
test_list_free_list_is_switched_off_by_a_knob(void **state) {
    struct rt_object *lists[10];
    struct rt *rt = test_create(NULL, "object.keep_lists=0", NULL);

    (void)state;
    make(rt, lists, 10);
    drop(rt, lists, 10);
    assert_int_equal(rt->young_count, 0);
    assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
    rt_destroy(rt);
}

/* ---- Values ------------------------------------------------------------------------------------- */

static void
test_list_is_equal_by_its_items_and_has_no_hash(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_object *list = mourners(rt, &log, 3), *same = mourners(rt, &log, 3);
    struct rt_object *shorter = mourners(rt, &log, 2);
    int64_t hash;

    (void)state;
    assert_int_equal(rt_equal(rt, list, same), 1);
    assert_int_equal(rt_equal(rt, list, shorter), 0);
    rt_list_reverse(same);
    assert_int_equal(rt_equal(rt, list, same), 0);
    assert_int_equal(rt_equal(rt, list, rt_list_get(list, 0)), 0);
    assert_int_equal(rt_hash(rt, list, &hash), -1);
    assert_int_equal(rt_error(rt), EINVAL);
    rt_destroy(rt);
}

static void
test_list_within_itself_is_too_deep_to_compare(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *one = rt_list_new(rt, 0), *other = rt_list_new(rt, 0);

    (void)state;
    assert_int_equal(rt_list_append(rt, one, one), 0);
    assert_int_equal(rt_list_append(rt, other, other), 0);
    assert_int_equal(rt_equal(rt, one, one), 1);
    assert_int_equal(rt_equal(rt, one, other), -1);
    assert_int_equal(rt_error(rt), ELOOP);
    rt_destroy(rt);
}

static void
test_list_extends_by_itself(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_object *list = mourners(rt, &log, 3);

    (void)state;
    assert_int_equal(rt_list_extend(rt, list, list), 0);
    assert_numbers(list, (const int64_t[]){0, 1, 2, 0, 1, 2}, 6);
    rt_decref(rt, list);
    assert_died(&log, (const int64_t[]){2, 1, 0}, 3);
    rt_destroy(rt);
}

static void
test_list_insert_beyond_the_end_appends(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    struct rt_object *list = rt_list_new(rt, 0);
    static const size_t places[] = {5, 0, 99, 1, 4};

    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(places); i++) {
        struct rt_object *item = test_mourner(rt, &log, (int64_t)i);

        assert_int_equal(rt_list_insert(rt, list, places[i], item), 0);
        rt_decref(rt, item);
    }
    assert_numbers(list, (const int64_t[]){1, 3, 0, 2, 4}, 5);
    assert_null(rt_list_pop(rt, list, 5));
    assert_int_equal(rt_error(rt), ERANGE);
    rt_destroy(rt);
}

/* ---- Dropping ----------------------------------------------------------------------------------- */

static void
test_list_lets_go_from_the_last_to_the_first(void **state) {
    static const int64_t backwards[] = {4, 3, 2, 1, 0};
    struct rt *rt = test_create(NULL, NULL);
    struct test_log death = {.count = 0}, clearing = {.count = 0}, deletion = {.count = 0};
    struct rt_object *dying = mourners(rt, &death, 5), *cleared = mourners(rt, &clearing, 5);
    struct rt_object *cut = mourners(rt, &deletion, 7);

    (void)state;
    rt_decref(rt, dying);
    assert_died(&death, backwards, 5);
    rt_list_clear(rt, cleared);
    assert_died(&clearing, backwards, 5);
    assert_int_equal(rt_list_delete(rt, cut, 0, 5), 0);
    assert_died(&deletion, backwards, 5);
    assert_numbers(cut, (const int64_t[]){5, 6}, 2);
    rt_destroy(rt);
}

/* A destructor that takes an interest in the list that its object was in. */
static void
look_and_grow(struct rt *rt, struct test_log *log) {
    log->observed = log->observed * 100 + (int64_t)rt_list_length(log->victim);
    assert_int_equal(rt_list_append(rt, log->victim, rt_none(rt)), 0);
}

static void
test_list_is_whole_before_any_item_is_dropped(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0, .at_death = look_and_grow};

    (void)state;
    log.victim = mourners(rt, &log, 3);
    rt_list_clear(rt, log.victim);
    assert_int_equal(log.observed, 102); /* 0, 1, 2 */
    assert_int_equal(rt_list_length(log.victim), 3);
    assert_verified(rt);
    rt_decref(rt, log.victim);

    log.victim = mourners(rt, &log, 4);
    log.observed = 0;
    assert_int_equal(rt_list_delete(rt, log.victim, 1, 3), 0);
    assert_int_equal(log.observed, 203); /* 2, 3 */
    assert_int_equal(rt_list_length(log.victim), 4);
    log.observed = 0;
    rt_list_set(rt, log.victim, 0, rt_none(rt));
    assert_int_equal(log.observed, 4);
    log.at_death = NULL;
    rt_destroy(rt);
}

static struct rt_object *
nest(struct rt *rt, struct test_log *log, int64_t depth) {
    struct rt_object *chain = rt_incref(rt_none(rt));

    for (int64_t i = depth; i > 0; i--) {
        struct rt_object *outer = rt_list_new(rt, log == NULL ? 1 : 2);

        rt_list_put_steal(outer, 0, chain);
        if (log != NULL) {
            rt_list_put_steal(outer, 0, test_mourner(rt, log, i));
            rt_list_put_steal(outer, 1, chain);
        }
        chain = outer;
    }
    return chain;
}

static void
test_list_chain_is_released_in_python_s_order(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct test_log log = {.count = 0};
    size_t at = 0;

    (void)state;
    rt_decref(rt, nest(rt, &log, 130));
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

/* Empty lists are as deep as others: the fifty-first waits with its own kind. */
static void
test_list_without_items_waits_its_turn_when_it_is_deep(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *chain = rt_list_new(rt, 0), *last;

    (void)state;
    last = chain;
    for (int i = 0; i < 50; i++) {
        struct rt_object *outer = rt_list_new(rt, 1);

        rt_list_put_steal(outer, 0, chain);
        chain = outer;
    }
    rt_decref(rt, chain);
    assert_ptr_equal(rt_list_new(rt, 0), last); /* which was put on the free list last */
    rt_destroy(rt);
}

static void
test_list_chain_of_a_million_is_released(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);

    (void)state;
    rt_decref(rt, nest(rt, NULL, 1000000));
    assert_int_equal(rt->young_count, 80);
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Counted extension -------------------------------------------------------------------------- */

struct source {
    struct test_log log;
    int64_t given, fail_at;
};

static struct rt_object *
next_mourner(struct rt *rt, void *context) {
    struct source *source = context;

    if (source->given == source->fail_at)
        return rt_fail(rt, ERANGE);
    return test_mourner(rt, &source->log, source->given++);
}

static void
test_list_extends_by_as_many_as_are_promised(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct source source = {.fail_at = -1};
    struct rt_object *list = rt_list_call(rt);

    (void)state;
    assert_int_equal(rt_list_extend_counted(rt, list, 0, next_mourner, &source), 0);
    assert_null(rt_list(list)->items);
    assert_int_equal(rt_list_extend_counted(rt, list, 7, next_mourner, &source), 0);
    assert_numbers(list, (const int64_t[]){0, 1, 2, 3, 4, 5, 6}, 7);
    assert_int_equal(capacity(list), 8);
    assert_int_equal(rt_list_extend_counted(rt, list, 3, next_mourner, &source), 0);
    assert_int_equal(rt_list_length(list), 10);
    assert_int_equal(capacity(list), 16);
    assert_int_equal(rt_list_get(list, 9)->count, 1);
    rt_destroy(rt);
}

static void
test_list_is_as_it_was_when_its_source_fails(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct source source = {.fail_at = 3};
    struct rt_object *list = rt_list_call(rt);

    (void)state;
    assert_int_equal(rt_list_extend_counted(rt, list, 7, next_mourner, &source), -1);
    assert_int_equal(rt_error(rt), ERANGE);
    assert_null(rt_list(list)->items);
    assert_died(&source.log, (const int64_t[]){2, 1, 0}, 3);
    source = (struct source){.fail_at = 2};
    append(rt, list, 5);
    assert_int_equal(rt_list_extend_counted(rt, list, 7, next_mourner, &source), -1);
    assert_int_equal(rt_list_length(list), 5);
    assert_died(&source.log, (const int64_t[]){1, 0}, 2);
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Generators --------------------------------------------------------------------------------- */

/* As many mourners as `data` says, and then the end, or what is worse. */
static struct rt_object *
give_mourners(struct rt *rt, struct rt_object *generator, void *data) {
    struct source *source = data;
    int64_t position = rt_generator_position(generator);

    if (position == source->fail_at)
        return rt_fail(rt, ERANGE);
    if (position == source->given)
        return NULL;
    rt_generator_set_position(generator, position + 1);
    return test_mourner(rt, &source->log, position);
}

static struct rt_object *
from_generator(struct rt *rt, struct source *source) {
    struct rt_object *generator = rt_generator_new(rt, give_mourners, source, 0), *list;

    assert_non_null(generator);
    list = rt_list_from_generator(rt, generator);
    rt_decref(rt, generator);
    return list;
}

static void
test_list_of_a_generator_has_room_for_eight_until_it_is_cut(void **state) {
    static const size_t capacities[] = {0,  4,  8,  8,  8,  8,  8,  8,  8,  16,
                                        16, 16, 16, 16, 16, 16, 16, 24, 24, 24};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t n = 0; n < RT_COUNT_OF(capacities); n++) {
        struct source source = {.given = (int64_t)n, .fail_at = -1};
        struct rt_object *list;
        int64_t count;

        rt_decref(rt, rt_list_new(rt, 0)); /* which is kept, and not taken */
        count = rt->young_count;
        list = from_generator(rt, &source);
        assert_non_null(list);
        assert_int_equal(rt->young_count - count, n + 1);
        assert_int_equal(rt_list_length(list), n);
        assert_int_equal(capacity(list), capacities[n]);
        assert_non_null(rt_list(list)->items);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(test_number(rt_list_get(list, i)), i);
        rt_decref(rt, list);
        assert_int_equal(source.log.count, n);
    }
    rt_destroy(rt);
}

static void
test_list_of_a_failing_generator_is_none(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct source source = {.given = 9, .fail_at = 3};

    (void)state;
    assert_null(from_generator(rt, &source));
    assert_int_equal(rt_error(rt), ERANGE);
    assert_died(&source.log, (const int64_t[]){2, 1, 0}, 3);
    assert_verified(rt);
    rt_destroy(rt);
}

static struct rt_object *
give_nones(struct rt *rt, struct rt_object *generator, void *data) {
    int64_t position = rt_generator_position(generator);

    (void)data;
    rt_generator_set_position(generator, position + 1);
    return position == 9 ? NULL : rt_incref(rt_none(rt));
}

static void
test_list_of_a_generator_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create_fallible(test_backends[b]);
        struct rt_object *list = NULL;
        uint64_t failures = 0;

        while (list == NULL) {
            struct rt_object *generator = rt_generator_new(rt, give_nones, NULL, 0);

            assert_non_null(generator);
            test_fail_at(rt, failures + 1);
            list = rt_list_from_generator(rt, generator);
            test_fail_at(rt, 0);
            failures += list == NULL;
            assert_true(list != NULL || rt_error(rt) == ENOMEM);
            assert_verified(rt);
            rt_decref(rt, generator);
        }
        assert_true(failures >= 3); /* object, array, a larger one */
        assert_int_equal(rt_list_length(list), 9);
        rt_decref(rt, list);
        rt_destroy(rt);
    }
}

/* ---- Failures ----------------------------------------------------------------------------------- */

static void
test_list_survives_every_failing_allocation(void **state) {
    (void)state;
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        assert_true(walk(test_backends[b], 16, try_append) >= 1);
        assert_true(walk(test_backends[b], 16, try_insert) >= 1);
        assert_true(walk(test_backends[b], 16, try_extend) >= 1);
        assert_true(walk(test_backends[b], 16, try_new) >= 2);
        assert_true(walk(test_backends[b], 16, try_slice) >= 2);
        assert_true(walk(test_backends[b], 16, try_delete) >= 2);
        assert_true(walk(test_backends[b], 12, try_delete_few) >= 1);
        assert_true(walk(test_backends[b], 8, try_pop) >= 1);
        assert_true(walk(test_backends[b], 8, try_pop_first) >= 1);
    }
}

static void
test_list_of_more_than_memory_is_refused(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct source source = {.fail_at = 0};
    struct rt_object *list = nones(rt, 2);

    (void)state;
    assert_null(rt_list_new(rt, SIZE_MAX / 8 + 1));
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_null(rt_list_repeat(rt, rt_none(rt), test_hidden(SIZE_MAX)));
    assert_null(rt_list_new(rt, SIZE_MAX / 64));
    assert_int_equal(rt_list_extend_counted(rt, list, SIZE_MAX - 1, next_mourner, &source), -1);
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_int_equal(rt_list_extend_counted(rt, list, SIZE_MAX / 64, next_mourner, &source), -1);
    assert_int_equal(rt_list_length(list), 2);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_list_that_is_broken_is_found(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *list = nones(rt, 2);
    struct rt_list whole = *rt_list(list);

    (void)state;
    rt_list(list)->sized.size = 3;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    *rt_list(list) = whole;
    rt_list(list)->sized.size = 0;
    rt_list(list)->items = NULL;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    *rt_list(list) = whole;
    assert_verified(rt);
    rt_destroy(rt);
}

/* ---- Against a model --------------------------------------------------------------------------------- */

enum {
    OPERATIONS = 20000
};

static void
test_list_random_operations_do_as_the_model_does(void **state) {
    for (size_t b = 0; b < RT_COUNT_OF(test_backends); b++) {
        struct rt *rt = test_create(NULL, test_backends[b], NULL);
        struct rt_object *list = rt_list_new(rt, 0);
        struct test_log log = {.count = 0};
        struct model model = {.length = 0};
        struct test_random random;

        (void)state;
        test_random_init(&random, test_seed());
        for (int i = 0; i < OPERATIONS; i++) {
            do_something(rt, list, &model, &random, &log);
            assert_int_equal(capacity(list), model.capacity);
            assert_int_equal(rt_list(list)->items != NULL, model.had_array);
            assert_numbers(list, model.numbers, model.length);
            if (i % 1000 == 0)
                assert_verified(rt);
        }
        rt_decref(rt, list);
        assert_int_equal(log.count, model.made);
        rt_free_lists_clear(rt);
        assert_int_equal(rt->young_count, 0);
        assert_int_equal(test_stat(rt, RT_STAT_LIVE_BLOCKS), 0);
        rt_destroy(rt);
    }
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_grows_by_python_s_staircase),
        cmocka_unit_test(test_list_shrinks_by_python_s_staircase),
        cmocka_unit_test(test_list_of_known_length_is_exact),
        cmocka_unit_test(test_list_extended_for_the_first_time_is_rounded_up_to_even),
        cmocka_unit_test(test_list_extended_again_is_resized_by_the_rule),
        cmocka_unit_test(test_list_emptied_by_pop_keeps_an_array_of_one_byte),
        cmocka_unit_test(test_list_of_one_place_keeps_it_when_it_is_popped),
        cmocka_unit_test(test_list_cleared_or_wholly_deleted_gives_its_array_back),
        cmocka_unit_test(test_list_free_list_hides_eighty_from_the_count),
        cmocka_unit_test(test_list_made_by_a_call_comes_from_the_allocator),
        cmocka_unit_test(test_list_free_list_gives_the_last_one_first_and_empty),
        cmocka_unit_test(test_list_free_list_is_switched_off_by_a_knob),
        cmocka_unit_test(test_list_is_equal_by_its_items_and_has_no_hash),
        cmocka_unit_test(test_list_within_itself_is_too_deep_to_compare),
        cmocka_unit_test(test_list_extends_by_itself),
        cmocka_unit_test(test_list_insert_beyond_the_end_appends),
        cmocka_unit_test(test_list_lets_go_from_the_last_to_the_first),
        cmocka_unit_test(test_list_is_whole_before_any_item_is_dropped),
        cmocka_unit_test(test_list_chain_is_released_in_python_s_order),
        cmocka_unit_test(test_list_without_items_waits_its_turn_when_it_is_deep),
        cmocka_unit_test(test_list_chain_of_a_million_is_released),
        cmocka_unit_test(test_list_extends_by_as_many_as_are_promised),
        cmocka_unit_test(test_list_is_as_it_was_when_its_source_fails),
        cmocka_unit_test(test_list_of_a_generator_has_room_for_eight_until_it_is_cut),
        cmocka_unit_test(test_list_of_a_failing_generator_is_none),
        cmocka_unit_test(test_list_of_a_generator_survives_every_failing_allocation),
        cmocka_unit_test(test_list_survives_every_failing_allocation),
        cmocka_unit_test(test_list_of_more_than_memory_is_refused),
        cmocka_unit_test(test_list_that_is_broken_is_found),
        cmocka_unit_test(test_list_random_operations_do_as_the_model_does),
    };

    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
