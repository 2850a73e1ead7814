/* SPDX-License-Identifier: MIT
 *
 * compare/file.h: what the parts of a comparison hand on to each other, and nobody else sees.
 *
 * match.c finds out which configurations belong together, conditions.c what else differs, values.c which
 * blocks do, and reads them, rows.c says what follows. Each gives 0 or a negative errno, with one line in
 * work->why.
 */
#ifndef BENCH_COMPARE_FILE_H
#define BENCH_COMPARE_FILE_H

#include "bench/compare.h"
#include "bench/compare/selection.h"
#include "bench/array.h"
#include "bench/words.h"
#include "bench/store.h"

enum {
    BENCH_COMPARE_SIDES = 2, /* 0: base, 1: new */
    BENCH_COMPARE_WORKLOAD = 0,
    BENCH_COMPARE_ENGINE = 1,
    BENCH_COMPARE_KNOBS = 2 /* the first column of a knob */
};

struct bench_compare_config {
    int64_t id;
    char *label;             /* as its run has it */
    uint32_t *columns, *key; /* key: without those that the selections fix differently */
    uint64_t hash;           /* of the key */
    int64_t twin;            /* id of its like on the other side, only of the base; 0: none */
    size_t cell;             /* SIZE_MAX: none */
};

enum bench_compare_state {
    BENCH_COMPARE_NOTHING, /* not run yet, or no such cell */
    BENCH_COMPARE_FINISHED,
    BENCH_COMPARE_FAILED
};

struct bench_compare_half {
    struct bench_store *store;
    struct bench_compare_selection selection;
    struct bench_compare_config *configs; /* those that the selection chooses */
    size_t config_count, configs_all;
    uint32_t *pool;     /* of columns and keys */
    uint32_t *initial;  /* [column]: 0 where its run does not know the knob */
    uint64_t *seeds;    /* [block], from 1 */
    size_t *pair_of;    /* [block]; SIZE_MAX: it has none */
    size_t block_count; /* and one */
    uint8_t *states;    /* [cell][pair] */
    uint64_t *digests;  /* likewise; 0: none */
    double *values;     /* [cell][pair][metric]; NaN: none */
    bool *has_metric;   /* [metric]: anywhere */
};

struct bench_compare_work {
    struct bench_compare *compare;
    struct bench_compare_half halves[BENCH_COMPARE_SIDES];
    struct bench_words words;
    char **names; /* of the columns; those of knobs are sorted */
    size_t column_count;
    bool *is_free;     /* [column]: fixed differently on the two sides */
    size_t pair_count; /* blocks that both sides have */
    bool same_seeds;
    bool same_answers; /* the two sides are to compute the same */
    char *why;
    size_t why_bytes;
};

int bench_compare_refuse(struct bench_compare_work *work, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a line to the warnings. Without memory for it, it is left out. */
void bench_compare_warn(struct bench_compare *compare, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int bench_compare_match(struct bench_compare_work *work);      /* cells and lone ones */
int bench_compare_conditions(struct bench_compare_work *work); /* refuses, or warns */
int bench_compare_values(struct bench_compare_work *work);     /* metrics, blocks and values */
int bench_compare_rows(struct bench_compare_work *work);       /* rows and geometric means */

/* ---- Written down ----------------------------------------------------------------------------------- */

enum {
    BENCH_COMPARE_TEXT_BYTES = 48
};

/* "+5.2 %", "x12.3", "n/a"; the result is `text`. */
char *bench_compare_change(double ratio, char text[BENCH_COMPARE_TEXT_BYTES]);

/* What is to be said of a row beside its figures; "" for nothing. */
void bench_compare_remark(const struct bench_compare *compare, const struct bench_compare_row *row,
                          char *text, size_t bytes);

const char *bench_compare_rule_name(const struct bench_compare *compare, int rule);

void bench_compare_write_text(const struct bench_compare *compare, bool markdown, bool all_rows,
                              FILE *file);
void bench_compare_write_json(const struct bench_compare *compare, FILE *file);
void bench_compare_write_junit(const struct bench_compare *compare, FILE *file);

#endif
