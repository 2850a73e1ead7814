/* SPDX-License-Identifier: MIT
 *
 * alloc_bench.c: what allocators cost, in time and in memory.
 *
 * Rules that make the figures comparable:
 *  - One loop serves all subjects (subject.h); only the call differs, and it is direct.
 *  - Sizes are hidden from the compiler, as they are in a program that computes them; what a call costs
 *    is not folded away for the subject whose code the linker can see.
 *  - Hot pairs keep one more block of every class alive, for every subject: an allocator of pools would
 *    otherwise make and destroy a pool each time, which no program with anything alive does.
 *  - A big pass runs in a process of its own (apart.h), on memory that the host has backed, and all of
 *    its tables are resident before its clock starts.
 *  - A pass is timed in processor time, as the hot pairs are in the table: a neighbour on the machine
 *    costs less accuracy so, and nothing here waits for anything.
 *  - Blocks are freed from a list that is already in the order of freeing, so that a pass waits for the
 *    allocator's memory and not for the list's.
 */
#include "bench/micro/micro.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/gbench.h"
#include "bench/measure.h"
#include "bench/micro/apart.h"
#include "bench/micro/mix.h"
#include "bench/micro/subject.h"

enum {
    SEED = 20,
    LARGEST = 512,
    ROUNDS = 64, /* of mixed requests, before the sizes repeat */
    ROUND = 64,  /* requests, then as many frees */
    RUN_PERIOD = 20000,
    RUN_KEPT = RUN_PERIOD / 10,
    WARM_BYTES = 200, /* for each block: more than any subject needs */
    NAME_BYTES = 64
};

enum operation {
    PAIR,
    PAIRS64,
    FRESH,
    FREE_FIFO,
    FREE_LIFO,
    FREE_RANDOM,
    AGAIN,
    REPLACE,
    LIVE,
    KEPT_RUNS,
    KEPT_RANDOM
};

/* What one benchmark does; its context. */
struct job {
    const struct bench_micro *micro;
    enum operation operation;
    enum bench_subject subject;
    uint32_t count; /* of blocks, or the size of a pair's block */
};

struct slot {
    void *block;
    uint32_t size;
};

/* A big pass's tables, all in its own process. */
struct heap {
    struct rt *rt;
    enum bench_path path;
    size_t count;
    uint16_t *sizes;
    uint32_t *order;
    struct slot *slots, *spare;
};

/* What a big pass found; ratios are resident over live requested bytes. */
struct figures {
    uint64_t ns;
    double resident, kept, trimmed, trim_ns_per_page;
};

/* ---- Hot pairs ---------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void
loop_pairs(struct bench_gbench_state *state, enum bench_path path, struct rt *rt, size_t size) {
    void *neighbour = bench_subject_alloc(path, rt, size);

    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--) {
            size_t asked = bench_gbench_hide(size);
            bench_subject_free(path, rt, bench_subject_alloc(path, rt, asked), asked);
        }
    bench_subject_free(path, rt, neighbour, size);
}

static RT_ALWAYS_INLINE void
loop_mixed_pairs(struct bench_gbench_state *state, enum bench_path path, struct rt *rt) {
    void *blocks[ROUND], *neighbours[LARGEST / 16];
    uint16_t sizes[ROUNDS * ROUND];

    bench_mix_sizes(SEED, sizes, ROUNDS * ROUND);
    for (size_t i = 0; i < LARGEST / 16; i++)
        neighbours[i] = bench_subject_alloc(path, rt, (i + 1) * 16);
    while (bench_gbench_batch(state, ROUNDS * ROUND))
        for (const uint16_t *size = sizes; size < sizes + ROUNDS * ROUND; size += ROUND) {
            for (size_t i = 0; i < ROUND; i++)
                blocks[i] = bench_subject_alloc(path, rt, size[i]);
            for (size_t i = 0; i < ROUND; i++)
                bench_subject_free(path, rt, blocks[i], size[i]);
        }
    for (size_t i = 0; i < LARGEST / 16; i++)
        bench_subject_free(path, rt, neighbours[i], (i + 1) * 16);
}

static void
run_hot(struct bench_gbench_state *state) {
    const struct job *job = bench_gbench_context(state);
    bool is_mixed = job->operation == PAIRS64;
    struct rt *rt = NULL;

    if (bench_micro_heap_create(job->micro, job->subject, &rt) < 0) {
        bench_gbench_fail(state, "no memory for a context");
        return;
    }
    switch (bench_subject_path(job->subject)) {
    case BENCH_PATH_RT:
        if (is_mixed)
            loop_mixed_pairs(state, BENCH_PATH_RT, rt);
        else
            loop_pairs(state, BENCH_PATH_RT, rt, job->count);
        break;
    case BENCH_PATH_MALLOC:
        if (is_mixed)
            loop_mixed_pairs(state, BENCH_PATH_MALLOC, rt);
        else
            loop_pairs(state, BENCH_PATH_MALLOC, rt, job->count);
        break;
    case BENCH_PATH_PYMALLOC:
        if (is_mixed)
            loop_mixed_pairs(state, BENCH_PATH_PYMALLOC, rt);
        else
            loop_pairs(state, BENCH_PATH_PYMALLOC, rt, job->count);
        break;
    }
    rt_destroy(rt);
}

/* ---- Big passes: the loops ---------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void
fill_on(enum bench_path path, const struct heap *heap) {
    for (size_t i = 0; i < heap->count; i++) {
        heap->slots[i].size = heap->sizes[i];
        heap->slots[i].block = bench_subject_alloc(path, heap->rt, heap->sizes[i]);
    }
}

static RT_ALWAYS_INLINE void
drain_on(enum bench_path path, const struct heap *heap, const struct slot *slots, size_t count) {
    for (size_t i = 0; i < count; i++)
        bench_subject_free(path, heap->rt, slots[i].block, slots[i].size);
}

/* heap->order holds picks: which slot is next to be freed and allocated again. */
static RT_ALWAYS_INLINE void
replace_on(enum bench_path path, const struct heap *heap, const uint16_t *sizes, size_t times) {
    for (size_t i = 0; i < times; i++) {
        struct slot *slot = &heap->slots[heap->order[i]];
        bench_subject_free(path, heap->rt, slot->block, slot->size);
        slot->size = sizes[i];
        slot->block = bench_subject_alloc(path, heap->rt, sizes[i]);
    }
}

