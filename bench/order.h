/* SPDX-License-Identifier: MIT
 *
 * order.h: the order within a block, and how soon each configuration comes. Every block has an order
 * of its own, drawn from the run's seed; the first one is then sorted by level, so that the shape of
 * a sweep shows early: what lies at the ends of all its axes comes first, then what is in the middle
 * of some, then the middles of the halves, and so on.
 */
#ifndef BENCH_ORDER_H
#define BENCH_ORDER_H

#include <stddef.h>

#include "bench/grid.h"
#include "workloads/rng.h"

/* Of the value that is number `rank` of `count` by size: 0 at both ends, 1 in the middle, 2 in the middles
 * of the halves. */
unsigned bench_order_level(size_t rank, size_t count);

/* The level of each value of an axis. Values that have no size (of an enum, of a boolean) are ends, all
 * of them. -ENOMEM. */
int bench_order_axis(const struct bench_grid *grid, const struct bench_grid_axis *axis,
                     unsigned *ret_levels);

/* Fisher and Yates. */
void bench_order_shuffle(size_t *order, size_t count, struct wl_rng *rng);

/* Sorts indices by levels[index]; those of the same level stay in their order. -ENOMEM. */
int bench_order_sort(size_t *order, size_t count, const unsigned *levels);

#endif
