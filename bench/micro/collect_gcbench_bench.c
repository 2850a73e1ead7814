/* SPDX-License-Identifier: MIT
 *
 * collect_gcbench_bench.c: the old benchmark of collectors, GCBench (Ellis, Kovac and Boehm): binary trees
 * of several depths are made and dropped, while one tree and one array of floats live on.
 *
 * An operation is a node made and dropped. A run of depth d makes a tree of depth d + 2, which is dropped
 * at once; keeps one of depth d, and the array; and then, for depths from 4 to d in steps of two, makes
 * trees from the root down and as many from the leaves up, of each depth as many nodes as two of the
 * first tree have. Nodes are lists or tuples of two, leaves have None twice. A tuple cannot be changed,
 * so all trees of tuples are made from the leaves up.
 *
 * There is no cycle: everything goes when its last reference does, and what the collector does is for
 * nothing. Of the runs in one process the first is listened to, for how long collections take; that
 * costs CPython more than us, and the median of several runs hardly anything.
 */
#include "bench/micro/collect_subject.h"

#include <errno.h>

enum {
    SHALLOWEST = 4,
    ARRAY = 500000
};

enum {
    TUPLES = 1, /* or else lists */
    ON = 2      /* the collector */
};

static uint64_t
count_nodes(unsigned depth) {
    return (UINT64_C(1) << (depth + 1)) - 1;
}

/* ---- Trees -------------------------------------------------------------------------------------- */

/* Takes over what goes into it. */
static RT_ALWAYS_INLINE struct en_object *
make_pair(const struct bench_object_home *home, bool is_tuple, struct en_object *left,
          struct en_object *right) {
    struct en_object *pair;

    if (is_tuple) {
        pair = bench_object_made(en_tuple_new(home->heap, 2));
        en_tuple_put_steal(pair, 0, left);
        en_tuple_put_steal(pair, 1, right);
    } else {
        pair = bench_object_made(en_list_new(home->heap, 2));
        en_list_put_steal(pair, 0, left);
        en_list_put_steal(pair, 1, right);
    }
    return pair;
}

static RT_ALWAYS_INLINE struct en_object *
make_leaf(const struct bench_object_home *home, bool is_tuple) {
    struct en_object *left = en_incref(home->none), *right = en_incref(home->none);

    return make_pair(home, is_tuple, left, right);
}

static struct en_object *
make_tuples_up(const struct bench_object_home *home, unsigned depth) {
    struct en_object *left, *right;

    if (depth == 0)
        return make_leaf(home, true);
    left = make_tuples_up(home, depth - 1);
    right = make_tuples_up(home, depth - 1);
    return make_pair(home, true, left, right);
}

static struct en_object *
make_lists_up(const struct bench_object_home *home, unsigned depth) {
    struct en_object *left, *right;

    if (depth == 0)
        return make_leaf(home, false);
    left = make_lists_up(home, depth - 1);
    right = make_lists_up(home, depth - 1);
    return make_pair(home, false, left, right);
}

/* From the node down. */
static void
fill_lists(const struct bench_object_home *home, struct en_object *node, unsigned depth) {
    if (depth == 0)
        return;
    for (size_t i = 0; i < 2; i++) {
        struct en_object *child = make_leaf(home, false);
        en_list_set(home->heap, node, i, child);
        en_decref(home->heap, child);
    }
    for (size_t i = 0; i < 2; i++)
        fill_lists(home, bench_object_made(en_list_get(node, i)), depth - 1);
}

static struct en_object *
make_up(const struct bench_object_home *home, int what, unsigned depth) {
    return (what & TUPLES) != 0 ? make_tuples_up(home, depth) : make_lists_up(home, depth);
}

static struct en_object *
make_down(const struct bench_object_home *home, int what, unsigned depth) {
    struct en_object *root;

    if ((what & TUPLES) != 0)
        return make_tuples_up(home, depth);
    root = make_leaf(home, false);
    fill_lists(home, root, depth);
    return root;
}

/* ---- A run -------------------------------------------------------------------------------------- */

static struct en_object *
make_array(const struct bench_object_home *home) {
    struct en_object *array = bench_object_made(en_list_repeat(home->heap, home->none, ARRAY));

    for (size_t i = 0; i < ARRAY / 2; i++) {
        struct en_object *number = bench_object_made(en_float(home->heap, 1.0 / (double)(i + 1)));
        en_list_set(home->heap, array, i, number);
        en_decref(home->heap, number);
    }
    return array;
}

/* Gives the number of nodes made. */
static uint64_t
run_once(const struct bench_object_home *home, int what, unsigned depth) {
    uint64_t made = count_nodes(depth + 2) + count_nodes(depth);
    struct en_object *kept, *array;

    en_decref(home->heap, make_up(home, what, depth + 2));
    kept = make_down(home, what, depth);
    array = make_array(home);
    for (unsigned at = SHALLOWEST; at <= depth; at += 2) {
        uint64_t trees = 2 * count_nodes(depth + 2) / count_nodes(at);
        for (uint64_t i = 0; i < trees; i++)
            en_decref(home->heap, make_down(home, what, at));
        for (uint64_t i = 0; i < trees; i++)
            en_decref(home->heap, make_up(home, what, at));
        made += 2 * trees * count_nodes(at);
    }
    en_decref(home->heap, kept);
    en_decref(home->heap, array);
    return made;
}

/* As a program begins: nothing is waiting for the collector. */
static int
reset(const struct bench_collector *collector, bool is_on) {
    en_gc_disable(collector->home.heap);
    if (en_gc_collect(collector->home.heap, BENCH_COLLECT_OLDEST) != 0)
        return -EBADMSG;
    if (is_on)
        en_gc_enable(collector->home.heap);
    return 0;
}

static int
measure_gcbench(struct bench_collector *collector, const struct bench_collect_job *job,
                struct bench_collect_samples *samples) {
    struct bench_collect_pauses pauses = {0};
    int error = job->engine->listen(collector, &pauses);

    while (error == 0 && bench_collect_wants_more(job, samples)) {
        uint64_t start;
        error = reset(collector, (job->row->what & ON) != 0);
        pauses.longest_ns = samples->count == 0 ? 0 : pauses.longest_ns;
        start = bench_measure_cpu_ns();
        samples->operations = run_once(&collector->home, job->row->what, job->count);
        bench_collect_add(samples, bench_measure_cpu_ns() - start);
        if (error == 0 && samples->count == 1)
            error = job->engine->unlisten(collector, &pauses);
    }
    samples->longest_ms = (double)pauses.longest_ns / 1e6;
    return error;
}

const struct bench_collect_row BENCH_COLLECT_ROWS(gcbench)[] = {
    {"gcbench/lists/on/%u", measure_gcbench, 16, true, false, ON},
    {"gcbench/lists/off/%u", measure_gcbench, 16, true, true, 0},
    {"gcbench/tuples/on/%u", measure_gcbench, 16, true, false, TUPLES | ON},
    {"gcbench/tuples/off/%u", measure_gcbench, 16, true, true, TUPLES},
    {"gcbench/lists/on/%u", measure_gcbench, 18, true, true, ON},
    {"gcbench/lists/off/%u", measure_gcbench, 18, true, true, 0},
    {"gcbench/tuples/on/%u", measure_gcbench, 18, true, true, TUPLES | ON},
    {"gcbench/tuples/off/%u", measure_gcbench, 18, true, true, TUPLES},
    {0},
};
