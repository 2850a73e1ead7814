/* SPDX-License-Identifier: MIT
 *
 * verdict.h: one sentence about one run: the first of these that holds, as far as its engine told. What the collector
 * cost comes first, then memory, then times.
 *
 *   barren     the collector took 5 % of the time or more, and freed nothing
 *   collector  it took 25 % or more
 *   pause      the slowest operation took 20 times the median one or more, and half of it a collection or more
 *   trash      what was dead and not yet collected (peak_trash_bytes) took as much memory at its most as what lived, or more
 *   held       resident memory grew by 1.5 times what was live at its peak or more, and by more than 1 MiB
 *   kept       a quarter of that growth, and more than 4 MiB, was still resident when everything was released
 *   tail       one operation in a hundred took more than 5 times as long as the median one
 *   pace       operations got slower by a half over the run, or more (steady.h)
 *   nothing    none of these, but for what the workload noted itself, if it did
 *
 * The last one is said only of a run that has times of operations or live bytes to judge by.
 *
 * Whether its times are worth much is another question, and answered by another sentence: they are in doubt if wall time
 * is more than 1.2 times processor time and 1 ms, in a workload that does not wait by itself, or if the machine paused for
 * more than 5 ms (BENCH_SUMMARY_NOISE_NS) while the work went on.
 */
#ifndef BENCH_VERDICT_H
#define BENCH_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/record.h"

enum bench_verdict {
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

/* Whether the times are in doubt; the sentence is empty if not. */
bool bench_verdict_doubt(const struct bench_record *record, char ret_sentence[BENCH_VERDICT_BYTES]);

#endif
