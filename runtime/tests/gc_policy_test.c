/* SPDX-License-Identifier: MIT
 *
 * When to collect what, from numbers alone: the table of policies, each policy's rule at its edges, and how
 * often a program that keeps everything is interrupted. CPython's figures are those of its own runs.
 */
#include "runtime/tests/heap.h"

#include "runtime/gc_policy.h"

enum {
    GENERATIONAL,
    GENERATIONAL_313,
    SINGLE,
    ADAPTIVE
};

static struct rt_gc_numbers
numbers_of(int64_t count0, int64_t count1, int64_t count2) {
    return (struct rt_gc_numbers){.count = {count0, count1, count2}, .threshold = {700, 10, 10}};
}

static int
due(int policy, struct rt_gc_numbers numbers) {
    return rt_gc_policies[policy]->due(&numbers);
}

static int64_t
limit(int policy, struct rt_gc_numbers numbers) {
    return rt_gc_policies[policy]->limit(&numbers);
}

/* ---- The table ---------------------------------------------------------------------------------- */

static void
test_gc_policy_table_is_what_the_knob_offers(void **state) {
    const struct rt_knob *row = rt_knob_find(rt_config_knobs(), "gc.policy");

    (void)state;
    assert_non_null(row);
    for (int64_t i = 0; i < RT_GC_POLICY_COUNT; i++) {
        assert_string_equal(rt_gc_policy_name(i), row->choices[i]);
        assert_true(strlen(rt_gc_policy_help(i)) > 0);
        assert_null(strchr(rt_gc_policy_help(i), '\n'));
    }
    assert_null(row->choices[RT_GC_POLICY_COUNT]);
    assert_null(rt_gc_policy_name(-1));
    assert_null(rt_gc_policy_name(RT_GC_POLICY_COUNT));
    assert_null(rt_gc_policy_help(-1));
    assert_null(rt_gc_policy_help(RT_GC_POLICY_COUNT));
}

static void
test_gc_policy_thresholds_are_those_of_the_pythons(void **state) {
    static const int64_t expected[RT_GC_POLICY_COUNT] = {700, 2000, 700, 700};

    (void)state;
    for (int i = 0; i < RT_GC_POLICY_COUNT; i++) {
        assert_int_equal(rt_gc_policies[i]->threshold[0], expected[i]);
        assert_int_equal(rt_gc_policies[i]->threshold[1], 10);
        assert_int_equal(rt_gc_policies[i]->threshold[2], 10);
        assert_int_equal(rt_gc_policies[i]->waits_for_safe_point, i == GENERATIONAL_313);
    }
}

/* ---- Generations -------------------------------------------------------------------------------- */

static void
test_gc_policy_generation_is_due_beyond_its_threshold_and_not_at_it(void **state) {
    (void)state;
    for (int i = GENERATIONAL; i <= GENERATIONAL_313; i++) {
        assert_int_equal(due(i, numbers_of(700, 0, 0)), RT_GC_NOTHING_DUE);
        assert_int_equal(due(i, numbers_of(701, 0, 0)), 0);
        assert_int_equal(due(i, numbers_of(701, 10, 0)), 0);
        assert_int_equal(due(i, numbers_of(701, 11, 0)), 1);
        assert_int_equal(due(i, numbers_of(701, 11, 10)), 1);
        assert_int_equal(due(i, numbers_of(701, 11, 11)), 2);
        assert_int_equal(due(i, numbers_of(0, 0, 11)), 2);
    }
}

static void
test_gc_policy_oldest_generation_goes_first(void **state) {
    (void)state;
    assert_int_equal(due(GENERATIONAL, numbers_of(0, 11, 0)), 1);
    assert_int_equal(due(GENERATIONAL, numbers_of(0, 0, 11)), 2);
    assert_int_equal(due(GENERATIONAL, numbers_of(0, 11, 11)), 2);
}

static void
test_gc_policy_full_collection_needs_a_quarter_more_than_the_last_one_left(void **state) {
    struct rt_gc_numbers numbers = numbers_of(0, 0, 11);

    (void)state;
    numbers.long_lived_total = 0; /* there was none yet */
    assert_int_equal(due(GENERATIONAL, numbers), 2);
    numbers.long_lived_total = 403; /* of which a quarter is 100, as integers divide */
    numbers.long_lived_pending = 99;
    assert_int_equal(due(GENERATIONAL, numbers), RT_GC_NOTHING_DUE);
    numbers.long_lived_pending = 100;
    assert_int_equal(due(GENERATIONAL, numbers), 2);
    numbers.long_lived_total = 404;
    assert_int_equal(due(GENERATIONAL, numbers), RT_GC_NOTHING_DUE);
}

