/* SPDX-License-Identifier: MIT
 *
 * The vector of the tracked: order, holes, growth and its failures. The containers are bare heads.
 */
#include "runtime/tests/heap.h"
#include "runtime/tests/seed.h"

#include "runtime/object.h"

#include <stdlib.h>
#include "runtime/track.h"

enum {
    ENTRIES_AT_FIRST = (64 << 10) / 8
};

struct stub {
    struct rt_head head;
    struct rt_object object;
    int64_t number;
};

static void
visit_nothing(struct rt_object *object, rt_visit_fn visit, void *context) {
    (void)object, (void)visit, (void)context;
}

static const struct rt_type stub_type = {
    .traverse = visit_nothing, .kind = RT_KIND_CELL, .flags = RT_TYPE_CONTAINER};

static struct rt_object *
make_stub(struct rt *rt, int64_t number) {
    struct stub *stub = rt_alloc(rt, sizeof *stub);

    assert_non_null(stub);
    *stub = (struct stub){.object = {.count = 1, .type = &stub_type}, .number = number};
    return &stub->object;
}

static void
free_stub(struct rt *rt, struct rt_object *object) {
    rt_untrack(rt, object);
    rt_free(rt, rt_head(object), sizeof(struct stub));
}

static int64_t
number_of(const struct rt_object *object) {
    return ((const struct stub *)((const char *)object - sizeof(struct rt_head)))->number;
}

