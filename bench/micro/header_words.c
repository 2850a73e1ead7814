/* SPDX-License-Identifier: MIT
 *
 * header_words.c: a few operations, each written once with both names of what it calls. See header.h.
 */
#include "bench/micro/header.h"

#include <stdlib.h>

#include "bench/gbench.h"

#if defined(BENCH_HEADER_DIRECT)
#define CALL(word, direct) direct
#define NAME(operation)    bench_header_direct_##operation
#define ROWS               bench_header_direct
#else
#include "workloads/engine.h"
#define CALL(word, direct) word
#define NAME(operation)    bench_header_words_##operation
#define ROWS               bench_header_words
#endif

/* Both variants begin where a cache line does, and so are placed alike. */
#define RUN(operation, ...)                                                                        \
    static void __attribute__((aligned(64), noinline))                                             \
    NAME(operation)(const struct bench_header_things *t, size_t rounds) {                          \
        struct rt *rt = t->rt;                                                                     \
        for (size_t i = 0; i < rounds; i++) {                                                      \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
        (void)rt;                                                                                  \
    }
#define ROW(operation)                                                                             \
    { #operation, NAME(operation) }

#define DROP(object) CALL(en_decref, rt_decref)(rt, made(object))

static inline struct rt_object *
made(struct rt_object *object) {
    if (object == NULL)
        abort();
    bench_gbench_use(object);
    return object;
}

static inline void
done(int result) {
    if (result < 0)
        abort();
}

RUN(incref_decref, DROP(CALL(en_incref, rt_incref)(t->values[0])))
RUN(int, DROP(CALL(en_int, rt_int_new)(rt, 100000 + (int64_t)(i & 0xffff))))
RUN(float, DROP(CALL(en_float, rt_float_new)(rt, (double)(int64_t)i)))
RUN(tuple_pack, DROP(CALL(en_tuple_pack, rt_tuple_pack)(rt, t->values, 3)))
RUN(list_new, DROP(CALL(en_list_new, rt_list_new)(rt, 0)))
RUN(list_append, done(CALL(en_list_append, rt_list_append)(rt, t->empty, t->values[i & 1]));
    if (i % BENCH_HEADER_LENGTH == 0) CALL(en_list_clear, rt_list_clear)(rt, t->empty))
RUN(list_get, made(CALL(en_list_get, rt_list_get)(t->list, i % BENCH_HEADER_LENGTH)))
RUN(list_set,
    CALL(en_list_set, rt_list_set)(rt, t->list, i % BENCH_HEADER_LENGTH, t->values[i & 1]))
RUN(dict_get, made(CALL(en_dict_get, rt_dict_get)(rt, t->dict, t->names[i & 1])))
RUN(dict_set, done(CALL(en_dict_set, rt_dict_set)(rt, t->dict, t->names[i & 1], t->values[i & 1])))
RUN(set_contains, done(CALL(en_set_contains, rt_set_contains)(rt, t->set, t->names[i & 1])))
RUN(cell_get, made(CALL(en_cell_get(rt, t->cell), rt_cell_get(t->cell))))
RUN(attr_get, DROP(CALL(en_attr_get, rt_attr_get)(rt, t->instance, t->names[i & 1])))
RUN(attr_set,
    done(CALL(en_attr_set, rt_attr_set)(rt, t->instance, t->names[i & 1], t->values[i & 1])))
RUN(instance_new, DROP(CALL(en_instance_new, rt_instance_new)(rt, t->class_object)))
RUN(call, DROP(CALL(en_call, rt_call)(rt, t->function, t->values, 1)))

const struct bench_header_row ROWS[] = {
    ROW(incref_decref), ROW(int),      ROW(float),    ROW(tuple_pack), ROW(list_new),
    ROW(list_append),   ROW(list_get), ROW(list_set), ROW(dict_get),   ROW(dict_set),
    ROW(set_contains),  ROW(cell_get), ROW(attr_get), ROW(attr_set),   ROW(instance_new),
    ROW(call),          {NULL, NULL},
};