static void
test_gc_policy_refused_full_collection_leaves_the_younger_to_be_asked(void **state) {
    struct rt_gc_numbers numbers = numbers_of(701, 11, 11);

    (void)state;
    numbers.long_lived_total = 1000;
    assert_int_equal(due(GENERATIONAL, numbers), 1);
    numbers.count[1] = 10;
    assert_int_equal(due(GENERATIONAL, numbers), 0);
    numbers.count[0] = 700;
    assert_int_equal(due(GENERATIONAL, numbers), RT_GC_NOTHING_DUE);
}

static void
test_gc_policy_threshold_of_zero_is_never_and_a_negative_one_always_passed(void **state) {
    (void)state;
    for (int i = 0; i < RT_GC_POLICY_COUNT; i++) {
        struct rt_gc_numbers numbers = numbers_of(1, 0, 0);

        numbers.long_lived_pending = 1000000;
        numbers.threshold[0] = 0;
        assert_true(limit(i, numbers) == INT64_MAX);
        numbers.threshold[0] = -5;
        numbers.long_lived_pending = 0;
        assert_true(limit(i, numbers) <= 0);
        assert_int_equal(due(i, numbers), i == SINGLE ? 2 : 0);
    }
}

static void
test_gc_policy_limit_is_the_count_beyond_which_something_is_due(void **state) {
    (void)state;
    for (int i = 0; i < RT_GC_POLICY_COUNT; i++)
        for (int64_t old = 0; old <= 1000000; old = old * 3 + 1) {
            struct rt_gc_numbers numbers = numbers_of(0, 0, 0);

            numbers.long_lived_total = numbers.long_lived_pending = old;
            numbers.count[0] = limit(i, numbers);
            assert_int_equal(due(i, numbers), RT_GC_NOTHING_DUE);
            numbers.count[0]++;
            assert_true(due(i, numbers) != RT_GC_NOTHING_DUE);
        }
}

/* ---- A program that keeps everything ------------------------------------------------------------ */

/* What a collector that frees nothing does to the numbers. */
struct program {
    struct rt_gc_numbers numbers;
    int64_t survivors[RT_GENERATIONS]; /* in each generation */
    int64_t runs[RT_GENERATIONS];
};

static void
run_collection(struct program *program, int generation) {
    struct rt_gc_numbers *numbers = &program->numbers;
    int64_t moved = 0;

    if (generation < RT_GENERATIONS - 1)
        numbers->count[generation + 1]++;
    for (int i = 0; i <= generation; i++) {
        numbers->count[i] = 0;
        moved += program->survivors[i];
        program->survivors[i] = 0;
    }
    program->survivors[generation < RT_GENERATIONS - 1 ? generation + 1 : generation] += moved;
    if (generation == 1)
        numbers->long_lived_pending += moved;
    if (generation == 2) {
        numbers->long_lived_pending = 0;
        numbers->long_lived_total = moved;
    }
    program->runs[generation]++;
}

/* One object more; the generation collected before it was there, or RT_GC_NOTHING_DUE. */
static int
allocate(struct program *program, int policy) {
    int generation = RT_GC_NOTHING_DUE;

    if (++program->numbers.count[0] > limit(policy, program->numbers))
        generation = due(policy, program->numbers);
    if (generation != RT_GC_NOTHING_DUE)
        run_collection(program, generation);
    program->survivors[0]++;
    program->numbers.tracked++;
    return generation;
}

static void
test_gc_policy_makes_the_first_full_collection_the_133rd(void **state) {
    struct program program = {.numbers = numbers_of(0, 0, 0)};
    int64_t collections = 0;

    (void)state;
    for (int64_t i = 1; i <= 120000; i++) {
        int generation = allocate(&program, GENERATIONAL);

        assert_int_equal(generation != RT_GC_NOTHING_DUE, i % 701 == 0);
        if (generation == RT_GC_NOTHING_DUE)
            continue;
        collections++;
        assert_int_equal(generation == 2, i == 93233);
        if (i < 93233)
            assert_int_equal(generation == 1, collections % 12 == 0);
    }
    assert_int_equal(program.runs[0], 156);
    assert_int_equal(program.runs[1], 14);
    assert_int_equal(program.runs[2], 1);
    assert_int_equal(program.numbers.count[0], 129);
    assert_int_equal(program.numbers.count[1], 2);
    assert_int_equal(program.numbers.count[2], 3);
    assert_int_equal(program.numbers.long_lived_pending, 25236);
    assert_int_equal(program.numbers.long_lived_total, 93232);
}

static void
test_gc_policy_full_collections_grow_rarer_on_a_growing_heap(void **state) {
    static const int64_t at[] = {143,  286,  429,  572,  759,  990,  1265,  1628,  2079,
                                 2618, 3289, 4136, 5203, 6534, 8217, 10296, 12903, 16170};
    struct program program = {.numbers = {.threshold = {10, 2, 2}}};
    size_t full = 0;

    (void)state;
    for (int64_t i = 1; i <= 20000; i++)
        if (allocate(&program, GENERATIONAL) == 2) {
            assert_true(full < RT_COUNT_OF(at));
            assert_int_equal(i, at[full++]);
        }
    assert_int_equal(full, RT_COUNT_OF(at));
    assert_int_equal(program.runs[0], 1350);
    assert_int_equal(program.runs[1], 450);
    assert_int_equal(program.numbers.long_lived_pending, 3828);
}

