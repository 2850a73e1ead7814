/* SPDX-License-Identifier: MIT
 *
 * object_rt.h: the vocabulary of the objects' micro-benchmarks for our runtime. Only its public calls
 * are used. See object.h; object_cpython.h has the same for CPython.
 */
#ifndef BENCH_MICRO_OBJECT_RT_H
#define BENCH_MICRO_OBJECT_RT_H

#include "bench/micro/object.h"
#include "runtime/rt.h"

/* A family's rows for this engine. */
#define BENCH_OBJECT_ROWS(family) bench_object_##family##_rt

static RT_ALWAYS_INLINE void *
bench_object_share(void *object) {
    return rt_incref(object);
}

static RT_ALWAYS_INLINE void
bench_object_drop(const struct bench_object_home *home, void *object) {
    rt_decref(home->rt, object);
}

/* ---- Making ------------------------------------------------------------------------------------- */

static RT_ALWAYS_INLINE void *
bench_object_int(const struct bench_object_home *home, size_t value) {
    return bench_object_made(rt_int_new(home->rt, (int64_t)value));
}

static RT_ALWAYS_INLINE void *
bench_object_float(const struct bench_object_home *home, double value) {
    return bench_object_made(rt_float_new(home->rt, value));
}

static RT_ALWAYS_INLINE void *
bench_object_interned(const struct bench_object_home *home, const char *text) {
    return bench_object_made(rt_str_name(home->rt, text));
}

static RT_ALWAYS_INLINE void *
bench_object_tuple3(const struct bench_object_home *home, void *const *items) {
    struct rt_object *const three[3] = {items[0], items[1], items[2]};

    return bench_object_made(rt_tuple_pack(home->rt, three, bench_gbench_hide(3)));
}

/* The pairs steal what goes into them. */
static RT_ALWAYS_INLINE void *
bench_object_tuple2(const struct bench_object_home *home, void *left, void *right) {
    void *pair = bench_object_made(rt_tuple_new(home->rt, 2));

    rt_tuple_put_steal(pair, 0, left);
    rt_tuple_put_steal(pair, 1, right);
    return pair;
}

static RT_ALWAYS_INLINE void *
bench_object_list2(const struct bench_object_home *home, void *left, void *right) {
    void *pair = bench_object_made(rt_list_new(home->rt, 2));

    rt_list_put_steal(pair, 0, left);
    rt_list_put_steal(pair, 1, right);
    return pair;
}

static RT_ALWAYS_INLINE void *
bench_object_list(const struct bench_object_home *home, size_t length) {
    return bench_object_made(rt_list_new(home->rt, length));
}

static RT_ALWAYS_INLINE void *
bench_object_list_repeat(const struct bench_object_home *home, void *item, size_t length) {
    return bench_object_made(rt_list_repeat(home->rt, item, length));
}

static RT_ALWAYS_INLINE void *
bench_object_dict(const struct bench_object_home *home) {
    return bench_object_made(rt_dict_new(home->rt));
}

static RT_ALWAYS_INLINE void *
bench_object_instance(const struct bench_object_home *home, void *class_object) {
    return bench_object_made(rt_instance_new(home->rt, class_object));
}

/* `callback` may be NULL. */
static RT_ALWAYS_INLINE void *
bench_object_weakref(const struct bench_object_home *home, void *referent, void *callback) {
    return bench_object_made(rt_weakref_new(home->rt, referent, callback));
}

/* ---- Using -------------------------------------------------------------------------------------- */

/* Borrowed. */
static RT_ALWAYS_INLINE void *
bench_object_list_get(void *list, size_t index) {
    return bench_object_made(rt_list_get(list, index));
}

static RT_ALWAYS_INLINE void
bench_object_list_set(const struct bench_object_home *home, void *list, size_t index, void *item) {
    rt_list_set(home->rt, list, index, item);
}

static RT_ALWAYS_INLINE void
bench_object_list_append(const struct bench_object_home *home, void *list, void *item) {
    bench_object_done(rt_list_append(home->rt, list, item));
}

/* Borrowed. */
static RT_ALWAYS_INLINE void *
bench_object_dict_get(const struct bench_object_home *home, void *dict, void *key) {
    return bench_object_made(rt_dict_get(home->rt, dict, key));
}

static RT_ALWAYS_INLINE void
bench_object_dict_set(const struct bench_object_home *home, void *dict, void *key, void *value) {
    bench_object_done(rt_dict_set(home->rt, dict, key, value));
}

static RT_ALWAYS_INLINE void *
bench_object_attr_get(const struct bench_object_home *home, void *instance, void *name) {
    return bench_object_made(rt_attr_get(home->rt, instance, name));
}

static RT_ALWAYS_INLINE void
bench_object_attr_set(const struct bench_object_home *home, void *instance, void *name,
                      void *value) {
    bench_object_done(rt_attr_set(home->rt, instance, name, value));
}

#endif
