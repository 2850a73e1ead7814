/* SPDX-License-Identifier: MIT
 *
 * The sizes and sites of what is allocated while tracing; the figures are those that CPython 3.11.2 gives.
 */
#include "runtime/tests/heap.h"

static void
test_trace_records_the_size_asked_for_and_the_newest_frame(void **state) {
    struct rt *rt = test_create(NULL, NULL);
    struct rt_trace_site site;
    size_t bytes;
    void *block;

    (void)state;
    assert_int_equal(rt_trace_start(rt, 1), 0);
    rt_trace_push(rt, "level.c", 10);
    rt_trace_push(rt, "bullet.c", 20);
    rt_trace_at(rt, 21);
    block = rt_alloc(rt, 40);
    assert_true(rt_trace_find(rt, block, &bytes, &site));
    assert_int_equal(bytes, 40);
    assert_int_equal(site.count, 1);
    assert_int_equal(site.total, 2);
    assert_string_equal(site.frames[0].file, "bullet.c");
    assert_int_equal(site.frames[0].line, 21);
    assert_int_equal(rt_trace_bytes(rt), 40);
    rt_free(rt, block, 40);
    assert_false(rt_trace_find(rt, block, &bytes, &site));
    assert_int_equal(rt_trace_bytes(rt), 0);
    rt_destroy(rt);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trace_records_the_size_asked_for_and_the_newest_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
