/* SPDX-License-Identifier: MIT
 *
 * object_attr_bench.c: attributes by name, which the engine looks up in the class each time. The instance
 * has two, taken in turn; what is stored is one of many objects, and drops the one before.
 */
#include "bench/micro/object_subject.h"

enum layout {
    PLAIN,
    SLOTS
};

static struct en_object *
make_instance(const struct bench_object_home *home, const struct bench_object_job *job) {
    struct en_object *instance = bench_object_made(
        en_instance_new(home->heap, job->row->what == SLOTS ? home->slotted : home->plain));

    for (size_t i = 0; i < BENCH_OBJECT_NAMES; i++)
        bench_object_done(en_attr_set(home->heap, instance, home->names[i], home->values[i]));
    return instance;
}

static void
loop_get(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    struct en_object *instance = make_instance(home, job);

    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--)
            en_decref(home->heap,
                      bench_object_made(en_attr_get(home->heap, instance, home->names[n & 1])));
    en_decref(home->heap, instance);
}

static void
loop_set(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    struct en_object *instance = make_instance(home, job);

    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--)
            bench_object_done(en_attr_set(home->heap, instance, home->names[n & 1],
                                          home->values[n & (BENCH_OBJECT_VALUES - 1)]));
    en_decref(home->heap, instance);
}

const struct bench_object_row BENCH_OBJECT_ROWS(attr)[] = {
    {"attr/get/plain", .loop = loop_get, .what = PLAIN},
    {"attr/get/slots", .loop = loop_get, .what = SLOTS},
    {"attr/set/plain", .loop = loop_set, .what = PLAIN},
    {"attr/set/slots", .loop = loop_set, .what = SLOTS},
    {0},
};