static RT_NOINLINE void
fill(const struct heap *heap) {
    switch (heap->path) {
    case BENCH_PATH_RT:
        fill_on(BENCH_PATH_RT, heap);
        break;
    case BENCH_PATH_MALLOC:
        fill_on(BENCH_PATH_MALLOC, heap);
        break;
    case BENCH_PATH_PYMALLOC:
        fill_on(BENCH_PATH_PYMALLOC, heap);
        break;
    }
}

static RT_NOINLINE void
drain(const struct heap *heap, const struct slot *slots, size_t count) {
    switch (heap->path) {
    case BENCH_PATH_RT:
        drain_on(BENCH_PATH_RT, heap, slots, count);
        break;
    case BENCH_PATH_MALLOC:
        drain_on(BENCH_PATH_MALLOC, heap, slots, count);
        break;
    case BENCH_PATH_PYMALLOC:
        drain_on(BENCH_PATH_PYMALLOC, heap, slots, count);
        break;
    }
}

static RT_NOINLINE void
replace(const struct heap *heap, const uint16_t *sizes, size_t times) {
    switch (heap->path) {
    case BENCH_PATH_RT:
        replace_on(BENCH_PATH_RT, heap, sizes, times);
        break;
    case BENCH_PATH_MALLOC:
        replace_on(BENCH_PATH_MALLOC, heap, sizes, times);
        break;
    case BENCH_PATH_PYMALLOC:
        replace_on(BENCH_PATH_PYMALLOC, heap, sizes, times);
        break;
    }
}

/* ---- Big passes: what is timed ------------------------------------------------------------------ */

static uint64_t
time_fill(const struct heap *heap) {
    uint64_t start = bench_measure_cpu_ns();

    fill(heap);
    return bench_measure_cpu_ns() - start;
}

/* Frees the slots that `heap->spare` has been filled with. */
static uint64_t
time_drain(const struct heap *heap, size_t count) {
    uint64_t start = bench_measure_cpu_ns();

    drain(heap, heap->spare, count);
    return bench_measure_cpu_ns() - start;
}

static void
arrange(const struct heap *heap, enum operation operation) {
    size_t count = heap->count;

    for (size_t i = 0; i < count; i++) {
        size_t from = operation == FREE_FIFO   ? i
                      : operation == FREE_LIFO ? count - 1 - i
                                               : heap->order[i];
        heap->spare[i] = heap->slots[from];
    }
}

/* A steady state is reached first: every slot has been replaced several times, or a million have. */
static uint64_t
time_replace(const struct heap *heap, const struct bench_micro *micro) {
    uint16_t *sizes = bench_apart_map(2 * micro->many * sizeof *sizes);
    uint64_t start;

    if (sizes == NULL)
        return 0;
    bench_mix_sizes(SEED + 2, sizes, 2 * micro->many);
    bench_mix_picks(SEED + 3, (uint32_t)heap->count, heap->order, micro->many);
    fill(heap);
    replace(heap, sizes, micro->many);
    bench_mix_picks(SEED + 4, (uint32_t)heap->count, heap->order, micro->many);
    start = bench_measure_cpu_ns();
    replace(heap, sizes + micro->many, micro->many);
    return bench_measure_cpu_ns() - start;
}