static void
test_gc_policy_takes_turns_where_the_older_thresholds_are_zero(void **state) {
    struct program program = {.numbers = {.threshold = {100, 0, 0}}};
    int expected = 0;

    (void)state;
    for (int64_t i = 1; i <= 1000; i++) {
        int generation = allocate(&program, GENERATIONAL);

        if (generation != RT_GC_NOTHING_DUE) {
            assert_int_equal(generation, expected);
            expected = (expected + 1) % RT_GENERATIONS;
        }
    }
    assert_int_equal(program.runs[0] + program.runs[1] + program.runs[2], 9);
}

/* ---- The other two ------------------------------------------------------------------------------ */

static void
test_gc_policy_single_collects_everything_at_each_quarter_more(void **state) {
    struct program program = {.numbers = numbers_of(0, 0, 0)};
    int64_t examined = 0, last = 0;

    (void)state;
    for (int64_t i = 1; i <= 1000000; i++) {
        int64_t heap = program.numbers.tracked;
        int generation = allocate(&program, SINGLE);

        if (generation == RT_GC_NOTHING_DUE)
            continue;
        assert_int_equal(generation, 2);
        assert_int_equal(heap, last + (last / 4 > 700 ? last / 4 : 700) + (last == 0 ? 0 : 1));
        last = heap;
        examined += heap;
    }
    assert_true(examined < 5 * 1000000); /* the sum of the series 1, 4/5, 16/25 ... */
    assert_int_equal(program.runs[0] + program.runs[1], 0);
}

static void
test_gc_policy_adaptive_waits_by_the_square_root_of_what_survived(void **state) {
    static const int64_t pending[] = {0, 1, 3, 4, 99, 100, 1000000, INT64_C(1) << 40};
    static const int64_t root[] = {0, 1, 1, 2, 9, 10, 1000, 1 << 20};

    (void)state;
    for (size_t i = 0; i < RT_COUNT_OF(pending); i++) {
        struct rt_gc_numbers numbers = numbers_of(700 + root[i], 0, 0);

        numbers.long_lived_pending = pending[i];
        assert_int_equal(limit(ADAPTIVE, numbers), 700 + root[i]);
        assert_int_equal(due(ADAPTIVE, numbers), RT_GC_NOTHING_DUE);
        numbers.count[0]++;
        assert_int_equal(due(ADAPTIVE, numbers), 0);
        numbers.count[1] = 11;
        assert_int_equal(due(ADAPTIVE, numbers), 1);
    }
}

static void
test_gc_policy_adaptive_interrupts_a_growing_program_less_often(void **state) {
    struct program adaptive = {.numbers = numbers_of(0, 0, 0)}, plain = adaptive;

    (void)state;
    for (int64_t i = 1; i <= 1000000; i++) {
        (void)allocate(&adaptive, ADAPTIVE);
        (void)allocate(&plain, GENERATIONAL);
    }
    assert_int_equal(plain.runs[0] + plain.runs[1] + plain.runs[2], 1000000 / 701);
    assert_true(adaptive.runs[0] + adaptive.runs[1] < (plain.runs[0] + plain.runs[1]) * 9 / 10);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gc_policy_table_is_what_the_knob_offers),
        cmocka_unit_test(test_gc_policy_thresholds_are_those_of_the_pythons),
        cmocka_unit_test(test_gc_policy_generation_is_due_beyond_its_threshold_and_not_at_it),
        cmocka_unit_test(test_gc_policy_oldest_generation_goes_first),
        cmocka_unit_test(
            test_gc_policy_full_collection_needs_a_quarter_more_than_the_last_one_left),
        cmocka_unit_test(test_gc_policy_refused_full_collection_leaves_the_younger_to_be_asked),
        cmocka_unit_test(
            test_gc_policy_threshold_of_zero_is_never_and_a_negative_one_always_passed),
        cmocka_unit_test(test_gc_policy_limit_is_the_count_beyond_which_something_is_due),
        cmocka_unit_test(test_gc_policy_makes_the_first_full_collection_the_133rd),
        cmocka_unit_test(test_gc_policy_full_collections_grow_rarer_on_a_growing_heap),
        cmocka_unit_test(test_gc_policy_takes_turns_where_the_older_thresholds_are_zero),
        cmocka_unit_test(test_gc_policy_single_collects_everything_at_each_quarter_more),
        cmocka_unit_test(test_gc_policy_adaptive_waits_by_the_square_root_of_what_survived),
        cmocka_unit_test(test_gc_policy_adaptive_interrupts_a_growing_program_less_often),
    };

    return cmocka_run_group_tests_name("gc_policy", tests, NULL, NULL);
}
