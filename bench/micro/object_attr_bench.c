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

static void *
make_instance(const struct bench_object_home *home, const struct bench_object_job *job) {
    void *instance =
        bench_object_instance(home, job->row->what == SLOTS ? home->slotted : home->plain);

    for (size_t i = 0; i < BENCH_OBJECT_NAMES; i++)
        bench_object_attr_set(home, instance, home->names[i], home->values[i]);
    return instance;
}

static void
loop_get(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    void *instance = make_instance(home, job);

    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--)
            bench_object_drop(home, bench_object_attr_get(home, instance, home->names[n & 1]));
    bench_object_drop(home, instance);
}

static void
loop_set(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    void *instance = make_instance(home, job);

    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--)
            bench_object_attr_set(home, instance, home->names[n & 1],
                                  home->values[n & (BENCH_OBJECT_VALUES - 1)]);
    bench_object_drop(home, instance);
}

const struct bench_object_row BENCH_OBJECT_ROWS(attr)[] = {
    {"attr/get/plain", .loop = loop_get, .what = PLAIN},
    {"attr/get/slots", .loop = loop_get, .what = SLOTS},
    {"attr/set/plain", .loop = loop_set, .what = PLAIN},
    {"attr/set/slots", .loop = loop_set, .what = SLOTS},
    {0},
};
