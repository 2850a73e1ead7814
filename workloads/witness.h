/* SPDX-License-Identifier: MIT
 *
 * witness.h: how a workload sees its trash go. Some of its objects are of a class with a finalizer; they are
 * its witnesses, or those are that hold them. When nobody but its own cycle refers to one any more it is
 * *dropped*, and when its finalizer runs it is *gone*. What was dropped and is not gone waits for the collector.
 *
 *   gone <= dropped, from when the workload says what it has dropped
 *   most  = the most that ever waited at once, which is reached when some are dropped; those that a workload
 *           drops first, and says so then, have not waited if they are gone by count
 */
#ifndef WORKLOADS_WITNESS_H
#define WORKLOADS_WITNESS_H

#include <stdint.h>

#include "workloads/engine.h"

struct wl_witness {
    int64_t made, dropped, gone, most;
};

static inline int64_t
wl_witness_waiting(const struct wl_witness *witness) {
    return witness->dropped - witness->gone;
}

static inline void
wl_witness_drop(struct wl_witness *witness, int64_t count) {
    witness->dropped += count;
    if (wl_witness_waiting(witness) > witness->most)
        witness->most = wl_witness_waiting(witness);
}

/* The finalizer of the witnesses' class; `data` is the struct. */
static inline void
wl_witness_go(struct en_heap *heap, struct en_object *self, void *data) {
    (void)heap;
    (void)self;
    ((struct wl_witness *)data)->gone++;
}

#endif
