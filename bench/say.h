/* SPDX-License-Identifier: MIT
 *
 * say.h: one line to stderr, the same way everywhere: "gcsweep: what, where, what to do".
 */
#ifndef BENCH_SAY_H
#define BENCH_SAY_H

#include <stddef.h>

/* Says it and gives `status`, so that a verb can `return bench_say(BENCH_STATUS_USAGE, ...)`. */
int bench_say(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ", did you mean X?", or nothing when `nearest` is NULL; into `text`, which is returned. */
const char *bench_say_nearest(const char *nearest, char *text, size_t bytes);

/* The word of `words` (NULL-terminated) that `word` was meant to be, or NULL. */
const char *bench_say_guess(const char *word, const char *const *words);

#endif
