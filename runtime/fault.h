/* SPDX-License-Identifier: MIT
 *
 * fault.h: makes allocations fail on purpose.
 *
 * Every place that takes memory from a lower layer asks rt_fault_is_due() first: a request, an arena
 * to map, a table to grow, a large block. Attempts are counted from 1 over all of them, so a test that
 * walks alloc.fail_at forward until nothing fails has visited each one. Armed injection switches the
 * fast path off; unarmed it costs nothing there.
 */
#ifndef RUNTIME_FAULT_H
#define RUNTIME_FAULT_H

#include "runtime/context.h"

bool rt_fault_strike(struct rt *rt, size_t bytes);

static inline bool
rt_fault_is_due(struct rt *rt, size_t bytes) {
    return RT_UNLIKELY(rt->has_faults) && rt_fault_strike(rt, bytes);
}

#endif
