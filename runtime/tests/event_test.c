/* SPDX-License-Identifier: MIT
 *
 * Who hears what, and in which order.
 */
#include "runtime/tests/heap.h"

#include <errno.h>

#include "runtime/event.h"
#include "runtime/tests/fake_os.h"

enum {
    LETTERS_MAX = 16
};

struct letters {
    char heard[LETTERS_MAX];
    size_t count;
};

struct letter_listener {
    struct letters *letters;
    char letter;
};

static void
write_letter(void *context, const struct rt_event *event) {
    struct letter_listener *listener = context;

    (void)event;
    assert_true(listener->letters->count < LETTERS_MAX - 1);
    listener->letters->heard[listener->letters->count++] = listener->letter;
}

/* What listeners A, B, C ... write when one event happens. */
static const char *
hear_one_event(struct rt *rt, struct letters *letters) {
    *letters = (struct letters){.count = 0};
    rt_event_emit(rt, (struct rt_event){.kind = RT_EVENT_TRIMMED});
    return letters->heard;
}

static void
test_event_reaches_listeners_in_the_order_they_came(void **state) {
    struct letters letters;
    struct letter_listener listeners[] = {{&letters, 'A'}, {&letters, 'B'}, {&letters, 'C'}};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rt_listen(rt, write_letter, &listeners[i]), 0);
    }
    assert_string_equal(hear_one_event(rt, &letters), "ABC");
    rt_destroy(rt);
}

static void
test_event_leaves_out_who_does_not_listen_any_more(void **state) {
    struct letters letters;
    struct letter_listener listeners[] = {{&letters, 'A'}, {&letters, 'B'}, {&letters, 'C'}};
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        (void)rt_listen(rt, write_letter, &listeners[i]);
    }
    rt_unlisten(rt, write_letter, &listeners[1]);
    assert_string_equal(hear_one_event(rt, &letters), "AC");
    rt_unlisten(rt, test_hear, &listeners[0]); /* another function: nobody goes */
    assert_string_equal(hear_one_event(rt, &letters), "AC");
    rt_unlisten(rt, write_letter, &listeners[0]);
    rt_unlisten(rt, write_letter, &listeners[2]);
    assert_string_equal(hear_one_event(rt, &letters), "");
    rt_destroy(rt);
}

static void
test_event_refuses_the_ninth_listener(void **state) {
    struct letters letters;
    struct letter_listener listeners[9];
    struct rt *rt = test_create(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < 9; i++) {
        listeners[i] = (struct letter_listener){&letters, (char)('A' + i)};
        assert_int_equal(rt_listen(rt, write_letter, &listeners[i]), i < 8 ? 0 : -ENOSPC);
    }
    assert_string_equal(hear_one_event(rt, &letters), "ABCDEFGH");
    rt_unlisten(rt, write_letter, &listeners[3]);
    assert_int_equal(rt_listen(rt, write_letter, &listeners[8]), 0);
    assert_string_equal(hear_one_event(rt, &letters), "ABCEFGHI");
    rt_destroy(rt);
}

static void
test_event_kinds_have_names_of_their_own(void **state) {
    (void)state;
    assert_string_equal(rt_event_name(RT_EVENT_ARENA_MAPPED), "arena mapped");
    assert_string_equal(rt_event_name(RT_EVENT_OUT_OF_MEMORY), "out of memory");
    assert_string_equal(rt_event_name(RT_EVENT_COUNT), "unknown event");
    for (int i = 0; i < RT_EVENT_COUNT; i++) {
        assert_non_null(rt_event_name((enum rt_event_kind)i));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(rt_event_name((enum rt_event_kind)i),
                                    rt_event_name((enum rt_event_kind)j));
        }
    }
}

static void
test_event_announces_arenas_with_address_and_bytes(void **state) {
    enum {
        BLOCKS = 2 * 16 * 31 /* fill two arenas of 16 pools */
    };
    struct rt *rt = test_create(NULL, "alloc.arena=256KiB", NULL);
    const struct rt_event *mapped, *released;
    struct test_heard heard;
    char *blocks[BLOCKS];

    (void)state;
    test_listen(rt, &heard);
    mapped = &heard.last[RT_EVENT_ARENA_MAPPED];
    released = &heard.last[RT_EVENT_ARENA_RELEASED];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = rt_alloc(rt, 512);
        assert_int_equal(heard.count[RT_EVENT_ARENA_MAPPED], i < BLOCKS / 2 ? 1 : 2);
        assert_int_equal(mapped->bytes, 256 * KIB);
        assert_true(blocks[i] >= (const char *)mapped->address);
        assert_true(blocks[i] + 512 <= (const char *)mapped->address + mapped->bytes);
    }
    for (size_t i = BLOCKS; i-- > 0;) {
        assert_int_equal(heard.count[RT_EVENT_ARENA_RELEASED], 0);
        rt_free(rt, blocks[i], 512);
    }
    assert_int_equal(heard.count[RT_EVENT_ARENA_RELEASED], 1); /* the last empty one is kept */
    assert_int_equal(released->bytes, 256 * KIB);
    assert_true(blocks[0] >= (const char *)released->address);
    assert_true(blocks[0] < (const char *)released->address + released->bytes);
    rt_destroy(rt);
}

static void
test_event_announces_a_request_that_could_not_be_met(void **state) {
    struct test_heard heard;
    struct fake_os fake;
    struct rt *rt;

    (void)state;
    fake_os_init(&fake);
    rt = test_create(&fake.hooks, "alloc.reserve=64MiB", NULL);
    test_listen(rt, &heard);
    fake_refuse(&fake, FAKE_COMMIT, 1);
    assert_null(rt_alloc(rt, 100));
    assert_int_equal(heard.count[RT_EVENT_OUT_OF_MEMORY], 1);
    assert_int_equal(heard.last[RT_EVENT_OUT_OF_MEMORY].bytes, 100);
    fake_refuse(&fake, FAKE_LARGE, 1);
    assert_null(rt_alloc(rt, 5000));
    assert_int_equal(heard.count[RT_EVENT_OUT_OF_MEMORY], 2);
    assert_int_equal(heard.last[RT_EVENT_OUT_OF_MEMORY].bytes, 5000);
    assert_null(rt_alloc(rt, SIZE_MAX));
    assert_int_equal(heard.last[RT_EVENT_OUT_OF_MEMORY].bytes, SIZE_MAX);
    assert_int_equal(heard.count[RT_EVENT_ARENA_MAPPED], 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event_reaches_listeners_in_the_order_they_came),
        cmocka_unit_test(test_event_leaves_out_who_does_not_listen_any_more),
        cmocka_unit_test(test_event_refuses_the_ninth_listener),
        cmocka_unit_test(test_event_kinds_have_names_of_their_own),
        cmocka_unit_test(test_event_announces_arenas_with_address_and_bytes),
        cmocka_unit_test(test_event_announces_a_request_that_could_not_be_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
