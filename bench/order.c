/* SPDX-License-Identifier: MIT
 *
 * order.c: shuffled, and ends first. See order.h.
 */
#include "bench/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cell.h"

unsigned
bench_order_level(size_t rank, size_t count) {
    size_t low = 0, high = count - 1;
    unsigned level = 0;

    if (rank == low || rank >= high)
        return 0;
    for (;;) { /* low < rank < high */
        size_t middle = low + (high - low) / 2;
        level++;
        if (rank == middle)
            return level;
        if (rank < middle)
            high = middle;
        else
            low = middle;
    }
}

struct placed {
    double number;
    size_t index;
};

static int
compare_placed(const void *one, const void *other) {
    const struct placed *a = one, *b = other;
    return (a->number > b->number) - (a->number < b->number);
}

/* Each value as a number. */
static int
read_numbers(const struct bench_grid *grid, const struct bench_grid_axis *axis,
             struct placed *ret_values) {
    struct bench_cell scratch;
    void *fields;
    int error = bench_cell_init(&scratch, grid->workload);
    const struct rt_knob *row = bench_cell_find(&scratch, axis->knob, &fields);

    for (size_t i = 0; error == 0 && i < axis->count; i++) {
        error = rt_knob_set(row, fields, axis->values[i], NULL);
        ret_values[i] = (struct placed){bench_cell_number(row, fields), i};
    }
    bench_cell_fini(&scratch);
    return error;
}

static bool
has_size(const struct bench_grid *grid, const char *knob) {
    const struct rt_knob *row = rt_knob_find(rt_config_knobs(), knob);
    if (row == NULL)
        row = rt_knob_find(grid->workload->knobs, knob);
    return row != NULL && row->type != RT_KNOB_ENUM && row->type != RT_KNOB_BOOLEAN &&
           row->type != RT_KNOB_TEXT;
}

int
bench_order_axis(const struct bench_grid *grid, const struct bench_grid_axis *axis,
                 unsigned *ret_levels) {
    struct placed *values;
    int error;

    memset(ret_levels, 0, axis->count * sizeof *ret_levels);
    if (axis->count < 3 || !has_size(grid, axis->knob))
        return 0;
    values = malloc(axis->count * sizeof *values);
    error = values == NULL ? -ENOMEM : read_numbers(grid, axis, values);
    if (error == 0) {
        qsort(values, axis->count, sizeof *values, compare_placed);
        for (size_t i = 0; i < axis->count; i++)
            ret_levels[values[i].index] = bench_order_level(i, axis->count);
    }
    free(values);
    return error;
}

void
bench_order_shuffle(size_t *order, size_t count, struct wl_rng *rng) {
    for (size_t i = count; i > 1; i--) {
        size_t other = wl_rng_below(rng, (uint32_t)i), kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

int
bench_order_sort(size_t *order, size_t count, const unsigned *levels) {
    struct placed *places = malloc(count * sizeof *places);

    if (places == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) /* level and place in one number: exact below 2^53 */
        places[i] = (struct placed){(double)levels[order[i]] * 1048576 + (double)i, order[i]};
    qsort(places, count, sizeof *places, compare_placed);
    for (size_t i = 0; i < count; i++)
        order[i] = places[i].index;
    free(places);
    return 0;
}
