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

static void
make_home(struct bench_object_home *home) {
    static const char *const names[BENCH_OBJECT_NAMES] = {"x", "y"};
    struct rt_class_spec plain = {.name = "Plain"};
    struct rt_class_spec slotted = {
        .name = "Slotted", .slots = names, .slot_count = BENCH_OBJECT_NAMES};

    home->none = rt_none(home->rt);
    home->plain = bench_object_made(rt_class_new(home->rt, &plain));
    home->slotted = bench_object_made(rt_class_new(home->rt, &slotted));
    home->callback = bench_object_made(rt_function_new(home->rt, call_back, NULL, NULL));
    for (size_t i = 0; i < BENCH_OBJECT_NAMES; i++)
        home->names[i] = bench_object_interned(home, names[i]);
    for (size_t i = 0; i < BENCH_OBJECT_VALUES; i++)
        home->values[i] = bench_object_int(home, 100000 + i);
}

static int
begin(const struct bench_micro *micro, struct bench_object_home *ret_home) {
    int error = bench_micro_heap_create(micro, BENCH_SUBJECT_RT, &ret_home->rt);

    if (error != 0)
        return error;
    rt_gc_disable(ret_home->rt);
    make_home(ret_home);
    return 0;
}

/* What lives in the context goes with it. */
static void
end(struct bench_object_home *home) {
    rt_destroy(home->rt);
}

static const struct bench_object_row *const families[] = {
    BENCH_OBJECT_ROWS(life), BENCH_OBJECT_ROWS(attr), BENCH_OBJECT_ROWS(list),
    BENCH_OBJECT_ROWS(dict), BENCH_OBJECT_ROWS(weak), NULL};

const struct bench_object_engine bench_object_engine_rt = {BENCH_SUBJECT_RT, begin, end, families};
