/* SPDX-License-Identifier: MIT
 *
 * word_heap_bench.c: the words of the collector, and of memory without objects. There are 64 lists, and
 * nothing else that the collector could examine.
 */
#include "bench/micro/word_subject.h"

#define RUN  BENCH_WORD_RUN
#define ROW  BENCH_WORD_ROW
#define END  bench_word_end
#define hide bench_word_hide
#define use  bench_word_use
#define drop bench_word_drop
#define MANY bench_word_drop_many

enum {
    LISTS = 64,
    BLOCK_BYTES = 48
};

/* ---- The collector ------------------------------------------------------------------------------ */

static void
begin_lists(struct bench_word *w) {
    en_settle(w->heap);
    for (size_t i = 0; i < LISTS; i++)
        w->many[i] = bench_object_made(en_list_new(w->heap, 0));
}

static void
end_enabled(struct bench_word *w) {
    en_gc_disable(w->heap);
    MANY(w);
}

static void
end_frozen(struct bench_word *w) {
    en_gc_unfreeze(w->heap);
    MANY(w);
}

static RT_ALWAYS_INLINE void
freeze_and_thaw(struct en_heap *heap) {
    en_gc_freeze(heap);
    en_gc_unfreeze(heap);
}

static RT_ALWAYS_INLINE int64_t
read_stats(struct en_heap *heap) {
    struct rt_gc_stats stats;

    en_gc_stats_read(heap, 0, &stats);
    bench_gbench_use(&stats);
    return 0;
}

static void
run_gc_set_thresholds(struct bench_word *w, size_t rounds) {
    int64_t thresholds[RT_GENERATIONS];

    for (int i = 0; i < RT_GENERATIONS; i++)
        thresholds[i] = en_gc_threshold(w->heap, i);
    for (size_t i = 0; i < rounds; i++) {
        en_gc_set_thresholds(w->heap, thresholds);
        bench_word_end_round();
    }
}

static void
count_object(struct en_object *object, void *count) {
    (void)object;
    ++*(int64_t *)count;
}

static RT_ALWAYS_INLINE int64_t
visit_all(struct en_heap *heap) {
    int64_t count = 0;

    (void)en_gc_visit(heap, 0, count_object, &count);
    return count;
}

static RT_ALWAYS_INLINE int64_t
visit_referents(struct en_heap *heap, struct en_object *object) {
    int64_t count = 0;

    (void)en_gc_visit_referents(heap, object, count_object, &count);
    return count;
}

RUN(gc_collect, bench_object_done((int)en_gc_collect(heap, 0)))
RUN(gc_enable, en_gc_enable(heap))
RUN(gc_disable, en_gc_disable(heap))
RUN(gc_is_enabled, use(en_gc_is_enabled(heap)))
RUN(gc_threshold, use(en_gc_threshold(heap, 0)))
RUN(gc_count, use(en_gc_count(heap, 0)))
RUN(gc_stats_read, use(read_stats(heap)))
RUN(gc_freeze, freeze_and_thaw(heap))
RUN(gc_frozen_count, use((int64_t)en_gc_frozen_count(heap)))
RUN(settle, en_settle(heap))
RUN(gc_objects, drop(heap, en_gc_objects(heap, 0)))
RUN(gc_garbage, use((intptr_t)en_gc_garbage(heap)))
RUN(gc_visit, use(visit_all(heap)))
RUN(gc_visit_referents, use(visit_referents(heap, w->many[0])))
RUN(safe_point, en_safe_point(heap))
RUN(manual_point, use(en_manual_point(heap)))
RUN(idle_window, use(en_idle_window(heap)))

/* ---- Memory without objects --------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void *
allocate(struct en_heap *heap, size_t size) {
    char *block = en_alloc(heap, size);

    if (RT_UNLIKELY(block == NULL))
        abort();
    *block = 1;
    bench_gbench_use(block);
    return block;
}

/* `many` are blocks here, each with the one before in it. */
static void
begin_blocks(struct bench_word *w) {
    w->block = NULL;
    for (size_t i = 0; i < BENCH_WORD_PASS; i++) {
        void **block = allocate(w->heap, BLOCK_BYTES);
        *block = w->block;
        w->block = block;
    }
}

static void
begin_block(struct bench_word *w) {
    w->block = allocate(w->heap, BLOCK_BYTES);
}

static void
end_block(struct bench_word *w) {
    en_free(w->heap, w->block, BLOCK_BYTES);
}

static void
end_blocks(struct bench_word *w) {
    (void)w;
}

static RT_ALWAYS_INLINE void
free_one(struct bench_word *w) {
    void **block = w->block;

    w->block = *block;
    en_free(w->heap, block, BLOCK_BYTES);
}

/* Twice as large, or as small as it was. */
static RT_ALWAYS_INLINE void
resize(struct bench_word *w, size_t from, size_t to) {
    w->block = en_realloc(w->heap, w->block, from, to);
    if (RT_UNLIKELY(w->block == NULL))
        abort();
    bench_gbench_use(w->block);
}

static void
run_realloc(struct bench_word *w, size_t rounds) {
    for (size_t i = 0; i < rounds / 2; i++) {
        resize(w, BLOCK_BYTES, 2 * BLOCK_BYTES);
        resize(w, 2 * BLOCK_BYTES, BLOCK_BYTES);
    }
}

RUN(alloc, en_free(heap, allocate(heap, BLOCK_BYTES), BLOCK_BYTES))
RUN(free, free_one(w))

/* CPython does not count bytes, and drops its free lists in its own full collections. */
#if defined(ENGINE_CPYTHON)
#define run_live_bytes       NULL
#define run_free_lists_clear NULL
#else
RUN(live_bytes, use(en_live_bytes(heap)))
RUN(free_lists_clear, en_free_lists_clear(heap))
#endif

const struct bench_word_row BENCH_WORD_ROWS(heap)[] = {
    ROW(gc_collect, begin_lists, MANY, 0),
    ROW(gc_enable, begin_lists, end_enabled, 0),
    ROW(gc_disable, begin_lists, MANY, 0),
    ROW(gc_is_enabled, begin_lists, MANY, 0),
    ROW(gc_set_thresholds, begin_lists, MANY, 0),
    ROW(gc_threshold, begin_lists, MANY, 0),
    ROW(gc_count, begin_lists, MANY, 0),
    ROW(gc_stats_read, begin_lists, MANY, 0),
    ROW(gc_freeze, begin_lists, end_frozen, 0),
    ROW(gc_frozen_count, begin_lists, MANY, 0),
    ROW(settle, begin_lists, MANY, 0),
    ROW(gc_objects, begin_lists, MANY, 0),
    ROW(gc_garbage, begin_lists, MANY, 0),
    ROW(gc_visit, begin_lists, MANY, 0),
    ROW(gc_visit_referents, begin_lists, MANY, 0),
    ROW(safe_point, begin_lists, MANY, 0),
    ROW(manual_point, begin_lists, MANY, 0),
    ROW(idle_window, begin_lists, MANY, 0),
    ROW(alloc, begin_block, end_block, 0),
    ROW(realloc, begin_block, end_block, 0),
    ROW(free, begin_blocks, end_blocks, BENCH_WORD_PASS),
    ROW(live_bytes, begin_lists, MANY, 0),
    ROW(free_lists_clear, begin_lists, MANY, 0),
    {0},
};
