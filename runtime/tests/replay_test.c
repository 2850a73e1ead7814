/* SPDX-License-Identifier: MIT
 *
 * Every series of the table of CPython's sizes, step by step, on our objects. See replay.h.
 */
#include "runtime/tests/replay.h"

static const struct {
    const char *series, *reason;
} left_out[] = {
    {"int.shift", "the runtime does not shift ints"},
    {"int.shift.negative", "the runtime does not shift ints"},
};

static const struct replay_group *const groups[] = {
    &replay_ints,    &replay_texts,      &replay_list_walks,    &replay_list_families,
    &replay_extends, &replay_dict_walks, &replay_dict_families, &replay_sets,
    &replay_arrays,  &replay_instances,  &replay_slots,         &replay_deviations,
    &replay_copies,  &replay_generators, &replay_classes,       &replay_callables,
};

static void
test_replay(void **state) {
    replay_run(*state);
}

/* ---- That nothing is forgotten ---- */

static size_t
count_recipes(const char *series) {
    size_t count = 0;
    char word[16];
    long number;

    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
        for (size_t i = 0; i < groups[g]->count; i++)
            count += replay_matches(groups[g]->recipes[i].pattern, series, &number, word);
    return count;
}

static void
count_unknown(const char *series, void *context) {
    size_t count = count_recipes(series);

    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        count += strcmp(left_out[i].series, series) == 0;
    if (count != 1) {
        print_error("%s: %zu recipes or reasons to leave it out; one is needed\n", series, count);
        ++*(size_t *)context;
    }
}

static void
test_replay_leaves_out_no_series_without_a_reason(void **state) {
    size_t unknown = 0;

    (void)state;
    replay_each_series(count_unknown, &unknown);
    assert_int_equal(unknown, 0);
}

#define REPLAYS(group)                                                                             \
    {                                                                                              \
        "test_replay_of_" #group "_gives_cpython_s_sizes", test_replay, NULL, NULL,                \
            (void *)(uintptr_t)&replay_##group                                                     \
    }

int
main(void) {
    const struct CMUnitTest tests[] = {
        REPLAYS(ints),
        REPLAYS(texts),
        REPLAYS(list_walks),
        REPLAYS(list_families),
        REPLAYS(extends),
        REPLAYS(dict_walks),
        REPLAYS(dict_families),
        REPLAYS(sets),
        REPLAYS(arrays),
        REPLAYS(instances),
        REPLAYS(slots),
        REPLAYS(deviations),
        REPLAYS(copies),
        REPLAYS(generators),
        REPLAYS(classes),
        REPLAYS(callables),
        cmocka_unit_test(test_replay_leaves_out_no_series_without_a_reason),
    };

    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
