/* SPDX-License-Identifier: MIT
 *
 * gate/leave.h: the files of a gate: gate.db, gate.md, junit.xml, report.html and charts/ in one folder, each whole or
 * not there; and what is appended to GitHub's summary.
 */
#ifndef BENCH_GATE_LEAVE_H
#define BENCH_GATE_LEAVE_H

#include "bench/gate.h"
#include "bench/output.h"

struct bench_gate_leave {
    char folder[BENCH_OUTPUT_PATH_BYTES - 64];
    char run[BENCH_OUTPUT_PATH_BYTES], markdown[BENCH_OUTPUT_PATH_BYTES],
        junit[BENCH_OUTPUT_PATH_BYTES], report[BENCH_OUTPUT_PATH_BYTES],
        charts[BENCH_OUTPUT_PATH_BYTES];
    struct bench_gate_places places; /* what is there by now */
};

/* Makes the folder (NULL: results/gate) and takes away what an earlier gate left there. An exit status; what is wrong
 * has been said. */
int bench_gate_leave_begin(struct bench_gate_leave *leave, const char *folder);

/* Likewise. What cannot be written or drawn does not keep the rest from being there. */
int bench_gate_leave_all(struct bench_gate_leave *leave, const struct bench_gate *gate,
                         bool no_report);

#endif
