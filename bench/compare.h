/* SPDX-License-Identifier: MIT
 *
 * compare.h: two runs, or two parts of one, held against each other: what got better, what worse, how sure
 * that is.
 *
 * A side is a selection, RUN[:NAME=VALUE[,VALUE]]..., where NAME is a knob, `engine` or `workload`. A cell
 * of a comparison is a configuration that both sides have: the same workload in the same version, the same
 * engine and the same knobs, except for those that the two selections fix to different values. A row is one
 * metric of one cell.
 *
 * Ratios are new over base. Of a timed row they are the geometric mean over its blocks, with an interval;
 * of a deterministic row every block is compared exactly, and the interval is the least and the greatest of
 * their ratios. A ratio that does not exist (from 0 to something) is NaN; base and new say what happened.
 *
 * docs/comparing.md has the rules in a reader's words, compare/stats.h the statistics.
 */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum bench_compare_verdict {
    BENCH_COMPARE_SAME,    /* the interval lies within the floor; of counts: equal */
    BENCH_COMPARE_BETTER,  /* sure, and beyond the floor */
    BENCH_COMPARE_WORSE,   /* likewise */
    BENCH_COMPARE_NOISY,   /* neither can be said */
    BENCH_COMPARE_CHANGED, /* surely, in a metric of which neither more nor less is better */
    BENCH_COMPARE_VERDICT_COUNT
};

/* Of `--json`: "same", "better", "worse", "noisy"; what changed without a direction is "noisy" there, no
 * claim. */
const char *bench_compare_verdict_name(enum bench_compare_verdict verdict);
/* For a person, who is also told "changed". */
const char *bench_compare_verdict_word(enum bench_compare_verdict verdict);

struct bench_compare_options {
    double confidence;   /* 0.95 */
    double floor;        /* 0.02: changes below 2 % are not worth a verdict */
    unsigned draws;      /* 10000 */
    const char *metrics; /* "wall_ns,gc.*,deterministic"; NULL: bench_compare_metrics */
};

extern const char *const bench_compare_metrics;
struct bench_compare_options bench_compare_defaults(void);

/* ---- What fails ------------------------------------------------------------------------------------- */

enum {
    BENCH_COMPARE_RULE_NONE = -1,
    BENCH_COMPARE_RULE_ALWAYS =
        -2, /* cells that no longer finish or answer otherwise fail anyway */
    BENCH_COMPARE_RULE_BYTES = 96
};

enum bench_compare_rule_kind {
    BENCH_COMPARE_RULE_WORSE,   /* METRIC: any sure worsening */
    BENCH_COMPARE_RULE_ABOVE,   /* METRIC>P%: surely more, and by more than P % */
    BENCH_COMPARE_RULE_BELOW,   /* METRIC<P%: surely less, and by more than P % */
    BENCH_COMPARE_RULE_CHANGED, /* METRIC!=: any sure change */
};

struct bench_compare_rule {
    enum bench_compare_rule_kind kind;
    double percent;
    char text[BENCH_COMPARE_RULE_BYTES];    /* as given */
    char pattern[BENCH_COMPARE_RULE_BYTES]; /* METRIC: a name, * and ? allowed, or a class:
                                               "deterministic", "timed" */
};

/* ---- The result ------------------------------------------------------------------------------------- */

struct bench_compare_cell {
    char *workload, *engine; /* engine: of the base, where selections fix two of them */
    char *label;             /* knobs that tell the cells of this comparison apart, "" if none do */
    char *name;              /* all of it in one line, unlike that of any other cell */
    int64_t base_id, new_id; /* of the configurations, each in its run */
    size_t blocks;           /* that both have finished */
    size_t base_finished, base_cells, new_finished, new_cells;
};

struct bench_compare_count { /* of rows, by verdict */
    size_t of[BENCH_COMPARE_VERDICT_COUNT], all;
};

struct bench_compare_metric {
    char *name, *unit, *better; /* better: "lower", "higher", "none" */
    bool is_deterministic;
    struct bench_compare_count rows;
    /* The geometric mean over the cells that have all blocks; NaN if there are none, low and high also if they
     * have one block. Of deterministic ones without interval. */
    double ratio, low, high;
    size_t mean_rows;
};

