/* SPDX-License-Identifier: MIT
 *
 * object_bench.c: registers and runs the objects' micro-benchmarks. See object.h.
 */
#include "bench/micro/object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/micro/apart.h"

enum {
    NAME_BYTES = 64
};

static const struct bench_object_engine *const engines[] = {&bench_object_engine_rt,
#if defined(BENCH_MICRO_PYTHON)
                                                            &bench_object_engine_cpython,
#endif
                                                            NULL};

/* ---- Running ------------------------------------------------------------------------------------ */

static void
run_loop(struct bench_gbench_state *state) {
    const struct bench_object_job *job = bench_gbench_context(state);
    struct bench_object_home home = {0};

    if (job->engine->begin(job->micro, &home) < 0) {
        bench_gbench_fail(state, "the engine does not start");
        return;
    }
    job->row->loop(state, &home, job);
    job->engine->end(&home);
}

static void
run_pass(struct bench_gbench_state *state) {
    const struct bench_object_job *job = bench_gbench_context(state);
    struct bench_object_figures figures = {0};
    struct bench_object_home home = {0};

    if (job->engine->begin(job->micro, &home) < 0) {
        bench_gbench_fail(state, "the engine does not start");
        return;
    }
    while (bench_gbench_batch(state, job->count)) {
        int error = job->row->pass(&home, job, &figures);
        if (error < 0)
            bench_gbench_fail(state, strerror(-error));
        else
            bench_gbench_took_ns(state, figures.ns);
    }
    job->engine->end(&home);
}

/* In a process of its own, which ends with it: nothing is given back. */
static int
pass_apart(const void *job_pointer, void *result) {
    const struct bench_object_job *job = job_pointer;
    struct bench_object_home home = {0};
    int error = job->engine->begin(job->micro, &home);

    return error < 0 ? error : job->row->pass(&home, job, result);
}

static void
run_apart(struct bench_gbench_state *state) {
    const struct bench_object_job *job = bench_gbench_context(state);
    struct bench_object_figures figures = {0};

    while (bench_gbench_batch(state, job->count)) {
        int error = bench_apart_run(pass_apart, job, &figures, sizeof figures);
        if (error < 0)
            bench_gbench_fail(state, error == -ECHILD ? "the pass's process ended early"
                                                      : strerror(-error));
        else
            bench_gbench_took_ns(state, figures.ns);
    }
    if (figures.resident_bytes > 0 && !bench_gbench_failed(state))
        bench_gbench_counter(state, "resident_bytes", figures.resident_bytes, BENCH_GBENCH_PLAIN);
}

/* ---- Registering -------------------------------------------------------------------------------- */

static int
add_benchmark(const struct bench_object_job *job) {
    const struct bench_object_row *row = job->row;
    char operation[NAME_BYTES / 2], name[NAME_BYTES];
    struct bench_gbench *benchmark;

    snprintf(operation, sizeof operation, row->name, (unsigned)job->count);
    snprintf(name, sizeof name, "object/%s/%s", operation,
             bench_micro_subject_name(job->engine->subject));
    benchmark = bench_gbench_add(name,
                                 row->loop != NULL ? run_loop
                                 : row->is_apart   ? run_apart
                                                   : run_pass,
                                 job);
    if (benchmark == NULL)
        return -ENOMEM;
    return row->loop != NULL ? 0 : bench_gbench_use_manual_time(benchmark);
}

/* One row on every engine that is wanted, so that they run one after the other. */
static int
add_row(const struct bench_micro *micro, size_t family, size_t row, struct bench_object_job **job) {
    for (size_t i = 0; engines[i] != NULL; i++) {
        const struct bench_object_row *own = &engines[i]->families[family][row];
        if (!micro->wanted[engines[i]->subject])
            continue;
        **job = (struct bench_object_job){micro, engines[i], own,
                                          own->count == 0 ? micro->many : own->count};
        if (add_benchmark((*job)++) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* And one more: of no memory calloc may give NULL. */
static size_t
count_rows(void) {
    const struct bench_object_row *const *families = engines[0]->families;
    size_t count = 1;

    for (size_t family = 0; families[family] != NULL; family++)
        for (size_t row = 0; families[family][row].name != NULL; row++)
            count++;
    return count;
}

int
bench_object_register(const struct bench_micro *micro, void **ret_memory) {
    const struct bench_object_row *const *families = engines[0]->families;
    struct bench_object_job *jobs = calloc(count_rows() * RT_COUNT_OF(engines), sizeof *jobs);
    struct bench_object_job *job = jobs;
    int error = jobs == NULL ? -ENOMEM : 0;

    for (size_t family = 0; families[family] != NULL; family++)
        for (size_t row = 0; error == 0 && families[family][row].name != NULL; row++)
            error = add_row(micro, family, row, &job);
    *ret_memory = jobs;
    return error;
}
