/* SPDX-License-Identifier: MIT
 *
 * collect_bench.c: registers and runs the collector's micro-benchmarks. See collect.h.
 *
 * A row's samples come from a process that is started when the first one is asked for, and from another
 * one when they have all been reported. So a heap that takes a second to build is built once, however
 * often Google Benchmark repeats.
 */
#include "bench/micro/collect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/micro/apart.h"

enum {
    NAME_BYTES = 80,
    MILLION = 1000000,
    SMALL = 1000 /* counts up to this one are the same in a smoke test */
};

static const struct bench_collect_engine *const engines[] = {&bench_collect_engine_rt,
#if defined(BENCH_MICRO_PYTHON)
                                                             &bench_collect_engine_cpython,
#endif
                                                             NULL};

/* One block for all of them. */
struct jobs {
    struct bench_collect_job job;
    struct bench_collect_samples samples;
    uint32_t used;
};

/* ---- Running ------------------------------------------------------------------------------------ */

static int
measure_apart(const void *job_pointer, void *result) {
    const struct bench_collect_job *job = job_pointer;
    struct bench_collector collector = {0};
    int error = job->engine->begin(job->micro, &collector);

    return error < 0 ? error : job->row->measure(&collector, job, result);
}

/* Sees to it that there is a sample to report. */
static int
fetch_sample(const struct bench_collect_job *job) {
    struct bench_collect_samples *samples = job->samples;
    int error;

    if (*job->used < samples->count)
        return 0;
    *job->used = 0;
    error = bench_apart_run(measure_apart, job, samples, sizeof *samples);
    if (error < 0)
        samples->count = 0;
    return error;
}

static const char *
explain(int error) {
    switch (error) {
    case -ECHILD:
        return "the process ended early";
    case -EBADMSG:
        return "a collection found more or less than there is";
    default:
        return strerror(-error);
    }
}

static void
run_row(struct bench_gbench_state *state) {
    const struct bench_collect_job *job = bench_gbench_context(state);
    int error = fetch_sample(job);

    while (error == 0 && bench_gbench_batch(state, (int64_t)job->samples->operations)) {
        error = fetch_sample(job);
        if (error == 0)
            bench_gbench_took_ns(state, job->samples->ns[(*job->used)++]);
    }
    if (error < 0)
        bench_gbench_fail(state, explain(error));
    else if (job->samples->longest_ms > 0)
        bench_gbench_counter(state, "longest_ms", job->samples->longest_ms, BENCH_GBENCH_PLAIN);
}

/* ---- Registering -------------------------------------------------------------------------------- */

/* Heaps shrink with the big passes of a smoke test. */
static uint32_t
scale_count(const struct bench_micro *micro, const struct bench_collect_row *row) {
    uint32_t depth = row->count;

    if (!row->is_depth)
        return row->count <= SMALL ? row->count
                                   : (uint32_t)((uint64_t)row->count * micro->many / MILLION);
    for (uint64_t many = micro->many; many < MILLION; many *= 2)
        depth--;
    return depth;
}

static bool
is_named(const struct bench_micro *micro, const struct bench_collect_row *row) {
    char count[16];

    snprintf(count, sizeof count, "%u", (unsigned)row->count);
    return micro->filter != NULL && strstr(micro->filter, count) != NULL;
}

static int
add_benchmark(const struct bench_collect_job *job) {
    char operation[NAME_BYTES / 2], name[NAME_BYTES];
    struct bench_gbench *benchmark;

    snprintf(operation, sizeof operation, job->row->name, (unsigned)job->count);
    snprintf(name, sizeof name, "collect/%s/%s", operation,
             bench_micro_subject_name(job->engine->objects->subject));
    benchmark = bench_gbench_add(name, run_row, job);
    return benchmark == NULL ? -ENOMEM : bench_gbench_use_manual_time(benchmark);
}

/* One row on every engine that is wanted, so that they run one after the other. */
static int
add_row(const struct bench_micro *micro, size_t family, size_t row, struct jobs **next) {
    for (size_t i = 0; engines[i] != NULL; i++) {
        const struct bench_collect_row *own = &engines[i]->families[family][row];
        struct jobs *at = *next;
        if (!micro->wanted[engines[i]->objects->subject] || (own->is_long && !is_named(micro, own)))
            continue;
        at->job = (struct bench_collect_job){micro,        engines[i], own, scale_count(micro, own),
                                             &at->samples, &at->used};
        if (add_benchmark(&at->job) < 0)
            return -ENOMEM;
        (*next)++;
    }
    return 0;
}

/* And one more: of no memory calloc may give NULL. */
static size_t
count_rows(void) {
    const struct bench_collect_row *const *families = engines[0]->families;
    size_t count = 1;

    for (size_t family = 0; families[family] != NULL; family++)
        for (size_t row = 0; families[family][row].name != NULL; row++)
            count++;
    return count;
}

int
bench_collect_register(const struct bench_micro *micro, void **ret_memory) {
    const struct bench_collect_row *const *families = engines[0]->families;
    struct jobs *jobs = calloc(count_rows() * RT_COUNT_OF(engines), sizeof *jobs);
    struct jobs *next = jobs;
    int error = jobs == NULL ? -ENOMEM : 0;

    for (size_t family = 0; families[family] != NULL; family++)
        for (size_t row = 0; error == 0 && families[family][row].name != NULL; row++)
            error = add_row(micro, family, row, &next);
    *ret_memory = jobs;
    return error;
}
