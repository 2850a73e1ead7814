/* SPDX-License-Identifier: MIT
 *
 * history/read.h: what a history wants of each run file, and which configurations are the same ones.
 */
#ifndef BENCH_HISTORY_READ_H
#define BENCH_HISTORY_READ_H

#include "bench/history.h"
#include "bench/words.h"

/* What a knob is by default, for runs that do not know it yet: as the first run had it that did. By name. */
struct bench_history_knob {
    char *name, *initial;
};

struct bench_history_reader {
    const struct bench_history_options *options;
    struct bench_words
        keys; /* every configuration met so far: the same text if and only if it is the same */
    struct bench_history_knob *knobs;
    size_t knob_count;
    char **metrics; /* every name that a run has, to suggest the nearest */
    size_t metric_count;
    struct bench_history *history; /* its metric is filled in by the first run that has it */
};

/* Of the run at `run->path` its facts; then, with all knobs known, its values. One line in `why`. */
int bench_history_read_facts(struct bench_history_reader *reader, struct bench_history_run *run,
                             char *why, size_t why_bytes);
int bench_history_read_values(struct bench_history_reader *reader, struct bench_history_run *run,
                              char *why, size_t why_bytes);

void bench_history_reader_fini(struct bench_history_reader *reader);

#endif
