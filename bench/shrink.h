/* SPDX-License-Identifier: MIT
 *
 * shrink.h: makes a text that does something smaller, line by line, while it still does.
 */
#ifndef BENCH_SHRINK_H
#define BENCH_SHRINK_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a text of whole lines still does it. */
typedef bool (*bench_shrink_fn)(void *context, const char *text, size_t bytes);

/* Leaves out lines of `text`, in place, until not one more can be left out alone; gives its new length.
 * -1: out of memory, and the text is as far as it came.
 * pre: `does` is true of it */
int bench_shrink(char *text, size_t *bytes, bench_shrink_fn does, void *context);

#endif
