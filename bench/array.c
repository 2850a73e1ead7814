/* SPDX-License-Identifier: MIT
 *
 * array.c: see array.h.
 */
#include "bench/array.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The pointer is copied in and out as bytes: it may be of any type. */
int
bench_array_grow(void *array, size_t count, size_t item_bytes) {
    void *items, *larger;
    if ((count & (count - 1)) != 0)
        return 0;
    memcpy(&items, array, sizeof items);
    larger = realloc(items, (count == 0 ? 1 : 2 * count) * item_bytes);
    if (larger == NULL)
        return -ENOMEM;
    memcpy(array, &larger, sizeof larger);
    /* cppcheck-suppress memleak ; the caller's pointer has it now */
    return 0;
}

int
bench_array_compare(const void *one, const void *other) {
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

double
bench_array_median(double *values, size_t count) {
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof *values, bench_array_compare);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}
