/* SPDX-License-Identifier: MIT
 *
 * word_bench.c: registers and runs the micro-benchmarks of single words. See word.h.
 *
 * There are many of them and each is short: a sample takes a fifth of the time that others take.
 */
#include "bench/micro/word.h"

#include <errno.h>
#include <stdio.h>

#include "bench/measure.h"

enum {
    NAME_BYTES = 64,
    SHARE = 5
};

static const struct engine {
    const struct bench_object_engine *objects;
    const struct bench_word_row *const *families;
} engines[] = {{&bench_object_engine_rt, bench_word_families_rt},
#if defined(BENCH_MICRO_PYTHON)
               {&bench_object_engine_cpython, bench_word_families_cpython},
#endif
               {NULL, NULL}};

const struct bench_word_exception bench_word_exceptions[] = {
    {"code_init", "what a compiler does, once for a function's code; its end is code_fini"},
    {"code_fini", "what a compiler does, once for a function's code"},
    {"gc_unfreeze", "undoes gc_freeze, in whose row it is"},
    {0},
};

struct job {
    const struct bench_micro *micro;
    const struct engine *engine;
    const struct bench_word_row *row;
};

/* ---- Running ------------------------------------------------------------------------------------ */

static void
run_freely(struct bench_gbench_state *state, const struct bench_word_row *row,
           struct bench_word *word) {
    if (row->begin != NULL)
        row->begin(word);
    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        row->run(word, (size_t)n);
    row->end(word);
}

static void
run_passes(struct bench_gbench_state *state, const struct bench_word_row *row,
           struct bench_word *word) {
    while (bench_gbench_batch(state, row->pass)) {
        uint64_t start;
        row->begin(word);
        start = bench_measure_cpu_ns();
        row->run(word, row->pass);
        bench_gbench_took_ns(state, bench_measure_cpu_ns() - start);
        row->end(word);
    }
}

static void
run_row(struct bench_gbench_state *state) {
    const struct job *job = bench_gbench_context(state);
    struct bench_word *word = calloc(1, sizeof *word);

    if (word == NULL || job->engine->objects->begin(job->micro, &word->home) < 0) {
        bench_gbench_fail(state, "the engine does not start");
    } else {
        word->heap = word->home.heap;
        (job->row->pass == 0 ? run_freely : run_passes)(state, job->row, word);
        job->engine->objects->end(&word->home);
    }
    free(word);
}

/* ---- Registering -------------------------------------------------------------------------------- */

static int
add_benchmark(const struct job *job) {
    struct bench_gbench *benchmark;
    char name[NAME_BYTES];
    int error = 0;

    snprintf(name, sizeof name, "word/%s/%s", job->row->word,
             bench_micro_subject_name(job->engine->objects->subject));
    benchmark = bench_gbench_add(name, run_row, job);
    if (benchmark == NULL)
        return -ENOMEM;
    if (job->row->pass != 0)
        error = bench_gbench_use_manual_time(benchmark);
    if (error == 0 && job->micro->min_time > 0 && !job->micro->is_exact)
        error = bench_gbench_min_time(benchmark, job->micro->min_time / SHARE, 0);
    return error;
}

static int
add_row(const struct bench_micro *micro, size_t family, size_t row, struct job **job) {
    for (const struct engine *engine = engines; engine->objects != NULL; engine++) {
        const struct bench_word_row *own = &engine->families[family][row];
        if (own->run == NULL || !micro->wanted[engine->objects->subject])
            continue;
        **job = (struct job){micro, engine, own};
        if (add_benchmark((*job)++) < 0)
            return -ENOMEM;
    }
    return 0;
}

int
bench_word_register(const struct bench_micro *micro, void **ret_memory) {
    const struct bench_word_row *const *families = engines[0].families;
    size_t count = 1;
    struct job *jobs, *job;
    int error;

    for (size_t family = 0; families[family] != NULL; family++)
        for (size_t row = 0; families[family][row].word != NULL; row++)
            count++;
    jobs = job = calloc(count * RT_COUNT_OF(engines), sizeof *jobs);
    error = jobs == NULL ? -ENOMEM : 0;
    for (size_t family = 0; families[family] != NULL; family++)
        for (size_t row = 0; error == 0 && families[family][row].word != NULL; row++)
            error = add_row(micro, family, row, &job);
    *ret_memory = jobs;
    return error;
}
