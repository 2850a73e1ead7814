/* SPDX-License-Identifier: MIT
 *
 * policy_adaptive.c: generations, with a youngest one that is larger the more has survived.
 *
 * The threshold of generation 0 is the given one and the square root of what has survived since the last
 * full collection (long_lived_pending). A program that builds up a large structure is interrupted less and less
 * often while it does; one whose objects die young is treated as by the generational policy.
 */
#include "runtime/gc_policy.h"

static int64_t
square_root(int64_t value) {
    int64_t root = 0;

    for (int64_t bit = INT64_C(1) << 31; bit != 0; bit >>= 1) {
        if ((root + bit) * (root + bit) <= value) {
            root += bit;
        }
    }
    return root;
}

static int64_t
limit(const struct rt_gc_numbers *numbers) {
    return numbers->threshold[0] == 0
               ? INT64_MAX
               : numbers->threshold[0] + square_root(numbers->long_lived_pending);
}

static int
due(const struct rt_gc_numbers *numbers) {
    struct rt_gc_numbers raised = *numbers;

    raised.threshold[0] = limit(numbers);
    return rt_gc_due_by_generation(&raised);
}

const struct rt_gc_policy rt_gc_policy_adaptive = {
    .name = "adaptive",
    .help = "generational, with threshold0 raised by the square root of what has survived",
    .threshold = {700, 10, 10},
    .limit = limit,
    .due = due,
};
