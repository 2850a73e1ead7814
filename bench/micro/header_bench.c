/* SPDX-License-Identifier: MIT
 *
 * header_bench.c: registers and runs the benchmarks of the engine header. See header.h.
 *
 * A sample is taken of both ways at once, in short slices that alternate, and is the median slice of each; so
 * both have had the same machine. What is taken when one of the two is asked for is kept for the other.
 */
#include "bench/micro/header.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/gbench.h"
#include "bench/measure.h"
#include "bench/micro/micro.h"
#include "runtime/base.h"

enum {
    DIRECT,
    WORDS,
    WAYS,
    ROUNDS = 4096,
    SLICES = 101,
    KEPT = 64,
    NAME_BYTES = 64
};

/* Samples that one way may have used and the other not yet. */
struct samples {
    uint64_t ns[WAYS][KEPT];
    unsigned count, used[WAYS];
};

struct job {
    const struct bench_micro *micro;
    const struct bench_header_row *rows[WAYS];
    struct samples *samples;
    int way;
};

/* ---- What is worked on -------------------------------------------------------------------------- */

static struct rt_object *
return_none(struct rt *rt, struct rt_object *function, struct rt_object *const *args,
            size_t count) {
    (void)function;
    (void)args;
    (void)count;
    return rt_incref(rt_none(rt));
}

static bool
make_containers(struct bench_header_things *things) {
    struct rt *rt = things->rt;

    things->list = rt_list_repeat(rt, rt_none(rt), BENCH_HEADER_LENGTH);
    things->empty = rt_list_new(rt, 0);
    things->dict = rt_dict_new(rt);
    things->set = rt_set_new(rt);
    things->cell = rt_cell_new(rt, things->values[0]);
    things->function = rt_function_new(rt, return_none, NULL, NULL);
    return things->list != NULL && things->empty != NULL && things->dict != NULL &&
           things->set != NULL && things->cell != NULL && things->function != NULL;
}

/* 0 or -ENOMEM. All of it goes with the context. */
static int
make_things(struct bench_header_things *things) {
    static const char *const names[] = {"x", "y"};
    struct rt_class_spec spec = {.name = "Plain"};
    struct rt *rt = things->rt;
    bool is_made = true;

    rt_gc_disable(rt);
    for (int i = 0; i < 3; i++)
        is_made &= (things->values[i] = rt_int_new(rt, 100000 + i)) != NULL;
    things->class_object = rt_class_new(rt, &spec);
    if (!is_made || things->class_object == NULL || !make_containers(things))
        return -ENOMEM;
    things->instance = rt_instance_new(rt, things->class_object);
    for (int i = 0; is_made && things->instance != NULL && i < 2; i++) {
        things->names[i] = rt_str_name(rt, names[i]);
        is_made = things->names[i] != NULL &&
                  rt_attr_set(rt, things->instance, things->names[i], things->values[i]) == 0 &&
                  rt_dict_set(rt, things->dict, things->names[i], things->values[i]) == 0 &&
                  rt_set_add(rt, things->set, things->names[i]) == 0;
    }
    return is_made && things->instance != NULL ? 0 : -ENOMEM;
}

/* ---- Running ------------------------------------------------------------------------------------ */

static int
compare_times(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static void
take_sample(const struct job *job, const struct bench_header_things *things) {
    uint64_t ns[WAYS][SLICES];
    unsigned at = job->samples->count++ % KEPT;

    /* Each goes first as often as the other. */
    for (int slice = 0; slice < SLICES; slice++)
        for (int turn = 0; turn < WAYS; turn++) {
            int way = (slice + turn) % WAYS;
            uint64_t start = bench_measure_now_ns();
            job->rows[way]->run(things, ROUNDS);
            ns[way][slice] = bench_measure_now_ns() - start;
        }
    for (int way = 0; way < WAYS; way++) {
        qsort(ns[way], SLICES, sizeof ns[way][0], compare_times);
        job->samples->ns[way][at] = ns[way][SLICES / 2] * SLICES;
    }
}

static uint64_t
next_sample(const struct job *job, const struct bench_header_things *things) {
    struct samples *samples = job->samples;
    unsigned *used = &samples->used[job->way];

    if (*used == samples->count)
        take_sample(job, things);
    if (samples->count - *used > KEPT)
        *used = samples->count - KEPT;
    return samples->ns[job->way][(*used)++ % KEPT];
}

static void
run_row(struct bench_gbench_state *state) {
    const struct job *job = bench_gbench_context(state);
    struct bench_header_things things = {0};

    if (bench_micro_heap_create(job->micro, BENCH_SUBJECT_RT, &things.rt) < 0 ||
        make_things(&things) < 0) {
        bench_gbench_fail(state, "no memory");
    } else {
        while (bench_gbench_batch(state, (int64_t)ROUNDS * SLICES))
            bench_gbench_took_ns(state, next_sample(job, &things));
    }
    if (things.rt != NULL)
        rt_destroy(things.rt);
}

/* ---- Registering -------------------------------------------------------------------------------- */

static int
add_benchmark(const struct job *job, enum bench_subject subject) {
    struct bench_gbench *benchmark;
    char name[NAME_BYTES];

    snprintf(name, sizeof name, "header/%s/%s", job->rows[0]->operation,
             bench_micro_subject_name(subject));
    benchmark = bench_gbench_add(name, run_row, job);
    return benchmark == NULL ? -ENOMEM : bench_gbench_use_manual_time(benchmark);
}

struct row_jobs {
    struct job jobs[WAYS];
    struct samples samples;
};

int
bench_header_register(const struct bench_micro *micro, void **ret_memory) {
    static const enum bench_subject subjects[WAYS] = {BENCH_SUBJECT_RT, BENCH_SUBJECT_ENGINE};
    struct row_jobs *all;
    size_t count = 0;
    int error;

    while (bench_header_direct[count].operation != NULL)
        count++;
    *ret_memory = all = calloc(count + 1, sizeof *all); /* of no memory calloc may give NULL */
    error = all == NULL ? -ENOMEM : 0;
    /* Of the words alone there is nothing to be compared with. */
    if (!micro->wanted[BENCH_SUBJECT_ENGINE])
        return error;
    for (size_t i = 0; i < count && error == 0; i++)
        for (int way = 0; way < WAYS && error == 0; way++) {
            all[i].jobs[way] = (struct job){
                micro, {&bench_header_direct[i], &bench_header_words[i]}, &all[i].samples, way};
            if (micro->wanted[subjects[way]])
                error = add_benchmark(&all[i].jobs[way], subjects[way]);
        }
    return error;
}
