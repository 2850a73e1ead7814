/* SPDX-License-Identifier: MIT
 *
 * bullets_scratch.h: containers that a frame of workload bullets makes and drops: tuples, lists and dicts by
 * turns, each with one float in it, which is read back. All of a frame's are there at once.
 */
#ifndef WORKLOADS_BULLETS_SCRATCH_H
#define WORKLOADS_BULLETS_SCRATCH_H

#include <stdint.h>

#include "workloads/engine.h"

struct wl_bullets_scratch {
    struct en_heap *heap;
    struct en_object *key;    /* of the dicts; borrowed */
    struct en_object **items; /* `count` of them; NULL: not made */
    int64_t count;
};

/* With the numbers from `first` on. -1: a request failed; what was made stays until it is dropped. */
int wl_bullets_scratch_make(struct wl_bullets_scratch *scratch, int64_t first);

/* How many did not have their number. */
int64_t wl_bullets_scratch_drop(struct wl_bullets_scratch *scratch, int64_t first);

/* What so many ask for. */
int64_t wl_bullets_scratch_bytes(int64_t count);

#endif
