/* SPDX-License-Identifier: MIT
 *
 * history.h: one metric over many runs, and where it changed.
 *
 * Runs are in the order in which they were begun. A configuration is the same in two runs if workload, version of the
 * workload, engine and the values of all knobs are; a knob that an older program did not have yet counts as what it is
 * by default. What is followed is the configurations that all runs have in common; a run that has nothing in common
 * with the others is left out, and says why. Of several configurations a run's value is their geometric mean, block by
 * block, and of the blocks the median.
 *
 * Runs are only held against each other within their group: of a timed metric, those of one machine, kind of build and
 * number of jobs; of a deterministic one, those of one seed. Each group has its own ratios and changes.
 * A timed metric changes where history/change.h says so; a deterministic one wherever a value of any block of any
 * configuration is another than in the run before.
 */
#ifndef BENCH_HISTORY_H
#define BENCH_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_HISTORY_FLOOR 0.01

struct bench_history_options {
    const char *metric;
    const char *const
        *only; /* each NAME=VALUE[,VALUE], of which all hold; NAME: workload, engine, a knob */
    size_t only_count;
    double floor; /* of a timed metric, a change of level is at least so large */
};

struct bench_history_value {
    uint32_t config; /* index of the configuration among all of all runs */
    int64_t block;
    double value;
};

enum bench_history_turn {
    BENCH_HISTORY_STAYS,
    BENCH_HISTORY_BETTER,
    BENCH_HISTORY_WORSE,
    BENCH_HISTORY_OTHER, /* a change of what is neither, or of no one direction */
};

struct bench_history_run {
    char *path, *name, *created, *commit;
    char *machine; /* and build, in words: what times depend on */
    char *seed;
    char *why;     /* left out, and why; NULL: it takes part */
    size_t group;  /* index */
    size_t blocks; /* in which all configurations have a value; 0: the value is that of medians */
    double value;  /* NaN if left out */
    double low, high;             /* of the blocks, the least and the greatest */
    double ratio;                 /* to the run before of its group; NaN for the first */
    enum bench_history_turn turn; /* a change begins here */
    double before, after, p;      /* of a change: levels, and p (NaN: exact) */
    size_t differing; /* exact: configurations with another value than in the run before */
    struct bench_history_value *values; /* by configuration and block */
    size_t value_count;
    size_t config_count; /* that it has, of those that were asked for */
};

struct bench_history {
    char *metric, *unit, *better;
    bool is_deterministic;
    double floor;
    struct bench_history_run *runs; /* by the time they began */
    size_t count, taken;            /* taken: those that are not left out */
    char **configs;                 /* every one met: "workload/version engine knob=value ..." */
    size_t config_count;
    uint32_t *common; /* those that all have */
    size_t common_count;
    size_t unsound; /* of these, with a 0 or less somewhere: not in a geometric mean */
    char **groups;  /* what the runs of each have in common: machine and build, or the seed */
    size_t group_count, most_runs; /* of the group with most */
    char **notes;                  /* what else is to be known, a line each */
    size_t note_count;
};

/* -EINVAL: the call is wrong; -ENODATA: no run has the metric; else as bench_store_open; one line in `why`. */
int bench_history_read(const struct bench_history_options *options, const char *const *paths,
                       size_t count, struct bench_history *ret_history, char *why,
                       size_t why_bytes);
void bench_history_fini(struct bench_history *history);

/* The name of what is followed: a configuration, or "geometric mean of 24 configurations". */
void bench_history_subject(const struct bench_history *history, char *ret_text, size_t bytes);

/* ---- Written down ------------------------------------------------------------------------------ */

enum bench_history_format {
    BENCH_HISTORY_TEXT,
    BENCH_HISTORY_MARKDOWN,
    BENCH_HISTORY_TSV, /* the table of the figure */
    BENCH_HISTORY_JSON,
    BENCH_HISTORY_FORMAT_COUNT
};

/* Names by format; NULL ends them. */
extern const char *const bench_history_formats[BENCH_HISTORY_FORMAT_COUNT + 1];

/* -EIO, -ENOMEM. */
int bench_history_write(const struct bench_history *history, enum bench_history_format format,
                        FILE *out);

/* As bench_figure_draw. */
int bench_history_draw(const struct bench_history *history, const char *out, const char *format,
                       char *why, size_t why_bytes);

#endif
