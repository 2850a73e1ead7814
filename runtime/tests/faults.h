/* SPDX-License-Identifier: MIT
 *
 * faults.h: walks through the allocations of one operation, of which the next one fails each time.
 */
#ifndef RUNTIME_TESTS_FAULTS_H
#define RUNTIME_TESTS_FAULTS_H

#include "runtime/tests/heap.h"

#include "runtime/context.h"

static const char *const test_backends[] = {"alloc.backend=pool", "alloc.backend=system",
                                            "alloc.backend=debug"};

/* A context in which allocations can be made to fail, and none does so far. */
static inline struct rt *
test_create_fallible(const char *backend) {
    return test_create(NULL, backend, "alloc.fail_at=1000000000", NULL);
}

/* Of the attempts from now on the n-th fails, counted from 1; 0: none. */
static inline void
test_fail_at(struct rt *rt, uint64_t n) {
    rt->config.alloc_fail_at = n == 0 ? 1000000000 : (int64_t)(rt->fault_attempts + n);
}

/* A number of which the compiler knows nothing, and so has nothing to say. */
static inline size_t
test_hidden(size_t number) {
    volatile size_t value = number;

    return value;
}

#endif
