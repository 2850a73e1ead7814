/* SPDX-License-Identifier: MIT
 *
 * object_weak_bench.c: weak references: made and dropped, the only one of an object; asked for when there
 * is one already; and what calling back costs when the referent dies, for a referent of many references,
 * where its own death does not count, and for referents of one, where it is part of the figure.
 */
#include "bench/micro/object_subject.h"

#include "bench/measure.h"

enum {
    REFERENCES = 4096,
    EACH = 64, /* of one referent, which divides them */
    CALLBACK = 1
};

/* Another object's reference lives meanwhile, so that the pool does not come and go. */
static RT_ALWAYS_INLINE void
loop_weakref(struct bench_gbench_state *state, const struct bench_object_home *home,
             struct en_object *referent, struct en_object *callback) {
    struct en_object *other = bench_object_made(en_instance_new(home->heap, home->plain));
    struct en_object *neighbour = bench_object_made(en_weakref_new(home->heap, other, callback));

    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--)
            en_decref(home->heap,
                      bench_object_made(en_weakref_new(home->heap, referent, callback)));
    en_decref(home->heap, neighbour);
    en_decref(home->heap, other);
}

static void
loop_new(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    struct en_object *referent = bench_object_made(en_instance_new(home->heap, home->plain));

    loop_weakref(state, home, referent, job->row->what == CALLBACK ? home->callback : NULL);
    en_decref(home->heap, referent);
}

static void
loop_reuse(struct bench_gbench_state *state, const struct bench_object_home *home,
           const struct bench_object_job *job) {
    struct en_object *referent = bench_object_made(en_instance_new(home->heap, home->plain));
    struct en_object *reference = bench_object_made(en_weakref_new(home->heap, referent, NULL));

    (void)job;
    loop_weakref(state, home, referent, NULL);
    en_decref(home->heap, reference);
    en_decref(home->heap, referent);
}

static int
pass_dispatch(const struct bench_object_home *home, const struct bench_object_job *job,
              struct bench_object_figures *ret_figures) {
    size_t count = job->count, each = (size_t)job->row->what, referent_count = count / each;
    struct en_object *referents[REFERENCES] = {0}, *references[REFERENCES];
    uint64_t start;

    for (size_t i = 0; i < referent_count; i++)
        referents[i] = bench_object_made(en_instance_new(home->heap, home->plain));
    for (size_t i = 0; i < count; i++)
        references[i] =
            bench_object_made(en_weakref_new(home->heap, referents[i / each], home->callback));
    start = bench_measure_cpu_ns();
    for (size_t i = 0; i < referent_count; i++)
        en_decref(home->heap, referents[i]);
    ret_figures->ns = bench_measure_cpu_ns() - start;
    for (size_t i = 0; i < count; i++)
        en_decref(home->heap, references[i]);
    return 0;
}

const struct bench_object_row BENCH_OBJECT_ROWS(weak)[] = {
    {"weakref/create_drop", .loop = loop_new},
    {"weakref/callback", .loop = loop_new, .what = CALLBACK},
    {"weakref/reuse", .loop = loop_reuse},
    {"weakref/dispatch", .pass = pass_dispatch, .count = REFERENCES, .what = EACH},
    {"weakref/dispatch_one", .pass = pass_dispatch, .count = REFERENCES, .what = 1},
    {0},
};
