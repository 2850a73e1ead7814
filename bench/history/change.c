/* SPDX-License-Identifier: MIT
 *
 * history/change.c: see history/change.h.
 *
 * Sums of ranks from the left make Q of any split and end a matter of a few operations, so a scan of n values
 * takes n * min(n, REACH) of them, and shuffling can stop as soon as p is known to be too large. With hundreds of
 * runs the whole takes tenths of a second.
 */
#include "bench/history/change.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/array.h"
#include "bench/summary.h"
#include "workloads/rng.h"

enum {
    LEAST = BENCH_HISTORY_CHANGE_LEAST
};

struct search {
    const double *values;
    double floor;
    double *ranks, *sorted; /* scratch, as long as the series */
    struct bench_history_change *changes;
    size_t count;
};

/* ---- One segment ------------------------------------------------------------------------------- */

static int
compare_values(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Index of the first of `sorted` that is not below `value`; `beyond`: that is above it. */
static size_t
find_bound(const double *sorted, size_t count, double value, bool beyond) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < value || (beyond && sorted[middle] == value))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* `sorted` has room for them. */
static void
rank(const double *values, size_t count, double *sorted, double *ret_ranks) {
    memcpy(sorted, values, count * sizeof(*values));
    qsort(sorted, count, sizeof(*sorted), compare_values);
    for (size_t i = 0; i < count; i++) {
        size_t below = find_bound(sorted, count, values[i], false);
        size_t upto = find_bound(sorted, count, values[i], true);
        ret_ranks[i] = (double)(below + 1 + upto) / 2;
    }
}

int
bench_history_change_rank(const double *values, size_t count, double *ret_ranks) {
    double *sorted = malloc((count ? count : 1) * sizeof(*sorted));
    if (!sorted)
        return -ENOMEM;
    rank(values, count, sorted, ret_ranks);
    free(sorted);
    return 0;
}

static double
find_difference(double left, size_t left_count, double right, size_t right_count) {
    double a = (double)left_count, b = (double)right_count;
    double difference = left / a - right / b;
    return a * b / (a + b) * difference * difference;
}

double
bench_history_change_scan(const double *ranks, size_t count, size_t *ret_at) {
    double best = 0, left = 0, total = 0;
    *ret_at = 0;
    for (size_t i = 0; i < count; i++)
        total += ranks[i];
    for (size_t at = 1; at + LEAST <= count; at++) {
        left += ranks[at - 1];
        if (at < LEAST)
            continue;
        double greatest = find_difference(left, at, total - left, count - at), right = 0;
        size_t reach = count - at;
        if (reach > BENCH_HISTORY_CHANGE_REACH)
            reach = BENCH_HISTORY_CHANGE_REACH;
        for (size_t length = 1; length <= reach; length++) {
            right += ranks[at + length - 1];
            double one = length < LEAST ? 0 : find_difference(left, at, right, length);
            greatest = one > greatest ? one : greatest;
        }
        if (greatest > best) {
            best = greatest;
            *ret_at = at;
        }
    }
    return best;
}

/* Share of orders with a Q of at least `found`; 1 as soon as it is sure to be more than luck. Shuffles. */
static double
find_p(double *ranks, size_t count, double found) {
    const int most = (int)(BENCH_HISTORY_CHANGE_LUCK * (BENCH_HISTORY_CHANGE_SHUFFLES + 1));
    const double rounding = 1e-9 * found; /* equal ones need not be so to the last bit */
    struct wl_rng rng;
    int as_great = 1;
    size_t at;
    wl_rng_init(&rng, count);
    for (int i = 0; i < BENCH_HISTORY_CHANGE_SHUFFLES && as_great <= most; i++) {
        for (size_t j = count - 1; j > 0; j--) {
            size_t k = wl_rng_below(&rng, (uint32_t)j + 1);
            double kept = ranks[j];
            ranks[j] = ranks[k];
            ranks[k] = kept;
        }
        as_great += bench_history_change_scan(ranks, count, &at) >= found - rounding;
    }
    return as_great > most ? 1 : as_great / (BENCH_HISTORY_CHANGE_SHUFFLES + 1.0);
}

/* ---- The series -------------------------------------------------------------------------------- */

static double
find_median(struct search *search, size_t begin, size_t end) {
    memcpy(search->sorted, search->values + begin, (end - begin) * sizeof(double));
    return bench_array_median(search->sorted, end - begin);
}