/* ---- Big passes: memory ------------------------------------------------------------------------- */

/* Puts nine slots in ten into heap->spare, in the order of freeing, and gives their number;
 * `*ret_live_bytes` is what the others asked for. */
static size_t
choose_nine_in_ten(const struct heap *heap, enum operation operation, uint64_t *ret_live_bytes) {
    size_t chosen = 0;
    uint64_t live_bytes = 0;

    for (size_t i = 0; i < heap->count; i++) {
        size_t at = operation == KEPT_RUNS ? i : heap->order[i];
        bool is_kept = operation == KEPT_RUNS ? i % RUN_PERIOD < RUN_KEPT : i < heap->count / 10;
        if (is_kept)
            live_bytes += heap->slots[at].size;
        else
            heap->spare[chosen++] = heap->slots[at];
    }
    *ret_live_bytes = live_bytes;
    return chosen;
}

static double
resident_ratio(uint64_t base_bytes, uint64_t live_bytes) {
    return ((double)bench_apart_resident_bytes() - (double)base_bytes) / (double)live_bytes;
}

/* Asks a malloc to give memory back, by whichever name the library at hand knows. */
static void
trim_malloc(void) {
    int (*control)(const char *, void *, size_t *, void *, size_t) = NULL; /* jemalloc */
    void (*collect)(bool force) = NULL;                                    /* mimalloc */
    void (*release)(void) = NULL;                                          /* tcmalloc */

    *(void **)&control = dlsym(RTLD_DEFAULT, "mallctl");
    *(void **)&collect = dlsym(RTLD_DEFAULT, "mi_collect");
    *(void **)&release = dlsym(RTLD_DEFAULT, "MallocExtension_ReleaseFreeMemory");
    if (control != NULL) {
        control("thread.tcache.flush", NULL, NULL, NULL, 0);
        control("arena.4096.purge", NULL, NULL, NULL, 0); /* 4096: all arenas */
    } else if (collect != NULL) {
        collect(true);
    } else if (release != NULL) {
        release();
    } else {
        malloc_trim(0);
    }
}

static void
measure_trim(const struct heap *heap, uint64_t base_bytes, uint64_t live_bytes,
             struct figures *figures) {
    uint64_t before = bench_apart_resident_bytes(), start = bench_measure_cpu_ns(), ns, after;

    if (heap->path == BENCH_PATH_PYMALLOC)
        return; /* it has nothing of the kind */
    if (heap->path == BENCH_PATH_RT)
        rt_trim(heap->rt);
    else
        trim_malloc();
    ns = bench_measure_cpu_ns() - start;
    after = bench_apart_resident_bytes();
    figures->trimmed = ((double)after - (double)base_bytes) / (double)live_bytes;
    if (before > after)
        figures->trim_ns_per_page = (double)ns / ((double)(before - after) / 4096);
}

static void
measure_memory(const struct heap *heap, enum operation operation, uint64_t base_bytes,
               struct figures *figures) {
    uint64_t live_bytes = 0;
    size_t chosen;

    figures->ns = time_fill(heap);
    if (operation == LIVE) {
        for (size_t i = 0; i < heap->count; i++)
            live_bytes += heap->sizes[i];
        figures->resident = resident_ratio(base_bytes, live_bytes);
        return;
    }
    chosen = choose_nine_in_ten(heap, operation, &live_bytes);
    figures->ns = time_drain(heap, chosen);
    figures->kept = resident_ratio(base_bytes, live_bytes);
    measure_trim(heap, base_bytes, live_bytes, figures);
}

/* ---- Big passes: running ------------------------------------------------------------------------ */

static int
prepare_heap(const struct job *job, struct heap *heap) {
    size_t many = job->micro->many; /* replacements have as many picks, whatever their count */

    heap->path = bench_subject_path(job->subject);
    heap->count = job->count;
    heap->sizes = bench_apart_map(many * sizeof *heap->sizes);
    heap->order = bench_apart_map(many * sizeof *heap->order);
    heap->slots = bench_apart_map(many * sizeof *heap->slots);
    heap->spare = bench_apart_map(many * sizeof *heap->spare);
    if (heap->sizes == NULL || heap->order == NULL || heap->slots == NULL || heap->spare == NULL)
        return -ENOMEM;
    bench_mix_sizes(SEED, heap->sizes, many);
    bench_mix_order(SEED + 1, heap->order, many);
    bench_apart_warm(many * WARM_BYTES);
    return 0;
}

