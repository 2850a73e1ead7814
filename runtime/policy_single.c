/* SPDX-License-Identifier: MIT
 *
 * policy_single.c: one generation, examined as a whole whenever the heap has grown by a quarter.
 *
 * The work per new object is constant on a growing heap, and trash is at most a quarter of the heap. What
 * it costs is that every pause is a long one. Below four times threshold0 objects, that threshold decides.
 */
#include "runtime/gc_policy.h"

static int64_t
limit(const struct rt_gc_numbers *numbers) {
    int64_t quarter = numbers->long_lived_total / 4;

    if (numbers->threshold[0] == 0) {
        return INT64_MAX;
    }
    return quarter > numbers->threshold[0] ? quarter : numbers->threshold[0];
}

static int
due(const struct rt_gc_numbers *numbers) {
    return numbers->count[0] > limit(numbers) ? RT_GENERATIONS - 1 : RT_GC_NOTHING_DUE;
}

const struct rt_gc_policy rt_gc_policy_single = {
    .name = "single",
    .help = "one generation: everything, each time the heap has grown by a quarter",
    .threshold = {700, 10, 10},
    .limit = limit,
    .due = due,
};
