/* SPDX-License-Identifier: MIT
 *
 * dist.h: the laws that sizes and lifetimes are drawn from. Each law says its mean as well, because a
 * workload computes its peak of live bytes before it runs.
 *
 * All draws but wl_dist_geometric and wl_dist_zipf_draw are integer arithmetic. These take logarithms and
 * powers; their result is a whole number that two correct C libraries could disagree on once in about 2^50
 * draws.
 */
#ifndef WORKLOADS_DIST_H
#define WORKLOADS_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/rt.h"
#include "workloads/rng.h"

/* low <= result <= high; pre: low <= high, high - low < 2^32 - 1. */
uint32_t wl_dist_uniform(struct wl_rng *rng, uint32_t low, uint32_t high);
double wl_dist_uniform_mean(uint32_t low, uint32_t high);

/* 0, 1, 2, ... with the given mean, each less likely than the one before by the same factor; pre: mean > 0. */
uint32_t wl_dist_geometric(struct wl_rng *rng, double mean);

/* 0, 1, ..., count - 1, the k-th of them in proportion to 1 / (k + 1)^skew: popularity, with 0 the most popular.
 * Exact, by rejection (Hormann and Derflinger 1996), at the same cost for any count; pre: 0 < count < 2^32,
 * 0 <= skew <= 8. It takes powers and logarithms, so what is said of wl_dist_geometric is true of it. */
struct wl_dist_zipf {
    uint32_t count;
    double skew;
    double low, high; /* the integral of the law's hat, from where to where it is drawn */
    double sure; /* what is no farther below the number that it is rounded to is always right */
};

void wl_dist_zipf_init(struct wl_dist_zipf *zipf, uint32_t count, double skew);
uint32_t wl_dist_zipf_draw(const struct wl_dist_zipf *zipf, struct wl_rng *rng);

/* ---- Tables -------------------------------------------------------------------------------------
 * A table gives each value a weight. Once built (Walker's alias method, Vose's construction), a draw
 * costs the same for a table of any length. */

enum {
    WL_DIST_TABLE_ROWS = 64
};

struct wl_dist_row {
    uint32_t value, weight;
};

struct wl_dist_table {
    size_t count;
    uint32_t
        threshold[WL_DIST_TABLE_ROWS]; /* of 2^32: keep the row itself below, else take its alias */
    uint32_t value[WL_DIST_TABLE_ROWS], alias[WL_DIST_TABLE_ROWS];
};

/* pre: 0 < count <= WL_DIST_TABLE_ROWS, the weights' sum is above 0 and below 2^26. */
void wl_dist_table_init(struct wl_dist_table *table, const struct wl_dist_row *rows, size_t count);
double wl_dist_table_mean(const struct wl_dist_row *rows, size_t count);

static inline uint32_t
wl_dist_table_draw(const struct wl_dist_table *table, struct wl_rng *rng) {
    uint64_t random = wl_rng_next(rng);
    size_t row = (size_t)(((random >> 32) * table->count) >> 32);
    return (uint32_t)random < table->threshold[row] ? table->value[row] : table->alias[row];
}

/* Sizes of small objects as a Python 3.11 process asks for them: the sizes are those of CPython's
 * objects, the weights are a plausible mix, made up and not measured. */
const struct wl_dist_row *wl_dist_python_sizes(size_t *ret_count);

/* ---- Mixes --------------------------------------------------------------------------------------
 * A table of things that are born with some weights and live for some time in proportion to each other:
 * what is alive at any time is then another table. What is drawn is the number of a row. */

enum {
    WL_DIST_VALUE_MOST = 1 << 20,
    WL_DIST_WEIGHT_MOST = 10000,
    WL_DIST_LIFE_MOST = 100,
};

struct wl_dist_mix {
    size_t count;
    struct wl_dist_row rows[WL_DIST_TABLE_ROWS];
    uint32_t lives[WL_DIST_TABLE_ROWS];
    bool has_lives; /* other than 1 */
    struct wl_dist_table born, living;
};

/* All live equally long; pre: as for wl_dist_table_init. */
void wl_dist_mix_init(struct wl_dist_mix *mix, const struct wl_dist_row *rows, size_t count);

/* Rows like "64:30/128:10:5", between slashes or spaces: a value, its weight, and its life, 1 if that is
 * left out. -EINVAL: the text is none,
 * with the reason in `why`, which may be NULL. */
int wl_dist_mix_parse(struct wl_dist_mix *mix, const char *text, struct rt_text *why);

/* Of the values that are alive. */
double wl_dist_mix_mean(const struct wl_dist_mix *mix, double *ret_deviation);

#endif
