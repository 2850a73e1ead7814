/* SPDX-License-Identifier: MIT
 *
 * engine_cpython_heap.h: beginning and ending CPython as an engine, for whoever runs programs on it.
 */
#ifndef WORKLOADS_ENGINE_CPYTHON_HEAP_H
#define WORKLOADS_ENGINE_CPYTHON_HEAP_H

#include "workloads/engine.h"

enum {
    EN_HEAD_BYTES = 16, /* before a container; another 16 before instances of 3.11 and later */
    EN_FLAGS_BEFORE_HEAD = 1 << 3 | 1 << 4,
    EN_CODE_ARITY_MAX = 2,
    EN_GENERATOR_BYTES = 152,
};

_Static_assert(sizeof(struct en_generator) <= EN_GENERATOR_BYTES, "slots come behind it");

/* -ENOMEM; -ENOSYS: this interpreter cannot be an engine, and has said why on stderr. */
int en_cpython_open(struct en_heap **ret_heap);
void en_cpython_close(struct en_heap *heap);

/* 0x030b02f0 for 3.11.2. */
unsigned en_cpython_version(void);

/* Called in a callback of the collector, with the dict that was made for calling it: takes that out of what
 * is counted. Where the counts are not exact it does nothing. */
void en_cpython_overlook(struct en_heap *heap, PyObject *info, int generation, bool is_start);

/* What en_cpython_count reads is exact, and reading makes no object. */
bool en_cpython_counts_are_exact(void);

#endif