/* In a process of its own, which ends with it: nothing is given back. */
static int
pass(const void *job_pointer, void *result) {
    const struct job *job = job_pointer;
    struct figures *figures = result;
    struct heap heap = {0};
    uint64_t base_bytes;
    int error = prepare_heap(job, &heap);

    if (error < 0)
        return error;
    base_bytes = bench_apart_resident_bytes();
    error = bench_micro_heap_create(job->micro, job->subject, &heap.rt);
    if (error < 0)
        return error;
    if (job->operation >= LIVE) {
        measure_memory(&heap, job->operation, base_bytes, figures);
    } else if (job->operation == REPLACE) {
        figures->ns = time_replace(&heap, job->micro);
    } else {
        figures->ns = time_fill(&heap);
        if (job->operation != FRESH) {
            arrange(&heap, job->operation);
            figures->ns = time_drain(&heap, heap.count);
        }
        if (job->operation == AGAIN)
            figures->ns = time_fill(&heap);
    }
    return 0;
}

static void
report_memory(struct bench_gbench_state *state, const struct figures *figures) {
    const struct {
        const char *name;
        double value; /* 0: not measured */
    } counters[] = {
        {"resident_ratio", figures->resident},
        {"kept_ratio", figures->kept},
        {"trimmed_ratio", figures->trimmed},
        {"trim_ns_per_page", figures->trim_ns_per_page},
    };

    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        if (counters[i].value != 0)
            bench_gbench_counter(state, counters[i].name, counters[i].value, BENCH_GBENCH_PLAIN);
}

static void
run_apart(struct bench_gbench_state *state) {
    const struct job *job = bench_gbench_context(state);
    struct figures figures = {0};
    /* Replacements are many, whatever the number of live blocks; of a million one in ten stays. */
    int64_t operations = job->operation == REPLACE     ? job->micro->many
                         : job->operation >= KEPT_RUNS ? job->count - job->count / 10
                                                       : job->count;

    while (bench_gbench_batch(state, operations)) {
        int error = bench_apart_run(pass, job, &figures, sizeof figures);
        if (error < 0)
            bench_gbench_fail(state, error == -ECHILD ? "the pass's process ended early"
                                                      : strerror(-error));
        else
            bench_gbench_took_ns(state, figures.ns);
    }
    if (job->operation >= LIVE && !bench_gbench_failed(state))
        report_memory(state, &figures);
}

/* ---- Registering -------------------------------------------------------------------------------- */

struct row {
    enum operation operation;
    const char *name; /* with a %u for the count, or the whole of it */
    uint32_t count;   /* 0: as many as there are */
};

static const struct row rows[] = {
    {PAIR, "pair/%u", 16},          {PAIR, "pair/%u", 32},
    {PAIR, "pair/%u", 48},          {PAIR, "pair/%u", 64},
    {PAIR, "pair/%u", 128},         {PAIR, "pair/%u", 256},
    {PAIR, "pair/%u", 512},         {PAIRS64, "pairs64/mixed", 0},
    {FRESH, "fresh/%u", 0},         {FREE_FIFO, "free_fifo/%u", 0},
    {FREE_LIFO, "free_lifo/%u", 0}, {FREE_RANDOM, "free_random/%u", 0},
    {AGAIN, "again/%u", 0},         {REPLACE, "replace/%u", 10000},
    {REPLACE, "replace/%u", 0},     {LIVE, "live/%u", 0},
    {KEPT_RUNS, "kept/runs", 0},    {KEPT_RANDOM, "kept/random", 0},
};

static int
add_benchmark(const struct job *job, const char *row_name) {
    char operation[NAME_BYTES / 2], name[NAME_BYTES];
    bool is_hot = job->operation <= PAIRS64;
    struct bench_gbench *benchmark;

    snprintf(operation, sizeof operation, row_name, (unsigned)job->count);
    snprintf(name, sizeof name, "alloc/%s/%s", operation, bench_micro_subject_name(job->subject));
    benchmark = bench_gbench_add(name, is_hot ? run_hot : run_apart, job);
    if (benchmark == NULL)
        return -ENOMEM;
    return is_hot ? 0 : bench_gbench_use_manual_time(benchmark);
}

int
bench_alloc_register(const struct bench_micro *micro, void **ret_memory) {
    size_t row_count = sizeof rows / sizeof rows[0];
    struct job *jobs = calloc(row_count * BENCH_SUBJECT_ALLOCATORS, sizeof *jobs), *job = jobs;

    if (jobs == NULL)
        return -ENOMEM;
    for (size_t row = 0; row < row_count; row++)
        for (int subject = 0; subject < BENCH_SUBJECT_ALLOCATORS; subject++) {
            if (!micro->wanted[subject])
                continue;
            *job = (struct job){micro, rows[row].operation, (enum bench_subject)subject,
                                rows[row].count == 0 ? micro->many : rows[row].count};
            if (add_benchmark(job++, rows[row].name) < 0) {
                free(jobs);
                return -ENOMEM;
            }
        }
    *ret_memory = jobs;
    return 0;
}
