/* SPDX-License-Identifier: MIT
 *
 * word_code_bench.c: the words of what can be called: functions, cells, methods, generators.
 */
#include "bench/micro/word_subject.h"

#define RUN  BENCH_WORD_RUN
#define ROW  BENCH_WORD_ROW
#define END  bench_word_end
#define hide bench_word_hide
#define use  bench_word_use
#define drop bench_word_drop

enum {
    SLOTS = 2
};

/* ---- Functions, cells and methods --------------------------------------------------------------- */

static struct en_object *
return_none(struct en_heap *heap, struct en_self *self, struct en_object *const *args,
            size_t count) {
    (void)self;
    (void)args;
    (void)count;
    return en_incref(en_none(heap));
}

static struct en_object *
fail(struct en_heap *heap, struct en_self *self, struct en_object *const *args, size_t count) {
    (void)self;
    (void)args;
    (void)count;
    return en_fail(heap, ERANGE);
}

/* Asks for its data as often as that says. */
static struct en_object *
ask_data(struct en_heap *heap, struct en_self *self, struct en_object *const *args, size_t count) {
    const size_t *rounds = en_data(self);

    (void)args;
    (void)count;
    for (size_t i = *rounds; i > 0; i--) {
        struct en_self *same = self;
        __asm__ volatile("" : "+r"(same));
        bench_gbench_use(en_data(same));
    }
    return en_incref(en_none(heap));
}

static void
begin_with(struct bench_word *w, en_call_fn fn) {
    bench_object_done(en_code_init(w->heap, &w->code, fn, &w->rounds, 1));
    w->a = bench_object_made(en_function_new(w->heap, &w->code, NULL));
    w->b = bench_object_made(en_instance_new(w->heap, w->home.plain));
}

static void
begin_function(struct bench_word *w) {
    begin_with(w, return_none);
}

static void
begin_failure(struct bench_word *w) {
    begin_with(w, fail);
}

static void
begin_data(struct bench_word *w) {
    begin_with(w, ask_data);
}

static void
end_function(struct bench_word *w) {
    en_decref(w->heap, w->a);
    en_decref(w->heap, w->b);
    en_code_fini(w->heap, &w->code);
    w->a = w->b = NULL;
}

static void
begin_cell(struct bench_word *w) {
    w->a = bench_object_made(en_cell_new(w->heap, w->home.values[0]));
}

static void
run_data(struct bench_word *w, size_t rounds) {
    w->rounds = rounds;
    drop(w->heap, en_call(w->heap, w->a, &w->home.none, 1));
}

static RT_ALWAYS_INLINE int
call_in_vain(struct en_heap *heap, struct en_object *function, struct en_object *argument) {
    if (en_call(heap, function, &argument, 1) != NULL)
        abort();
    return en_error(heap);
}

static RT_ALWAYS_INLINE int
look_in_vain(struct en_heap *heap, struct en_object *instance, struct en_object *name) {
    if (en_attr_get(heap, instance, name) != NULL)
        abort();
    return en_error(heap);
}

RUN(function_new, drop(heap, en_function_new(heap, &w->code, NULL)))
RUN(cell_new, drop(heap, en_cell_new(heap, b)))
RUN(cell_get, use((intptr_t)en_cell_get(heap, hide(a))))
RUN(cell_set, en_cell_set(heap, hide(a), bench_word_value(w, i)))
RUN(method_new, drop(heap, en_method_new(heap, hide(a), hide(b))))
RUN(call, drop(heap, en_call(heap, hide(a), &w->home.none, 1)))
RUN(fail, use(call_in_vain(heap, hide(a), w->home.none)))
RUN(error, use(look_in_vain(heap, hide(b), w->home.names[0])))

/* ---- Generators --------------------------------------------------------------------------------- */

static struct en_object *
resume(struct en_heap *heap, struct en_object *generator, void *data) {
    (void)heap;
    (void)generator;
    return en_incref(data);
}

static void
begin_generator(struct bench_word *w) {
    w->a = bench_object_made(en_generator_new(w->heap, resume, w->home.none, SLOTS));
    for (size_t slot = 0; slot < SLOTS; slot++)
        en_generator_set_slot(w->heap, w->a, slot, w->home.values[slot]);
}

RUN(generator_new, drop(heap, en_generator_new(heap, resume, w->home.none, SLOTS)))
RUN(generator_next, drop(heap, en_generator_next(heap, hide(a))))
RUN(generator_slot, use((intptr_t)en_generator_slot(hide(a), i % SLOTS)))
RUN(generator_set_slot, en_generator_set_slot(heap, hide(a), i % SLOTS, bench_word_value(w, i)))
RUN(generator_position, use(en_generator_position(hide(a))))
RUN(generator_set_position, en_generator_set_position(hide(a), (int64_t)bench_gbench_hide(i)))

const struct bench_word_row BENCH_WORD_ROWS(code)[] = {
    ROW(function_new, begin_function, end_function, 0),
    ROW(call, begin_function, end_function, 0),
    ROW(data, begin_data, end_function, 0),
    ROW(fail, begin_failure, end_function, 0),
    ROW(error, begin_function, end_function, 0),
    ROW(cell_new, begin_cell, END, 0),
    ROW(cell_get, begin_cell, END, 0),
    ROW(cell_set, begin_cell, END, 0),
    ROW(method_new, begin_function, end_function, 0),
    ROW(generator_new, begin_generator, END, 0),
    ROW(generator_next, begin_generator, END, 0),
    ROW(generator_slot, begin_generator, END, 0),
    ROW(generator_set_slot, begin_generator, END, 0),
    ROW(generator_position, begin_generator, END, 0),
    ROW(generator_set_position, begin_generator, END, 0),
    {0},
};
