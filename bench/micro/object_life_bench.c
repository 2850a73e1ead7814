/* SPDX-License-Identifier: MIT
 *
 * object_life_bench.c: what an object's life costs: making it and letting go of it at once, making a
 * million that stay, and letting go of those in order.
 *
 * Classes come in two layouts, `instance` with attributes of any name and `slots` with two slots. The
 * number behind is how many attributes are set: 2 to objects that are there already, 2f to two new
 * floats.
 *
 * One more of each kind lives meanwhile, so that the pools of its blocks do not come and go. Before that,
 * classes are given some instances to settle by: the room for attributes shrinks with each of the first
 * thirty.
 */
#include "bench/micro/object_subject.h"

#include <errno.h>

#include "bench/measure.h"
#include "bench/micro/apart.h"

enum {
    WARM_BYTES = 160, /* for each object: more than any of them needs */
    SETTLE = 64
};

enum kind {
    LIST,
    TUPLE3,
    FLOAT,
    INT,
    DICT2,
    INSTANCE2,
    INSTANCE2F,
    SLOTS2,
    SLOTS2F,
    INSTANCE0,
    SLOTS0
};

static RT_ALWAYS_INLINE struct en_object *
make_instance2(const struct bench_object_home *home, struct en_object *class_object) {
    struct en_object *instance = bench_object_made(en_instance_new(home->heap, class_object));

    bench_object_done(en_attr_set(home->heap, instance, home->names[0], home->values[0]));
    bench_object_done(en_attr_set(home->heap, instance, home->names[1], home->values[1]));
    return instance;
}

static RT_ALWAYS_INLINE struct en_object *
make_instance2f(const struct bench_object_home *home, struct en_object *class_object) {
    struct en_object *instance = bench_object_made(en_instance_new(home->heap, class_object));

    for (size_t i = 0; i < 2; i++) {
        struct en_object *value = bench_object_made(en_float(home->heap, 1.5));
        bench_object_done(en_attr_set(home->heap, instance, home->names[i], value));
        en_decref(home->heap, value);
    }
    return instance;
}

static RT_ALWAYS_INLINE struct en_object *
make_dict2(const struct bench_object_home *home) {
    struct en_object *dict = bench_object_made(en_dict_new(home->heap));

    bench_object_done(en_dict_set(home->heap, dict, home->names[0], home->values[0]));
    bench_object_done(en_dict_set(home->heap, dict, home->names[1], home->values[1]));
    return dict;
}

static RT_ALWAYS_INLINE struct en_object *
make(const struct bench_object_home *home, enum kind kind, size_t number) {
    switch (kind) {
    case LIST:
        return bench_object_made(en_list_new(home->heap, bench_gbench_hide(0)));
    case TUPLE3:
        return bench_object_made(en_tuple_pack(home->heap, home->values, bench_gbench_hide(3)));
    case FLOAT:
        return bench_object_made(en_float(home->heap, 1.5));
    case INT:
        return bench_object_made(en_int(home->heap, (int64_t)bench_gbench_hide(number | 0x10000)));
    case DICT2:
        return make_dict2(home);
    case INSTANCE2:
        return make_instance2(home, home->plain);
    case INSTANCE2F:
        return make_instance2f(home, home->plain);
    case SLOTS2:
        return make_instance2(home, home->slotted);
    case SLOTS2F:
        return make_instance2f(home, home->slotted);
    case INSTANCE0:
        return bench_object_made(en_instance_new(home->heap, home->plain));
    default:
        return bench_object_made(en_instance_new(home->heap, home->slotted));
    }
}

