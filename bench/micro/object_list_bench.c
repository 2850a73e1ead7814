/* SPDX-License-Identifier: MIT
 *
 * object_list_bench.c: lists. Items are read and written in a list of a thousand that stays in the
 * nearest cache; a long list is filled by appending, and by storing into one that was made at full length,
 * which is part of what is timed.
 */
#include "bench/micro/object_subject.h"

#include "bench/measure.h"
#include "bench/micro/apart.h"

enum {
    THOUSAND = 1000,
    WARM_BYTES = 24 /* for each item: two arrays, while one grows into the other */
};

static struct en_object *
make_thousand(const struct bench_object_home *home) {
    struct en_object *list = bench_object_made(en_list_repeat(home->heap, home->none, THOUSAND));

    for (size_t i = 0; i < THOUSAND; i++)
        en_list_set(home->heap, list, i, home->values[i % BENCH_OBJECT_VALUES]);
    return list;
}

static void
loop_get(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    struct en_object *list = make_thousand(home);

    (void)job;
    while (bench_gbench_batch(state, THOUSAND))
        for (size_t i = 0; i < THOUSAND; i++)
            bench_object_made(en_list_get(list, i));
    en_decref(home->heap, list);
}

static void
loop_set(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    struct en_object *list = make_thousand(home);

    (void)job;
    while (bench_gbench_batch(state, THOUSAND))
        for (size_t i = 0; i < THOUSAND; i++)
            en_list_set(home->heap, list, i, home->values[i % BENCH_OBJECT_VALUES]);
    en_decref(home->heap, list);
}

static int
pass_append(const struct bench_object_home *home, const struct bench_object_job *job,
            struct bench_object_figures *ret_figures) {
    uint64_t start;
    struct en_object *list;

    bench_apart_warm((size_t)job->count * WARM_BYTES);
    start = bench_measure_cpu_ns();
    list = bench_object_made(en_list_new(home->heap, 0));
    for (size_t i = 0; i < job->count; i++)
        bench_object_done(en_list_append(home->heap, list, home->values[i % BENCH_OBJECT_VALUES]));
    ret_figures->ns = bench_measure_cpu_ns() - start;
    return 0;
}

static int
pass_prealloc_set(const struct bench_object_home *home, const struct bench_object_job *job,
                  struct bench_object_figures *ret_figures) {
    uint64_t start;
    struct en_object *list;

    bench_apart_warm((size_t)job->count * WARM_BYTES);
    start = bench_measure_cpu_ns();
    list = bench_object_made(en_list_repeat(home->heap, home->none, job->count));
    for (size_t i = 0; i < job->count; i++)
        en_list_set(home->heap, list, i, home->values[i % BENCH_OBJECT_VALUES]);
    ret_figures->ns = bench_measure_cpu_ns() - start;
    return 0;
}

const struct bench_object_row BENCH_OBJECT_ROWS(list)[] = {
    {"list/get", .loop = loop_get},
    {"list/set", .loop = loop_set},
    {"list/append", .pass = pass_append, .is_apart = true},
    {"list/prealloc_set", .pass = pass_prealloc_set, .is_apart = true},
    {0},
};
