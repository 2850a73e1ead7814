/* SPDX-License-Identifier: MIT
 *
 * history/common.h: which configurations the runs of a history have in common, and which runs stay out.
 */
#ifndef BENCH_HISTORY_COMMON_H
#define BENCH_HISTORY_COMMON_H

#include "bench/history.h"

/* Fills in `common` and `taken`, and `why` of the runs that are left out. -ENOMEM. */
int bench_history_common_find(struct bench_history *history);

/* One more line for `notes`. -ENOMEM. */
int bench_history_common_note(struct bench_history *history, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
