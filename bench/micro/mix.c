/* SPDX-License-Identifier: MIT
 *
 * mix.c: sizes and orders for the micro-benchmarks. See mix.h.
 */
#include "bench/micro/mix.h"

const struct wl_dist_row *
bench_mix_rows(size_t *ret_count) {
    static const struct wl_dist_row rows[] = {
        {16, 20},  /* bare objects */
        {32, 270}, /* float, int */
        {48, 180}, /* cell, instance without a dictionary */
        {64, 220}, /* str, tuple of one or two */
        {80, 110}, /* list, tuple of three */
        {96, 50},  /* instance, str */
        {112, 40}, /* keys shared by inline values */
        {128, 30}, /* items of a list */
        {160, 20}, /* function */
        {208, 15}, /* longer str */
        {240, 20}, /* keys of a dict of up to five entries */
        {256, 5},  /* items of a list */
        {368, 10}, /* keys of a dict of up to ten entries */
        {432, 5},  /* generator with its frame */
        {512, 5},  /* longer str, items of a list */
    };

    *ret_count = sizeof rows / sizeof rows[0];
    return rows;
}

void
bench_mix_sizes(uint64_t seed, uint16_t *ret_sizes, size_t count) {
    struct wl_dist_table table;
    struct wl_rng rng;
    size_t row_count;
    const struct wl_dist_row *rows = bench_mix_rows(&row_count);

    wl_dist_table_init(&table, rows, row_count);
    wl_rng_init(&rng, seed);
    for (size_t i = 0; i < count; i++)
        ret_sizes[i] = (uint16_t)wl_dist_table_draw(&table, &rng);
}

void
bench_mix_order(uint64_t seed, uint32_t *ret_order, size_t count) {
    struct wl_rng rng;

    wl_rng_init(&rng, seed);
    for (size_t i = 0; i < count; i++) {
        size_t at = wl_rng_below(&rng, (uint32_t)i + 1);
        ret_order[i] = ret_order[at];
        ret_order[at] = (uint32_t)i;
    }
}

void
bench_mix_picks(uint64_t seed, uint32_t bound, uint32_t *ret_picks, size_t count) {
    struct wl_rng rng;

    wl_rng_init(&rng, seed);
    for (size_t i = 0; i < count; i++)
        ret_picks[i] = wl_rng_below(&rng, bound);
}