struct bench_compare_row {
    const struct bench_compare_metric *metric;
    const struct bench_compare_cell *cell;
    double base, new;        /* medians over the blocks */
    double ratio, low, high; /* NaN where there is none */
    double error;            /* standard error of the ratio's logarithm; 0: no such thing */
    double p, adjusted_p;    /* by itself, and by Holm over all timed rows; NaN: deterministic */
    enum bench_compare_verdict verdict;
    bool is_exact;         /* compared block by block, without statistics */
    bool is_sure;          /* that it differs at all, by however little */
    size_t blocks;         /* pairs that it rests on */
    size_t blocks_changed; /* of an exact one: those that differ */
    size_t blocks_needed;  /* if noisy: how many would probably do; 0: no telling */
    int rule;              /* that failed it: BENCH_COMPARE_RULE_..., or an index of rules */
    bool would_fail;       /* beyond a rule's bound, but not sure */
};

struct bench_compare_lone { /* a configuration without its like on the other side */
    char *name;
    char *why; /* what tells it from the nearest one there; NULL: that has not been looked for */
    bool in_base;
};

struct bench_compare_side {
    char *text, *path; /* the selection as given; the run's file */
    char commit[512];  /* of the program that measured it */
    size_t configs;
};

struct bench_compare {
    struct bench_compare_options options;
    struct bench_compare_side base, new;
    bool is_one_run;   /* both sides are parts of one file: blocks ran side by side */
    bool is_disturbed; /* cells ran several at once */
    bool is_uneven;    /* the machine was much busier during one of the two runs: no time is sure */
    struct bench_compare_metric *metrics;
    size_t metric_count;
    struct bench_compare_cell *cells;
    size_t cell_count;
    struct bench_compare_row *rows; /* what differs first, and worst first */
    size_t row_count;
    struct bench_compare_lone *lone;
    size_t lone_count;
    char **warnings; /* one line each: what restricts the comparison */
    size_t warning_count;
    struct bench_compare_count count;
    struct bench_compare_rule *rules; /* as bench_compare_judge was given them */
    size_t rule_count;
    size_t failed;                    /* rows that a rule fails */
    size_t test_count;                /* timed rows, which Holm corrects for */
    size_t least_blocks, most_blocks; /* of any cell */
    size_t blocks_for_exactness; /* that a test without assumptions needs for this confidence */
    enum bench_compare_verdict verdict;
    char *sentence; /* the answer, for a person */
};

/* `base` and `new` are selections. -EINVAL: not one, or they cannot be compared; -ENODATA: nothing in common;
 * else as bench_store_open; with one line in `why`, which names the difference and what to do. */
int bench_compare_read(const char *base, const char *new,
                       const struct bench_compare_options *options,
                       struct bench_compare *ret_compare, char *why, size_t why_bytes);
void bench_compare_fini(struct bench_compare *compare);

/* ---- Judging ------------------------------------------------------------------------------------------ */

/* -EINVAL, with what to write in `why`. */
int bench_compare_rule_parse(const char *text, struct bench_compare_rule *ret_rule, char *why,
                             size_t why_bytes);

/* Says of each row which rule fails it, of the whole how many are failed, and makes the verdict and the
 * sentence anew. What changed without a direction becomes worse by the rule that fails it. -ENOENT: a rule
 * names no metric that there is; `why` says which. bench_compare_read has judged by the rule
 * "deterministic". */
int bench_compare_judge(struct bench_compare *compare, const struct bench_compare_rule *rules,
                        size_t rule_count, char *why, size_t why_bytes);

/* ---- Written down ----------------------------------------------------------------------------------- */

enum bench_compare_format {
    BENCH_COMPARE_TEXT,
    BENCH_COMPARE_MARKDOWN,
    BENCH_COMPARE_JSON,
    BENCH_COMPARE_JUNIT,
    BENCH_COMPARE_FORMAT_COUNT
};

/* BENCH_COMPARE_FORMAT_COUNT when there is none of that name. */
enum bench_compare_format bench_compare_format_find(const char *name);

/* `all_rows`: also those that are the same (text and Markdown). -EIO. */
int bench_compare_write(const struct bench_compare *compare, enum bench_compare_format format,
                        bool all_rows, FILE *file);

#endif
