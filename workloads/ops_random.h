/* SPDX-License-Identifier: MIT
 *
 * ops_random.h: random op scripts, for holding engines against each other. A seed and the knobs say every letter of
 * one.
 */
#ifndef WORKLOADS_OPS_RANDOM_H
#define WORKLOADS_OPS_RANDOM_H

#include "runtime/rt.h"

struct wl_ops_random_knobs {
    int64_t statements; /* 0: 200 to 2000, as the seed says */
    int64_t names;
    int64_t mistakes; /* in a thousand: statements whose operands are anything at all */
    int64_t make, store, remove, weak, code, collect, look; /* how often, beside each other */
};

struct rt_knob_table wl_ops_random_knobs(void);

/* Random scripts are of these words alone, so that what hashes by address is in no set: its order would be
 * another on every engine. -ENOMEM; -EINVAL: every weight is 0. The text is the caller's to free(). */
int wl_ops_random(const struct wl_ops_random_knobs *knobs, uint64_t seed, char **ret_text,
                  size_t *ret_bytes);

#endif
