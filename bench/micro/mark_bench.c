/* SPDX-License-Identifier: MIT
 *
 * mark_bench.c: registers and runs the benchmarks of operation marks: what saying where an operation begins and ends
 * costs a workload when nobody listens, and when a worker does. The listener does what a worker's does.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/gbench.h"
#include "bench/marks.h"
#include "bench/micro/micro.h"
#include "runtime/base.h"
#include "workloads/workload.h"

static const struct kind {
    const char *name;
    bool is_marked, is_heard, has_counter;
} kinds[] = {
    {"mark/none/rt", false, false, false},
    {"mark/unheard/rt", true, false, false},
    {"mark/heard/ticks/rt", true, true, true},
    {"mark/heard/monotonic/rt", true, true, false},
};

struct job {
    const struct kind *kind;
    struct bench_measure_clock clock;
    struct bench_marks marks;
    uint64_t until_sample;
    bool in_operation;
};

static void
hear_begin(void *context) {
    struct job *job = context;
    job->until_sample--;
    job->in_operation = true;
    bench_marks_begin(&job->marks);
}

static void
hear_end(void *context) {
    struct job *job = context;
    bench_marks_end(&job->marks);
    job->in_operation = false;
}

static void
add_unmarked(struct bench_gbench_state *state, struct wl_run *run) {
    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--) {
            run->digest++;
            bench_gbench_use(run);
        }
}

static void
add_marked(struct bench_gbench_state *state, struct wl_run *run) {
    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--) {
            wl_begin(run);
            run->digest++;
            wl_end(run);
            bench_gbench_use(run);
        }
}

static void
run_job(struct bench_gbench_state *state) {
    struct job *job = (struct job *)bench_gbench_context(state);
    const struct wl_listener listener = {.begin = hear_begin, .end = hear_end, .context = job};
    struct wl_run run = {.listener = job->kind->is_heard ? &listener : NULL};

    if (job->kind->has_counter)
        bench_measure_clock_init(&job->clock);
    bench_marks_init(&job->marks, &job->clock, false, 0);
    if (job->kind->is_marked)
        add_marked(state, &run);
    else
        add_unmarked(state, &run);
}

int
bench_mark_register(const struct bench_micro *micro, void **ret_memory) {
    struct job *jobs = NULL;

    *ret_memory = NULL;
    if (!micro->wanted[BENCH_SUBJECT_RT])
        return 0;
    *ret_memory = jobs = calloc(RT_COUNT_OF(kinds), sizeof *jobs);
    if (jobs == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < RT_COUNT_OF(kinds); i++) {
        jobs[i].kind = &kinds[i];
        if (bench_gbench_add(kinds[i].name, run_job, &jobs[i]) == NULL)
            return -ENOMEM;
    }
    return 0;
}
