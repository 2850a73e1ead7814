/* SPDX-License-Identifier: MIT
 *
 * watch_test.c: of a heap in which one thing grows the watch says what, how much and why; and a heap that is
 * watched counts as if it were not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/watch.h"

enum {
    ROUNDS = 24,
    NOTES_MOST = 8
};

struct notes {
    size_t count;
    char lines[NOTES_MOST][240];
};

static void
keep_note(void *context, const char *text) {
    struct notes *notes = context;
    assert_true(notes->count < NOTES_MOST);
    snprintf(notes->lines[notes->count++], sizeof notes->lines[0], "%s", text);
}

/* Each round appends sets, tuples and cells, so many of each, to a list. */
struct growing {
    int sets, tuples, cells;
    size_t kept; /* of the list; the others go at the round's end */
};

static struct en_object *
make_set(struct rt *rt) {
    struct en_object *set = en_set_new(rt), *number = en_float(rt, 1.5);

    assert_int_equal(en_set_add(rt, set, number), 0);
    en_decref(rt, number);
    return set;
}

static struct notes
run_rounds(struct growing growing, bool is_watched, struct wl_watch_verdict *ret_verdict,
           int64_t *ret_count) {
    static struct wl_watch watch;
    struct notes notes = {0};
    const struct wl_listener listener = {.context = &notes, .note = keep_note};
    struct rt_config config;
    struct rt *rt;

    rt_config_init(&config);
    assert_int_equal(rt_create(&config, NULL, &rt), 0);
    struct wl_run run = {.heap = rt, .listener = &listener};
    wl_watch_init(&watch, &run);
    struct en_object *list = en_list_new(rt, 0);
    for (int round = 0; round < ROUNDS; round++) {
        size_t before = en_list_length(list);
        for (int i = 0; i < growing.sets + growing.tuples + growing.cells; i++) {
            struct en_object *made = i < growing.sets ? make_set(rt)
                                     : i < growing.sets + growing.tuples
                                         ? en_tuple_pack(rt, &list, 1)
                                         : en_cell_new(rt, en_none(rt));
            assert_int_equal(en_list_append(rt, list, made), 0);
            en_decref(rt, made);
        }
        if (en_list_length(list) > before + growing.kept)
            assert_int_equal(en_list_delete(rt, list, before + growing.kept, en_list_length(list)),
                             0);
        if (is_watched)
            assert_int_equal(wl_watch_round(&watch), 0);
    }
    if (is_watched) {
        assert_int_equal(wl_watch_judge(&watch, NULL, 0, ret_verdict), 0);
        assert_true(wl_watch_count(&watch, "list") >= 1);
    }
    *ret_count = en_gc_count(rt, 0) + 1000 * en_gc_count(rt, 1);
    assert_true(en_gc_is_enabled(rt));
    en_list_clear(rt, list);
    en_decref(rt, list);
    rt_destroy(rt);
    return notes;
}

static void
test_watch_names_what_takes_the_most_bytes_first(void **state) {
    struct growing growing = {.sets = 3, .tuples = 5, .cells = 4, .kept = 100};
    struct wl_watch_verdict verdict;
    int64_t count;
    struct notes notes = run_rounds(growing, true, &verdict, &count);

    (void)state;
    assert_int_equal(notes.count, 4);
    /* With a float of 24 bytes, which is nobody else's, in each set. */
    assert_string_equal(notes.lines[0], "set grows by 3 objects and 720 bytes a round");
    assert_string_equal(notes.lines[1], "tuple grows by 5 objects and 240 bytes a round");
    assert_string_equal(notes.lines[2], "cell grows by 4 objects and 160 bytes a round");
    assert_string_equal(notes.lines[3], "list[278] -> set");
    assert_true(verdict.objects == 3 && verdict.bytes == 720 && verdict.path_objects == 2);
}

static void
test_watch_is_silent_on_what_goes_again(void **state) {
    struct growing growing = {.sets = 30, .tuples = 5, .cells = 4, .kept = 0};
    struct wl_watch_verdict verdict;
    int64_t count;
    struct notes notes = run_rounds(growing, true, &verdict, &count);

    (void)state;
    assert_int_equal(notes.count, 1);
    assert_string_equal(notes.lines[0], "nothing grew over the last 16 rounds");
    assert_true(verdict.objects == 0 && verdict.bytes == 0 && verdict.path_objects == 0);
}

static void
test_watch_moves_no_count(void **state) {
    struct growing growing = {.sets = 30, .tuples = 50, .cells = 40, .kept = 50};
    struct wl_watch_verdict verdict;
    int64_t watched, alone;

    (void)state;
    (void)run_rounds(growing, true, &verdict, &watched);
    (void)run_rounds(growing, false, &verdict, &alone);
    assert_int_equal(watched, alone);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch_names_what_takes_the_most_bytes_first),
        cmocka_unit_test(test_watch_is_silent_on_what_goes_again),
        cmocka_unit_test(test_watch_moves_no_count),
    };
    return cmocka_run_group_tests_name("workloads/watch", tests, NULL, NULL);
}
