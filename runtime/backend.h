/* SPDX-License-Identifier: MIT
 *
 * backend.h: what alloc.backend chooses between.
 */
#ifndef RUNTIME_BACKEND_H
#define RUNTIME_BACKEND_H

#include "runtime/context.h"

struct rt_backend_ops {
    bool uses_pools;              /* small requests are served from pools */
    bool lists_large;             /* addresses of large blocks are kept */
    bool is_plain;                /* nothing around a block: the fast path may serve it */
    int64_t fill_new, fill_freed; /* when the knobs leave it to the backend; -1: none */

    /* pre: bytes > 0. NULL: out of memory. */
    void *(*alloc)(struct rt *rt, size_t bytes, bool is_zeroed);
    /* False: the block is bad; it was reported and left alone. */
    bool (*free)(struct rt *rt, void *block, size_t bytes);
    /* NULL: out of memory or a bad block (reported); the old one is as it was. */
    void *(*realloc)(struct rt *rt, void *block, size_t old_bytes, size_t bytes);
};

const struct rt_backend_ops *rt_backend_ops(int64_t backend);

/* Announces a bad block, says it on the terminal, and ends the process if so configured. */
void rt_backend_report(struct rt *rt, enum rt_event_kind kind, const void *address,
                       const char *text);

#endif
