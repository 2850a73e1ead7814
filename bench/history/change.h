/* SPDX-License-Identifier: MIT
 *
 * history/change.h: where a series of figures changes its level.
 *
 * The method is hierarchical division, as E-divisive does it, on ranks. In a segment of the series each value is
 * replaced by its rank (equal ones share the mean of theirs), so that one wild value counts no more than the next
 * largest would, and the unit, the scale and the law of the noise do not matter. For a split at t and an end e
 * behind it, the runs [0, t) and [t, e), of a and b runs, are as different as
 *
 *     Q(t, e) = a b / (a + b) * (mean rank of [0, t) - mean rank of [t, e))^2
 *
 * and the segment's candidate is the split with the greatest Q. The end need not be that of the segment: a change that
 * was undone is found as well. A part has at least BENCH_HISTORY_CHANGE_LEAST runs, fewer cannot be told from
 * wild ones.
 *
 * The candidate is a change if chance does not explain it: the ranks are shuffled BENCH_HISTORY_CHANGE_SHUFFLES times, and
 * p is the share of the orders, the series' own among them, that have so great a Q somewhere. Looking in many
 * places is thus paid for. At p of at most BENCH_HISTORY_CHANGE_LUCK the segment is divided there and both parts are
 * looked at in the same way; of a series that never changes, so many in a hundred are found to change.
 *
 * Ranks have no eye for how large a step is. So each change is then moved, between its neighbours, to where the
 * distances of the values to the median of their side sum up to least, until none moves. In the end, levels that differ by less than a floor are made one, the most alike first.
 *
 * There is no p so small in a segment of fewer than BENCH_HISTORY_CHANGE_RUNS. The shuffles have a fixed seed: a
 * series has the same changes whenever it is asked for.
 */
#ifndef BENCH_HISTORY_CHANGE_H
#define BENCH_HISTORY_CHANGE_H

#include <stddef.h>

enum {
    BENCH_HISTORY_CHANGE_LEAST = 3,
    BENCH_HISTORY_CHANGE_RUNS = 10,
    BENCH_HISTORY_CHANGE_SHUFFLES = 999,
    BENCH_HISTORY_CHANGE_REACH =
        256 /* an end that is not the segment's lies at most so far behind the split */
};
#define BENCH_HISTORY_CHANGE_LUCK 0.02

struct bench_history_change {
    size_t at;            /* index of the first value of the new level */
    double before, after; /* medians of the segments on both sides, up to the next changes */
    double p;
};

/* Q of the best split of `count` ranks, and where it is; 0 and 0 when there is none. */
double bench_history_change_scan(const double *ranks, size_t count, size_t *ret_at);

/* Replaces values by their ranks from 1; `ret_ranks` has room for `count`. -ENOMEM. */
int bench_history_change_rank(const double *values, size_t count, double *ret_ranks);

/* The changes in rising order; free() them. Levels `before` and `after` differ by at least `floor` of the
 * smaller one (0.01: 1 %). -ENOMEM. */
int bench_history_change_find(const double *values, size_t count, double floor,
                              struct bench_history_change **ret_changes, size_t *ret_count);

#endif
