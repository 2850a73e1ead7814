/* SPDX-License-Identifier: MIT
 *
 * array.h: arrays that grow, and the middle of one.
 */
#ifndef BENCH_ARRAY_H
#define BENCH_ARRAY_H

#include <stddef.h>

/* Makes room for one more in an array that was only ever grown by this: it doubles at the powers of two, so that its
 * count says how large it is. `array` is the address of the pointer. -ENOMEM: it is as it was. */
int bench_array_grow(void *array, size_t count, size_t item_bytes);

/* For qsort: rising. No value may be NaN. */
int bench_array_compare(const void *one, const void *other);

/* The middle value, or the mean of the two; sorts the values. NaN when there are none. */
double bench_array_median(double *values, size_t count);

#endif
