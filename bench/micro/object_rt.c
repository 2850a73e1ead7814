/* SPDX-License-Identifier: MIT
 *
 * object_rt.c: our runtime as an engine of the objects' micro-benchmarks.
 */
#include "bench/micro/object_subject.h"

#include <errno.h>

static struct rt_object *
call_back(struct rt *rt, struct rt_object *function, struct rt_object *const *args, size_t count) {
    (void)function;
    (void)args;
    (void)count;
    return rt_incref(rt_none(rt));
}

static int
begin(const struct bench_micro *micro, struct bench_object_home *ret_home) {
    struct rt *rt;
    int error = bench_micro_heap_create(micro, BENCH_SUBJECT_RT, &rt);

    if (error != 0)
        return error;
    rt_gc_disable(rt);
    bench_object_home_fill(ret_home, rt);
    ret_home->callback = bench_object_made(rt_function_new(rt, call_back, NULL, NULL));
    return 0;
}

/* What lives in the context goes with it. */
static void
end(struct bench_object_home *home) {
    rt_destroy(home->heap);
}

static const struct bench_object_row *const families[] = {
    BENCH_OBJECT_ROWS(life), BENCH_OBJECT_ROWS(attr), BENCH_OBJECT_ROWS(list),
    BENCH_OBJECT_ROWS(dict), BENCH_OBJECT_ROWS(weak), NULL};

const struct bench_object_engine bench_object_engine_rt = {BENCH_SUBJECT_RT, begin, end, families};
