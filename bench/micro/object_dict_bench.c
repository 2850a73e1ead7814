/* SPDX-License-Identifier: MIT
 *
 * object_dict_bench.c: dicts, by interned strings and by ints. Insertion is of new keys, in the order
 * in which the keys were made, into a dict that is empty at first and grows. Look-ups are of keys that are
 * there, in random order, and with the very key object; they come from an array in that order, so that
 * what is waited for is the dict and the key.
 */
#include "bench/micro/object_subject.h"

#include <errno.h>
#include <stdio.h>

#include "bench/measure.h"
#include "bench/micro/apart.h"
#include "bench/micro/mix.h"

enum {
    SEED = 30,
    FEW = 1000,
    WARM_BYTES = 300 /* for each key: itself, its place among the interned, and in the dict */
};

enum key_type {
    STR,
    INT
};

struct keys {
    struct en_object **in_order, **shuffled;
};

/* Both arrays are the same memory mapping, and never given back where that is the process's end. */
static int
make_keys(const struct bench_object_home *home, const struct bench_object_job *job,
          struct keys *ret_keys) {
    size_t count = job->count;
    struct en_object **in_order = bench_apart_map(2 * count * sizeof *in_order);
    uint32_t *order = bench_apart_map(count * sizeof *order);

    if (in_order == NULL || order == NULL)
        return -ENOMEM;
    if (job->row->is_apart)
        bench_apart_warm(count * WARM_BYTES);
    for (size_t i = 0; i < count; i++) {
        char text[16];
        snprintf(text, sizeof text, "key%07u", (unsigned)i);
        in_order[i] = job->row->what == STR ? bench_object_made(en_name(home->heap, text))
                                            : bench_object_made(en_int(home->heap, (int64_t)i));
    }
    bench_mix_order(SEED, order, count);
    for (size_t i = 0; i < count; i++)
        in_order[count + i] = in_order[order[i]];
    bench_apart_unmap(order, count * sizeof *order);
    *ret_keys = (struct keys){in_order, in_order + count};
    return 0;
}

static void
drop_keys(const struct bench_object_home *home, const struct keys *keys, size_t count) {
    for (size_t i = 0; i < count; i++)
        en_decref(home->heap, keys->in_order[i]);
    bench_apart_unmap(keys->in_order, 2 * count * sizeof *keys->in_order);
}

static RT_NOINLINE struct en_object *
fill(const struct bench_object_home *home, const struct keys *keys, size_t count) {
    struct en_object *dict = bench_object_made(en_dict_new(home->heap));

    for (size_t i = 0; i < count; i++)
        bench_object_done(en_dict_set(home->heap, dict, keys->in_order[i], home->values[0]));
    return dict;
}

static RT_ALWAYS_INLINE void
look_up(const struct bench_object_home *home, struct en_object *dict, const struct keys *keys,
        size_t count) {
    for (size_t i = 0; i < count; i++)
        bench_object_made(en_dict_get(home->heap, dict, keys->shuffled[i]));
}

static void
loop_get(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    struct keys keys;
    struct en_object *dict;

    if (make_keys(home, job, &keys) < 0) {
        bench_gbench_fail(state, "no memory for the keys");
        return;
    }
    dict = fill(home, &keys, job->count);
    while (bench_gbench_batch(state, job->count))
        look_up(home, dict, &keys, job->count);
    en_decref(home->heap, dict);
    drop_keys(home, &keys, job->count);
}

/* Apart. */
static int
pass_get(const struct bench_object_home *home, const struct bench_object_job *job,
         struct bench_object_figures *ret_figures) {
    struct keys keys;
    uint64_t start;
    struct en_object *dict;
    int error = make_keys(home, job, &keys);

    if (error < 0)
        return error;
    dict = fill(home, &keys, job->count);
    start = bench_measure_cpu_ns();
    look_up(home, dict, &keys, job->count);
    ret_figures->ns = bench_measure_cpu_ns() - start;
    return 0;
}

static int
pass_insert(const struct bench_object_home *home, const struct bench_object_job *job,
            struct bench_object_figures *ret_figures) {
    struct keys keys;
    uint64_t start;
    struct en_object *dict;
    int error = make_keys(home, job, &keys);

    if (error < 0)
        return error;
    start = bench_measure_cpu_ns();
    dict = fill(home, &keys, job->count);
    ret_figures->ns = bench_measure_cpu_ns() - start;
    if (job->row->is_apart)
        return 0;
    en_decref(home->heap, dict);
    drop_keys(home, &keys, job->count);
    return 0;
}

const struct bench_object_row BENCH_OBJECT_ROWS(dict)[] = {
    {"dict/get/str/%u", .loop = loop_get, .count = FEW, .what = STR},
    {"dict/get/str/%u", .pass = pass_get, .is_apart = true, .what = STR},
    {"dict/get/int/%u", .loop = loop_get, .count = FEW, .what = INT},
    {"dict/get/int/%u", .pass = pass_get, .is_apart = true, .what = INT},
    {"dict/insert/str/%u", .pass = pass_insert, .count = FEW, .what = STR},
    {"dict/insert/str/%u", .pass = pass_insert, .is_apart = true, .what = STR},
    {"dict/insert/int/%u", .pass = pass_insert, .count = FEW, .what = INT},
    {"dict/insert/int/%u", .pass = pass_insert, .is_apart = true, .what = INT},
    {0},
};