static void
test_track_keeps_the_order_of_tracking(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *stubs[100];

    (void)state;
    for (int i = 0; i < 100; i++) {
        stubs[i] = make_stub(rt, i);
        assert_false(rt_is_tracked(stubs[i]));
        assert_true(rt_track(rt, stubs[i]));
        assert_true(rt_is_tracked(stubs[i]));
    }
    for (int i = 0; i < 100; i += 3)
        free_stub(rt, stubs[i]);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_track_close_holes(rt);
    assert_int_equal(rt->tracker.end, 1 + 66);
    for (uint32_t place = 2; place < rt->tracker.end; place++)
        assert_true(number_of(rt->tracker.objects[place - 1]) <
                    number_of(rt->tracker.objects[place]));
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_track_takes_the_newest_off_the_end_without_a_hole(void **state) {
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (int i = 0; i < 3 * ENTRIES_AT_FIRST; i++) {
        struct rt_object *stub = make_stub(rt, i);

        assert_true(rt_track(rt, stub));
        free_stub(rt, stub);
    }
    assert_int_equal(rt->tracker.end, 1);
    assert_int_equal(rt->tracker.holes, 0);
    rt_destroy(rt);
}

static void
test_track_closes_holes_rather_than_grow(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *window[100] = {NULL};

    (void)state;
    for (int i = 0; i < 10 * ENTRIES_AT_FIRST; i++) { /* first in, first out */
        if (window[i % 100] != NULL)
            free_stub(rt, window[i % 100]);
        window[i % 100] = make_stub(rt, i);
        assert_true(rt_track(rt, window[i % 100]));
    }
    assert_int_equal(rt->tracker.limit, ENTRIES_AT_FIRST);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

/* Room that each collection asks for is no reason to go on and leave holes behind. */
static void
test_track_stays_in_its_place_however_often_room_is_made(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *window[100] = {NULL};

    (void)state;
    for (int i = 0; i < 10 * ENTRIES_AT_FIRST; i++) { /* first in, first out */
        if (window[i % 100] != NULL)
            free_stub(rt, window[i % 100]);
        window[i % 100] = make_stub(rt, i);
        assert_true(rt_track(rt, window[i % 100]));
        if (i % 700 == 0) {
            assert_true(rt_track_make_room(rt, 700));
            rt_track_give_room_back(rt);
        }
    }
    assert_int_equal(rt->tracker.committed, 2 * ENTRIES_AT_FIRST);
    assert_true(rt->tracker.end <= ENTRIES_AT_FIRST);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_track_room_that_is_not_used_is_given_back(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    uint32_t committed;

    (void)state;
    assert_true(rt_track_make_room(rt, 1000));
    committed = rt->tracker.committed;
    rt_track_give_room_back(rt);
    assert_int_equal(rt->tracker.committed, committed); /* not worth the trouble */
    assert_true(rt_track_make_room(rt, 1000000));
    assert_true(rt->tracker.committed >= 1000000);
    rt_track_give_room_back(rt);
    assert_true(rt->tracker.committed < 100000);
    assert_true(rt_track_make_room(rt, 1000000));
    rt->tracker.objects[999999] = NULL; /* there is memory again */
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_track_swap_exchanges_stretches(void **state) {
    struct rt *rt = test_create(NULL, "gc.mode=off", NULL);
    const size_t order[6] = {0, 3, 4, 5, 1, 2};
    struct rt_object *lists[6];

    (void)state;
    for (size_t i = 0; i < 6; i++)
        lists[i] = rt_list_new(rt, 0);
    rt_track_swap(rt, 2, 4, 7);
    for (size_t i = 0; i < 6; i++)
        assert_ptr_equal(rt->tracker.objects[1 + i], lists[order[i]]);
    assert_verified(rt);
    rt_destroy(rt);
}

static void
test_track_mark_of_the_young_moves_with_its_objects(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *stubs[10];

    (void)state;
    for (int i = 0; i < 10; i++) {
        stubs[i] = make_stub(rt, i);
        assert_true(rt_track(rt, stubs[i]));
    }
    rt->tracker.begin[0] = 6; /* the first five have grown old */
    free_stub(rt, stubs[1]);
    free_stub(rt, stubs[7]);
    rt_track_close_holes(rt);
    assert_int_equal(rt->tracker.begin[0], 5);
    assert_int_equal(number_of(rt->tracker.objects[5]), 5);
    for (int i = 9; i >= 5; i--)
        if (i != 7)
            free_stub(rt, stubs[i]);
    assert_int_equal(rt->tracker.end, 5);
    free_stub(rt, stubs[4]); /* an old one leaves a hole even at the end */
    assert_int_equal(rt->tracker.end, 5);
    assert_int_equal(rt->tracker.holes, 1);
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

static void
test_track_without_memory_fails_and_then_uses_holes(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object **stubs = calloc(ENTRIES_AT_FIRST, sizeof *stubs), *extra;
    size_t count = ENTRIES_AT_FIRST - 1; /* places are from 1 */

    (void)state;
    for (size_t i = 0; i < count; i++) {
        stubs[i] = make_stub(rt, (int64_t)i);
        assert_true(rt_track(rt, stubs[i]));
    }
    extra = make_stub(rt, -1);
    rt->has_faults = true;
    rt->config.alloc_fail_every = 1;
    assert_false(rt_track(rt, extra));
    assert_int_equal(rt_error(rt), ENOMEM);
    assert_false(rt_is_tracked(extra));
    rt_untrack(rt, stubs[7]);
    assert_true(rt_track(rt, extra));
    assert_ptr_equal(rt->tracker.objects[rt->tracker.end - 1], extra);
    assert_int_equal(rt_verify(rt, NULL), 0);
    free(stubs);
    rt_destroy(rt);
}

static void
test_track_agrees_with_a_model(void **state) {
    enum {
        OBJECTS = 3000,
        STEPS = 200000
    };
    static struct rt_object *stubs[OBJECTS];
    static int64_t stamps[OBJECTS];
    struct rt *rt = test_create(NULL, NULL);
    struct test_random random;
    int64_t last = 0;

    (void)state;
    test_random_init(&random, test_seed());
    for (int i = 0; i < OBJECTS; i++)
        stubs[i] = make_stub(rt, i);
    for (int64_t step = 1; step <= STEPS; step++) {
        size_t i = test_random_below(&random, OBJECTS);

        if (rt_is_tracked(stubs[i])) {
            rt_untrack(rt, stubs[i]);
        } else {
            assert_true(rt_track(rt, stubs[i]));
            stamps[i] = step;
        }
    }
    assert_int_equal(rt_verify(rt, NULL), 0);
    for (uint32_t place = 1; place < rt->tracker.end; place++) {
        struct rt_object *stub = rt->tracker.objects[place];

        if (stub != NULL) {
            assert_true(stamps[number_of(stub)] > last);
            last = stamps[number_of(stub)];
        }
    }
    rt_destroy(rt);
}

static void
test_track_verifier_finds_what_is_wrong(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_object *stub = make_stub(rt, 0);
    char line[TEST_TEXT_BYTES];
    struct rt_text why;

    (void)state;
    assert_true(rt_track(rt, stub));
    rt_head(stub)->place++;
    rt_text_init(&why, line, sizeof line);
    assert_int_equal(rt_verify(rt, &why), -EBADMSG);
    assert_string_equal(line, "a tracked object does not know its place 1");
    rt_head(stub)->place--;
    rt->tracker.holes++;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    rt->tracker.holes--;
    rt->tracker.begin[0] = 3;
    assert_int_equal(rt_verify(rt, NULL), -EBADMSG);
    rt->tracker.begin[0] = 1;
    assert_int_equal(rt_verify(rt, NULL), 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_track_keeps_the_order_of_tracking),
        cmocka_unit_test(test_track_takes_the_newest_off_the_end_without_a_hole),
        cmocka_unit_test(test_track_closes_holes_rather_than_grow),
        cmocka_unit_test(test_track_stays_in_its_place_however_often_room_is_made),
        cmocka_unit_test(test_track_room_that_is_not_used_is_given_back),
        cmocka_unit_test(test_track_swap_exchanges_stretches),
        cmocka_unit_test(test_track_mark_of_the_young_moves_with_its_objects),
        cmocka_unit_test(test_track_without_memory_fails_and_then_uses_holes),
        cmocka_unit_test(test_track_agrees_with_a_model),
        cmocka_unit_test(test_track_verifier_finds_what_is_wrong),
    };

    return cmocka_run_group_tests_name("track", tests, NULL, NULL);
}
