/* SPDX-License-Identifier: MIT
 *
 * gate.h: whether a change may go in. What a run counted is held against what was accepted (gate/baseline.h), number
 * by number; its times against those of another program that ran in the same blocks (compare.h), with statistics.
 *
 *   - Red is what a maintainer has to decide: an answer that changed, a counter that got worse, one that changed and of
 *     which neither more nor less is better, a configuration that only one side has, a cell that failed, and whatever
 *     a rule says.
 *   - A time that got slower warns, unless a rule makes it red: it is the machine's as well.
 *   - Everything else that differs is told.
 *
 * A row is one difference. A group is the rows of one kind, one metric and one level: a changed default moves twenty
 * counters of every configuration, and a person wants to read twenty lines, not a thousand.
 */
#ifndef BENCH_GATE_H
#define BENCH_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/compare.h"
#include "bench/gate/baseline.h"

enum bench_gate_level {
    BENCH_GATE_RED,
    BENCH_GATE_WARN,
    BENCH_GATE_TOLD,
    BENCH_GATE_LEVEL_COUNT
};

enum bench_gate_kind {  /* in the order in which they are told */
    BENCH_GATE_FAILED,  /* the cell did not finish */
    BENCH_GATE_ANSWER,  /* another digest */
    BENCH_GATE_GONE,    /* a configuration of the base that the suite has no more */
    BENCH_GATE_UNKNOWN, /* one that the base has not */
    BENCH_GATE_OTHER, /* another version of the workload, or another seed: counts do not compare */
    BENCH_GATE_WORSE,
    BENCH_GATE_CHANGED,  /* and neither more nor less is better */
    BENCH_GATE_LOST,     /* a counter that is no more */
    BENCH_GATE_SLOWER,   /* a time, or what else is measured, got worse */
    BENCH_GATE_DOUBTFUL, /* beyond a rule's bound, but too noisy to say */
    BENCH_GATE_BETTER,
    BENCH_GATE_NEW, /* a counter that the base has not */
    BENCH_GATE_FASTER,
    BENCH_GATE_KIND_COUNT
};

struct bench_gate_row {
    enum bench_gate_kind kind;
    enum bench_gate_level level;
    const char *config, *metric; /* metric: NULL, if it is about the whole configuration */
    double base, now, ratio;     /* NaN where there is none */
    double low, high;            /* of a time: the interval of the ratio */
    size_t line;                 /* of the baseline's file, or 0 */
    const char *text;            /* why it failed; what is another; the rule; or NULL */
    size_t blocks_needed;        /* of a doubtful one, or 0 */
};

struct bench_gate_group {
    enum bench_gate_kind kind;
    enum bench_gate_level level;
    const char *metric;
    size_t count;
    double low, high;                 /* least and greatest ratio, NaN if none has one */
    const struct bench_gate_row *row; /* the one that differs most */
};

struct bench_gate {
    const struct bench_gate_baseline *base, *now;
    bool base_is_file;                 /* or else the other program's part of the same run */
    const struct bench_compare *times; /* NULL: nothing ran beside it */
    struct bench_gate_row *rows;
    size_t row_count;
    struct bench_gate_group *groups;
    size_t group_count;
    size_t of[BENCH_GATE_KIND_COUNT], levels[BENCH_GATE_LEVEL_COUNT], red_configs;
    size_t compared; /* counters */
    bool is_red;
    char sentence[640];
};

/* What a rule may be about. */
bool bench_gate_rule_matches(const struct bench_compare_rule *rule, const char *metric,
                             bool is_deterministic);

/* `times` may be NULL; it has been judged by the same rules, and only rows with an interval are taken from it. What is
 * given must outlive the gate. -ENOMEM. */
int bench_gate_judge(struct bench_gate *gate, const struct bench_gate_baseline *base,
                     bool base_is_file, const struct bench_gate_baseline *now,
                     const struct bench_compare *times, const struct bench_compare_rule *rules,
                     size_t rule_count);
void bench_gate_fini(struct bench_gate *gate);

/* ---- Written down ----------------------------------------------------------------------------------- */

const char *bench_gate_kind_word(enum bench_gate_kind kind); /* "worse" */
const char *bench_gate_level_word(enum bench_gate_level level);

struct bench_gate_places { /* where things are, for a person; NULL where there is none */
    const char *baseline, *run, *suite_argument, *summary, *junit, *report, *charts;
};

/* "+11.1 %", "from 0"; the result is `buffer`. */
char *bench_gate_change(double base, double now, double ratio, char buffer[32]);
/* "12", "1.5 ms". */
char *bench_gate_value(const char *metric, double value, char buffer[40]);
/* "117 -> 130 (+11.1 %)", or in words what there are no numbers for. */
void bench_gate_row_print(const struct bench_gate *gate, const struct bench_gate_row *row,
                          FILE *out);
/* "in 12 of 70, +4 % to +11 %; 117 -> 130 (+11.1 %) in CONFIG", without the first part for one row. */
void bench_gate_group_print(const struct bench_gate *gate, const struct bench_gate_group *group,
                            FILE *out);
/* The command that runs one configuration by itself. */
void bench_gate_command_print(const struct bench_gate *gate, const char *config, FILE *out);
/* The configuration to look at first, or NULL. */
const char *bench_gate_first(const struct bench_gate *gate);

void bench_gate_text_write(const struct bench_gate *gate, const struct bench_gate_places *places,
                           FILE *out);
void bench_gate_markdown_write(const struct bench_gate *gate,
                               const struct bench_gate_places *places, FILE *out);
void bench_gate_junit_write(const struct bench_gate *gate, FILE *out);
int bench_gate_json_write(const struct bench_gate *gate, const struct bench_gate_places *places,
                          FILE *out);

/* GitHub's annotations: at most BENCH_GATE_ANNOTATIONS lines, the last of which sums up what is left. */
enum {
    BENCH_GATE_ANNOTATIONS = 10
};
void bench_gate_annotations_write(const struct bench_gate *gate, FILE *out);

#endif
