/* SPDX-License-Identifier: MIT
 *
 * trace_model.h: random requests from random lines, and what tracing has to know of them: a plain array of the
 * blocks there are, with the line each was allocated or resized at.
 */
#ifndef RUNTIME_TESTS_TRACE_MODEL_H
#define RUNTIME_TESTS_TRACE_MODEL_H

#include "runtime/tests/heap.h"
#include "runtime/tests/seed.h"

enum {
    TRACE_MODEL_BLOCKS = 400,
    TRACE_MODEL_STEPS = 20000,
    TRACE_MODEL_LINES = 30,
};

struct trace_model_block {
    char *address; /* NULL: none */
    size_t bytes;
    uint32_t line; /* 0: it is not traced */
};

struct trace_model {
    struct rt *rt;
    struct test_random random;
    struct trace_model_block blocks[TRACE_MODEL_BLOCKS];
    size_t bytes_max; /* of a block */
    size_t bytes, peak_bytes;
};

static inline void
trace_model_count(struct trace_model *model, const struct trace_model_block *block, int sign) {
    if (block->line == 0)
        return;
    model->bytes += (size_t)sign * block->bytes;
    if (model->bytes > model->peak_bytes)
        model->peak_bytes = model->bytes;
}

static inline void
trace_model_step(struct trace_model *model) {
    struct trace_model_block *block =
        &model->blocks[test_random_below(&model->random, TRACE_MODEL_BLOCKS)];
    struct trace_model_block old = *block;
    uint32_t line = 1 + (uint32_t)test_random_below(&model->random, TRACE_MODEL_LINES);
    size_t bytes = 1 + (size_t)test_random_below(&model->random, model->bytes_max);

    rt_trace_at(model->rt, line);
    if (old.address != NULL && test_random_below(&model->random, 3) > 0) {
        rt_free(model->rt, old.address, old.bytes);
        *block = (struct trace_model_block){.address = NULL};
    } else {
        *block = (struct trace_model_block){
            .address = rt_realloc(model->rt, old.address, old.bytes, bytes),
            .bytes = bytes,
            .line = rt_trace_is_on(model->rt) ? line : 0};
    }
    trace_model_count(model, &old, -1);
    trace_model_count(model, block, 1);
}

static inline void
trace_model_free_all(struct trace_model *model) {
    for (size_t i = 0; i < TRACE_MODEL_BLOCKS; i++) {
        rt_free(model->rt, model->blocks[i].address, model->blocks[i].bytes);
        trace_model_count(model, &model->blocks[i], -1);
        model->blocks[i] = (struct trace_model_block){.address = NULL};
    }
}

#endif