/* ---- Made and dropped --------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void
loop_kind(struct bench_gbench_state *state, const struct bench_object_home *home, enum kind kind) {
    struct en_object *neighbour;

    for (size_t i = 0; i < SETTLE; i++)
        en_decref(home->heap, make(home, kind, i));
    neighbour = make(home, kind, 0);
    for (int64_t n; (n = bench_gbench_next(state)) > 0;)
        for (; n > 0; n--)
            en_decref(home->heap, make(home, kind, (size_t)n & 0xffff));
    en_decref(home->heap, neighbour);
}

static void
loop_list(struct bench_gbench_state *state, const struct bench_object_home *home,
          const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, LIST);
}

static void
loop_tuple3(struct bench_gbench_state *state, const struct bench_object_home *home,
            const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, TUPLE3);
}

static void
loop_float(struct bench_gbench_state *state, const struct bench_object_home *home,
           const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, FLOAT);
}

static void
loop_int(struct bench_gbench_state *state, const struct bench_object_home *home,
         const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, INT);
}

static void
loop_dict2(struct bench_gbench_state *state, const struct bench_object_home *home,
           const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, DICT2);
}

static void
loop_instance2(struct bench_gbench_state *state, const struct bench_object_home *home,
               const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, INSTANCE2);
}

static void
loop_instance2f(struct bench_gbench_state *state, const struct bench_object_home *home,
                const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, INSTANCE2F);
}

static void
loop_slots2(struct bench_gbench_state *state, const struct bench_object_home *home,
            const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, SLOTS2);
}

static void
loop_slots2f(struct bench_gbench_state *state, const struct bench_object_home *home,
             const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, SLOTS2F);
}

static void
loop_instance0(struct bench_gbench_state *state, const struct bench_object_home *home,
               const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, INSTANCE0);
}

static void
loop_slots0(struct bench_gbench_state *state, const struct bench_object_home *home,
            const struct bench_object_job *job) {
    (void)job;
    loop_kind(state, home, SLOTS0);
}

/* ---- Kept --------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void
fill_kind(const struct bench_object_home *home, enum kind kind, struct en_object **slots,
          size_t count) {
    for (size_t i = 0; i < count; i++)
        slots[i] = make(home, kind, i);
}

static RT_NOINLINE void
fill(const struct bench_object_home *home, enum kind kind, struct en_object **slots, size_t count) {
    switch (kind) {
    case LIST:
        fill_kind(home, LIST, slots, count);
        break;
    case FLOAT:
        fill_kind(home, FLOAT, slots, count);
        break;
    case INSTANCE2:
        fill_kind(home, INSTANCE2, slots, count);
        break;
    default:
        fill_kind(home, SLOTS2, slots, count);
    }
}

static RT_NOINLINE void
drain(const struct bench_object_home *home, struct en_object **slots, size_t count) {
    for (size_t i = 0; i < count; i++)
        en_decref(home->heap, slots[i]);
}

/* Room for what is to be kept, on memory that is warm. */
static struct en_object **
prepare_slots(size_t count) {
    struct en_object **slots = bench_apart_map(count * sizeof *slots);

    bench_apart_warm(count * WARM_BYTES);
    return slots;
}

static int
pass_kept(const struct bench_object_home *home, const struct bench_object_job *job,
          struct bench_object_figures *ret_figures) {
    struct en_object **slots = prepare_slots(job->count);
    uint64_t base_bytes = bench_apart_resident_bytes(), start;

    if (slots == NULL)
        return -ENOMEM;
    start = bench_measure_cpu_ns();
    fill(home, (enum kind)job->row->what, slots, job->count);
    ret_figures->ns = bench_measure_cpu_ns() - start;
    ret_figures->resident_bytes =
        ((double)bench_apart_resident_bytes() - (double)base_bytes) / job->count;
    return 0;
}

static int
pass_release(const struct bench_object_home *home, const struct bench_object_job *job,
             struct bench_object_figures *ret_figures) {
    struct en_object **slots = prepare_slots(job->count);
    uint64_t start;

    if (slots == NULL)
        return -ENOMEM;
    fill(home, (enum kind)job->row->what, slots, job->count);
    start = bench_measure_cpu_ns();
    drain(home, slots, job->count);
    ret_figures->ns = bench_measure_cpu_ns() - start;
    return 0;
}

const struct bench_object_row BENCH_OBJECT_ROWS(life)[] = {
    {"create_drop/list", .loop = loop_list},
    {"create_drop/tuple3", .loop = loop_tuple3},
    {"create_drop/float", .loop = loop_float},
    {"create_drop/int", .loop = loop_int},
    {"create_drop/dict2", .loop = loop_dict2},
    {"create_drop/instance2", .loop = loop_instance2},
    {"create_drop/instance2f", .loop = loop_instance2f},
    {"create_drop/slots2", .loop = loop_slots2},
    {"create_drop/slots2f", .loop = loop_slots2f},
    {"create_drop/instance0", .loop = loop_instance0},
    {"create_drop/slots0", .loop = loop_slots0},
    {"kept/list/%u", .pass = pass_kept, .is_apart = true, .what = LIST},
    {"kept/float/%u", .pass = pass_kept, .is_apart = true, .what = FLOAT},
    {"kept/instance2/%u", .pass = pass_kept, .is_apart = true, .what = INSTANCE2},
    {"kept/slots2/%u", .pass = pass_kept, .is_apart = true, .what = SLOTS2},
    {"release/list/%u", .pass = pass_release, .is_apart = true, .what = LIST},
    {"release/float/%u", .pass = pass_release, .is_apart = true, .what = FLOAT},
    {"release/instance2/%u", .pass = pass_release, .is_apart = true, .what = INSTANCE2},
    {"release/slots2/%u", .pass = pass_release, .is_apart = true, .what = SLOTS2},
    {0},
};
