/* SPDX-License-Identifier: MIT
 *
 * alloc_ops.h: a model of a heap, and operations on it that a test or a fuzzer chooses.
 *
 * The model is a plain array of blocks with the size each was asked with and the byte it was filled
 * with. After any operation every live block still holds its bytes, no two overlap (a block's bytes
 * would change), and the counters are what the array says.
 */
#ifndef RUNTIME_TESTS_ALLOC_OPS_H
#define RUNTIME_TESTS_ALLOC_OPS_H

#include "runtime/rt.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    ALLOC_OPS_SLOTS = 512
};

struct alloc_ops_block {
    unsigned char *bytes; /* NULL: the slot is empty */
    size_t size;
    unsigned char fill;
};

struct alloc_ops {
    struct rt *rt;
    struct alloc_ops_block slots[ALLOC_OPS_SLOTS];
    uint64_t requested, live;
    unsigned char next_fill;
    const char *broken; /* what does not hold; NULL: all well */
};

static inline void
alloc_ops_check(struct alloc_ops *ops, const struct alloc_ops_block *block, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (block->bytes[i] != block->fill) {
            ops->broken = "a live block does not hold what was written to it";
            return;
        }
    }
    if (((uintptr_t)block->bytes & 15) != 0) {
        ops->broken = "a block is not aligned to 16 bytes";
    }
}

static inline void
alloc_ops_fill(struct alloc_ops *ops, struct alloc_ops_block *block) {
    block->fill = ops->next_fill++;
    memset(block->bytes, block->fill, block->size);
}

static inline size_t
alloc_ops_counted(size_t size) {
    return size == 0 ? 1 : size;
}

static inline void
alloc_ops_take(struct alloc_ops *ops, struct alloc_ops_block *block, size_t size, bool is_zeroed) {
    block->bytes = is_zeroed ? rt_alloc_zeroed(ops->rt, size) : rt_alloc(ops->rt, size);
    if (block->bytes == NULL) {
        return;
    }
    block->size = size;
    if (is_zeroed) {
        block->fill = 0;
        alloc_ops_check(ops, block, size);
    }
    alloc_ops_fill(ops, block);
    ops->requested += alloc_ops_counted(size);
    ops->live++;
}

static inline void
alloc_ops_give(struct alloc_ops *ops, struct alloc_ops_block *block) {
    alloc_ops_check(ops, block, block->size);
    rt_free(ops->rt, block->bytes, block->size);
    block->bytes = NULL;
    ops->requested -= alloc_ops_counted(block->size);
    ops->live--;
}

static inline void
alloc_ops_resize(struct alloc_ops *ops, struct alloc_ops_block *block, size_t size) {
    unsigned char *moved = rt_realloc(ops->rt, block->bytes, block->size, size);
    size_t kept = block->size < size ? block->size : size;

    if (moved == NULL) {
        alloc_ops_check(ops, block, block->size);
        return;
    }
    ops->requested += alloc_ops_counted(size) - alloc_ops_counted(block->size);
    block->bytes = moved;
    alloc_ops_check(ops, block, kept);
    block->size = size;
    alloc_ops_fill(ops, block);
}

/* One operation on one slot; `choice` is any number. */
static inline void
alloc_ops_step(struct alloc_ops *ops, size_t slot, size_t size, unsigned choice) {
    struct alloc_ops_block *block = &ops->slots[slot % ALLOC_OPS_SLOTS];

    if (block->bytes == NULL) {
        alloc_ops_take(ops, block, size, /* is_zeroed */ choice % 8 == 0);
    } else if (choice % 4 == 0) {
        alloc_ops_resize(ops, block, size);
    } else {
        alloc_ops_give(ops, block);
    }
    if (choice % 1021 == 0) {
        (void)rt_trim(ops->rt);
    }
}

/* NULL, or what does not hold. `text` gets the verifier's words. */
static inline const char *
alloc_ops_judge(struct alloc_ops *ops, struct rt_text *text) {
    uint64_t values[RT_STAT_COUNT];

    rt_stats_read(ops->rt, values);
    if (values[RT_STAT_LIVE_BLOCKS] != ops->live) {
        ops->broken = "live blocks are miscounted";
    }
    if (values[RT_STAT_LIVE_REQUESTED_BYTES] != ops->requested) {
        ops->broken = "live requested bytes are miscounted";
    }
    if (values[RT_STAT_ALLOCATIONS] - values[RT_STAT_FREES] != ops->live) {
        ops->broken = "allocations less frees are not what is live";
    }
    if (rt_verify(ops->rt, text) != 0) {
        ops->broken = text->data;
    }
    return ops->broken;
}

static inline void
alloc_ops_give_all(struct alloc_ops *ops) {
    for (size_t i = 0; i < ALLOC_OPS_SLOTS; i++) {
        if (ops->slots[i].bytes != NULL) {
            alloc_ops_give(ops, &ops->slots[i]);
        }
    }
}

#endif
