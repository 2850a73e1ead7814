/* SPDX-License-Identifier: MIT
 *
 * verdict.h: one sentence about one run: the first of these that holds, as far as its engine told. What makes
 * the others worth little comes first, then what the collector cost, then memory, then times.
 *
 *   busy       wall time is more than 1.2 times processor time, and 1 ms; not of a workload that waits
 *   noisy      the machine itself paused for more than 5 ms (BENCH_SUMMARY_NOISE_NS) while the work went on
 *   barren     the collector took 5 % of the time or more, and freed nothing
 *   collector  it took 25 % or more
 *   pause      the slowest operation took 20 times the median one or more, and half of it a collection or more
 *   trash      what was dead and not yet collected took as much memory at its most as what lived, or more
 *   held       resident memory grew by 1.5 times what was live at its peak or more, and by more than 1 MiB
 *   kept       a quarter of that growth, and more than 1 MiB, was still resident when everything was released
 *   tail       one operation in a hundred took more than 5 times as long as the median one
 *   pace       operations got slower by a half over the run, or more (steady.h)
 *   nothing    none of these
 *
 * The last one is said only of a run that has times of operations or live bytes to judge by.
 */
#ifndef BENCH_VERDICT_H
#define BENCH_VERDICT_H

#include <stddef.h>

#include "bench/record.h"

enum bench_verdict {
    BENCH_VERDICT_BUSY,
    BENCH_VERDICT_NOISY,
    BENCH_VERDICT_BARREN,
    BENCH_VERDICT_COLLECTOR,
    BENCH_VERDICT_PAUSE,
    BENCH_VERDICT_TRASH,
    BENCH_VERDICT_HELD,
    BENCH_VERDICT_KEPT,
    BENCH_VERDICT_TAIL,
    BENCH_VERDICT_PACE,
    BENCH_VERDICT_NOTHING,
    BENCH_VERDICT_COUNT /* no sentence; the text is empty then */
};

enum {
    BENCH_VERDICT_BYTES = 256
};

enum bench_verdict bench_verdict_of(const struct bench_record *record,
                                    char ret_sentence[BENCH_VERDICT_BYTES]);

#endif
