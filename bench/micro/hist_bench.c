/* SPDX-License-Identifier: MIT
 *
 * hist_bench.c: registers and runs the benchmarks of recording a latency: the same one each time, and times that
 * spread from 100 ns to 100 ms, drawn before. Those touch many buckets, and processors guess nothing of them.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "bench/gbench.h"
#include "bench/hist.h"
#include "bench/micro/micro.h"
#include "runtime/base.h"
#include "workloads/rng.h"

enum {
    VALUES = 4096
};

static const struct kind {
    const char *name;
    double octaves; /* by which the values spread */
} kinds[] = {{"hist/record/same/rt", 0}, {"hist/record/spread/rt", 20}};

struct job {
    const struct kind *kind;
    struct bench_hist hist;
    uint64_t values[VALUES];
};

static void
draw_values(struct job *job) {
    struct wl_rng rng;

    wl_rng_init(&rng, 1);
    for (size_t i = 0; i < VALUES; i++)
        job->values[i] = (uint64_t)(100 * exp2(job->kind->octaves * wl_rng_unit(&rng)));
}

static void
run_job(struct bench_gbench_state *state) {
    struct job *job = (struct job *)bench_gbench_context(state);
    size_t at = 0;

    bench_hist_init(&job->hist);
    draw_values(job);
    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--) {
            bench_hist_record(&job->hist, job->values[at++ % VALUES]);
            bench_gbench_use(&job->hist);
        }
}

int
bench_hist_register(const struct bench_micro *micro, void **ret_memory) {
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