static bool
is_worth_it(double before, double after, double floor) {
    double smaller = fmin(fabs(before), fabs(after));
    return before != after && fabs(after - before) >= floor * smaller;
}

/* Appends the changes within [begin, end), in rising order. Parts nest at most as deep as there are changes. */
static void
divide(struct search *search, size_t begin, size_t end) {
    size_t count = end - begin, at;
    if (count < BENCH_HISTORY_CHANGE_RUNS)
        return;
    rank(search->values + begin, count, search->sorted, search->ranks);
    double found = bench_history_change_scan(search->ranks, count, &at);
    if (found <= 0)
        return;
    double p = find_p(search->ranks, count, found);
    if (p > BENCH_HISTORY_CHANGE_LUCK)
        return;
    divide(search, begin, begin + at);
    search->changes[search->count++] = (struct bench_history_change){.at = begin + at, .p = p};
    divide(search, begin + at, end);
}

/* Bounds of the segments in front of a change and behind it. */
static size_t
find_begin(const struct search *search, size_t i) {
    return i ? search->changes[i - 1].at : 0;
}

static size_t
find_end(const struct search *search, size_t i, size_t count) {
    return i + 1 < search->count ? search->changes[i + 1].at : count;
}

static void
find_levels(struct search *search, size_t count) {
    for (size_t i = 0; i < search->count; i++) {
        struct bench_history_change *change = &search->changes[i];
        change->before = find_median(search, find_begin(search, i), change->at);
        change->after = find_median(search, change->at, find_end(search, i, count));
    }
}

/* Moves a change to where the distances of all values to their side's level sum up to least; false: it is there. */
static bool
move(struct search *search, size_t i, size_t count) {
    struct bench_history_change *change = &search->changes[i];
    size_t begin = find_begin(search, i), end = find_end(search, i, count), best = change->at;
    double gain = 0, most = 0; /* of having [change->at, at) in front, negative to the left */
    for (size_t at = change->at; at + LEAST < end; at++) {
        double value = search->values[at];
        gain += fabs(value - change->after) - fabs(value - change->before);
        if (gain > most) {
            most = gain;
            best = at + 1;
        }
    }
    gain = 0;
    for (size_t at = change->at; at > begin + LEAST; at--) {
        double value = search->values[at - 1];
        gain += fabs(value - change->before) - fabs(value - change->after);
        if (gain > most) {
            most = gain;
            best = at - 1;
        }
    }
    bool moves = best != change->at;
    change->at = best;
    return moves;
}

/* Ranks say that there is a change, but have no eye for how large the step is at each place. */
static void
settle(struct search *search, size_t count) {
    bool moves = true;
    for (int round = 0; round < 10 && moves; round++) {
        moves = false;
        find_levels(search, count);
        for (size_t i = 0; i < search->count; i++)
            moves |= move(search, i, count);
    }
    find_levels(search, count);
}

/* Makes levels one that are not worth telling apart, the most alike first. */
static void
unite(struct search *search, size_t count) {
    for (;;) {
        size_t least = search->count;
        double least_step = INFINITY;
        for (size_t i = 0; i < search->count; i++) {
            const struct bench_history_change *change = &search->changes[i];
            double step = fabs(change->after - change->before);
            if (!is_worth_it(change->before, change->after, search->floor) && step < least_step) {
                least = i;
                least_step = step;
            }
        }
        if (least == search->count)
            return;
        memmove(&search->changes[least], &search->changes[least + 1],
                (--search->count - least) * sizeof(*search->changes));
        find_levels(search, count);
    }
}

int
bench_history_change_find(const double *values, size_t count, double floor,
                          struct bench_history_change **ret_changes, size_t *ret_count) {
    size_t room = count ? count : 1;
    struct search search = {
        .values = values,
        .floor = floor,
        .ranks = malloc(room * sizeof(double)),
        .sorted = malloc(room * sizeof(double)),
        .changes = malloc(room * sizeof(struct bench_history_change)),
    };
    bool has_room = search.ranks && search.sorted && search.changes;
    if (has_room) {
        divide(&search, 0, count);
        settle(&search, count);
        unite(&search, count);
    }
    free(search.ranks);
    free(search.sorted);
    if (!has_room) {
        free(search.changes);
        return -ENOMEM;
    }
    *ret_changes = search.changes;
    *ret_count = search.count;
    return 0;
}
