/* SPDX-License-Identifier: MIT
 *
 * compare/rows.c: what follows for each metric of each cell.
 *
 * A deterministic row is the same only if it is equal in every block. A timed one has the statistics of
 * compare/stats.h, of the logarithms of new over base, so that twice and half weigh alike; it is better or
 * worse if its p, corrected by Holm for all timed rows, allows it and the change is greater than the floor,
 * and the same if the whole interval is within it. With fewer blocks than a test needs that assumes nothing
 * of how times scatter (6 for 95 %), no row is better or worse: a maximum that is now and then fifty times
 * as large is so three times in a row soon enough. Where a side is 0 in a block there is no ratio: then the
 * sign test says what more or less often happened.
 *
 * Two rows are no metric of the runs, and there only if there is something to say: "finished", cells that
 * did on one side alone, and "other_answers", blocks in which the same work with other settings of the
 * runtime gave another digest.
 */
#include "bench/compare/file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/stats.h"

struct sheet { /* one row while it is looked at */
    struct bench_compare_work *work;
    double *base, *new, *logs, *sums; /* sums: of logs by pair, of whole rows of a metric */
    size_t count, up, down;
    bool has_ratios;
    double log_sum;                     /* of deterministic rows of a metric */
    bool left_out;                      /* one of these has no ratio: a mean would hide it */
    struct bench_compare_draws **draws; /* [blocks] */
};

/* ---- Gathering ---------------------------------------------------------------------------------------- */

static void
gather(struct sheet *sheet, size_t metric, size_t cell) {
    const struct bench_compare_work *work = sheet->work;
    size_t metrics = work->compare->metric_count;

    sheet->count = sheet->up = sheet->down = 0;
    sheet->has_ratios = true;
    for (size_t i = 0; i < work->pair_count; i++) {
        size_t at = (cell * work->pair_count + i) * metrics + metric;
        double base = work->halves[0].values[at], new = work->halves[1].values[at];
        if (isnan(base) || isnan(new))
            continue;
        sheet->up += new > base;
        sheet->down += new < base;
        sheet->has_ratios &= base > 0 && new > 0;
        sheet->base[sheet->count] = base;
        sheet->new[sheet->count++] = new;
    }
    for (size_t i = 0; sheet->has_ratios && i < sheet->count; i++)
        sheet->logs[i] = log(sheet->new[i] / sheet->base[i]);
}

/* Of all blocks together, where single ones have none. */
static double
ratio_of_sums(const struct sheet *sheet) {
    double base = 0, new = 0;

    for (size_t i = 0; i < sheet->count; i++) {
        base += sheet->base[i];
        new += sheet->new[i];
    }
    if (base == new)
        return 1;
    return base > 0 && new > 0 ? new / base : NAN;
}

/* NULL: out of memory. */
static struct bench_compare_draws *
draws_of(struct sheet *sheet, size_t blocks) {
    const struct bench_compare_options *options = &sheet->work->compare->options;
    struct bench_compare_draws **draws = &sheet->draws[blocks];

    if (*draws != NULL)
        return *draws;
    *draws = malloc(sizeof **draws);
    if (*draws != NULL &&
        bench_compare_draws_init(*draws, blocks, options->draws, options->confidence) != 0) {
        free(*draws);
        *draws = NULL;
    }
    return *draws;
}

/* ---- Single rows -------------------------------------------------------------------------------------- */

static enum bench_compare_verdict
verdict_of(const struct bench_compare_metric *metric, bool is_more) {
    if (strcmp(metric->better, "none") == 0)
        return BENCH_COMPARE_CHANGED;
    return is_more == (strcmp(metric->better, "higher") == 0) ? BENCH_COMPARE_BETTER
                                                              : BENCH_COMPARE_WORSE;
}

static void
judge_exact(struct sheet *sheet, struct bench_compare_row *row) {
    double sum = 0, low = INFINITY, high = -INFINITY;

    row->is_exact = true;
    row->blocks_changed = sheet->up + sheet->down;
    row->is_sure = row->blocks_changed > 0;
    row->ratio = 1;
    if (sheet->up + sheet->down == 0) {
        row->low = row->high = 1;
        return;
    }
    for (size_t i = 0; sheet->has_ratios && i < sheet->count; i++) {
        sum += sheet->logs[i];
        low = fmin(low, sheet->logs[i]);
        high = fmax(high, sheet->logs[i]);
    }
    row->ratio = sheet->has_ratios ? exp(sum / (double)sheet->count) : ratio_of_sums(sheet);
    if (sheet->has_ratios) {
        row->low = exp(low);
        row->high = exp(high);
    }
    row->verdict = verdict_of(row->metric,
                              sheet->up != sheet->down ? sheet->up > sheet->down : row->ratio > 1);
}

static int
estimate_timed(struct sheet *sheet, struct bench_compare_row *row) {
    struct bench_compare_draws *draws;
    struct bench_compare_estimate estimate;

    row->verdict = BENCH_COMPARE_NOISY;
    if (!sheet->has_ratios || sheet->count < 2) {
        row->ratio = sheet->has_ratios ? exp(sheet->logs[0]) : ratio_of_sums(sheet);
        row->p = sheet->count < 2 ? NAN : bench_compare_stats_sign_test(sheet->up, sheet->down);
        if (!sheet->has_ratios && sheet->up + sheet->down == 0)
            row->low = row->high = 1;
        return 0;
    }
    draws = draws_of(sheet, sheet->count);
    if (draws == NULL)
        return -ENOMEM;
    estimate = bench_compare_stats_estimate(draws, sheet->logs);
    row->ratio = exp(estimate.mean);
    row->low = exp(estimate.low);
    row->high = exp(estimate.high);
    row->error = estimate.error;
    row->p = estimate.p;
    return 0;
}

static int
add_row(struct sheet *sheet, const struct bench_compare_metric *metric, size_t cell,
        struct bench_compare_row **ret_row) {
    struct bench_compare *compare = sheet->work->compare;

    if (bench_array_grow(&compare->rows, compare->row_count, sizeof *compare->rows))
        return -ENOMEM;
    *ret_row = &compare->rows[compare->row_count++];
    **ret_row = (struct bench_compare_row){
        .metric = metric,
        .cell = &compare->cells[cell],
        .base = bench_compare_stats_median(sheet->base, sheet->count),
        .new = bench_compare_stats_median(sheet->new, sheet->count),
        .low = NAN,
        .high = NAN,
        .p = NAN,
        .adjusted_p = NAN,
        .verdict = BENCH_COMPARE_SAME,
        .blocks = sheet->count,
        .rule = BENCH_COMPARE_RULE_NONE,
    };
    return 0;
}

/* ---- The mean over rows --------------------------------------------------------------------------------- */

static void
add_to_mean(struct sheet *sheet, struct bench_compare_metric *metric,
            const struct bench_compare_row *row) {
    if (metric->is_deterministic) {
        if (isnan(row->ratio)) {
            sheet->left_out = true;
            return;
        }
        sheet->log_sum += log(row->ratio);
    } else {
        if (!sheet->has_ratios || sheet->count < sheet->work->pair_count)
            return;
        for (size_t i = 0; i < sheet->count; i++)
            sheet->sums[i] += sheet->logs[i];
    }
    metric->mean_rows++;
}

static int
take_mean(struct sheet *sheet, struct bench_compare_metric *metric) {
    size_t blocks = sheet->work->pair_count;
    double sum = sheet->log_sum;

    if (metric->mean_rows == 0 || (metric->is_deterministic && sheet->left_out))
        return 0;
    for (size_t i = 0; !metric->is_deterministic && i < blocks; i++) {
        sum += sheet->sums[i] / (double)blocks;
        sheet->sums[i] /= (double)metric->mean_rows;
    }
    metric->ratio = exp(sum / (double)metric->mean_rows);
    if (metric->is_deterministic || blocks < 2)
        return 0;
    struct bench_compare_draws *draws = draws_of(sheet, blocks);
    if (draws == NULL)
        return -ENOMEM;
    struct bench_compare_estimate estimate = bench_compare_stats_estimate(draws, sheet->sums);
    metric->low = exp(estimate.low);
    metric->high = exp(estimate.high);
    return 0;
}

static int
compare_metric(struct sheet *sheet, size_t index) {
    struct bench_compare_work *work = sheet->work;
    struct bench_compare_metric *metric = &work->compare->metrics[index];
    struct bench_compare_row *row;

    sheet->log_sum = 0;
    sheet->left_out = false;
    memset(sheet->sums, 0, (work->pair_count + 1) * sizeof *sheet->sums);
    for (size_t cell = 0; cell < work->compare->cell_count; cell++) {
        gather(sheet, index, cell);
        if (sheet->count == 0)
            continue;
        if (add_row(sheet, metric, cell, &row) != 0)
            return -ENOMEM;
        if (metric->is_deterministic)
            judge_exact(sheet, row);
        else if (estimate_timed(sheet, row) != 0)
            return -ENOMEM;
        add_to_mean(sheet, metric, row);
    }
    return take_mean(sheet, metric);
}

/* ---- Verdicts on timed rows ------------------------------------------------------------------------------ */

static int
correct(struct bench_compare *compare, size_t *ret_tests) {
    double *p = calloc((compare->row_count + 1) * 2, sizeof *p);
    size_t count = 0, at = 0;

    if (p == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < compare->row_count; i++)
        if (!isnan(compare->rows[i].p))
            p[count++] = compare->rows[i].p;
    int error = bench_compare_stats_holm(p, count, p + count);
    for (size_t i = 0; error == 0 && i < compare->row_count; i++)
        if (!isnan(compare->rows[i].p))
            compare->rows[i].adjusted_p = p[count + at++];
    free(p);
    *ret_tests = count;
    return error;
}

/* 0: no telling; where signs decide, only that there are too few blocks for any outcome to be sure. */
static size_t
needed(struct sheet *sheet, const struct bench_compare_row *row, double beyond) {
    const struct bench_compare_options *options = &sheet->work->compare->options;
    const struct bench_compare_estimate estimate = {.mean = log(row->ratio), .error = row->error};

    if (row->error == 0) {
        size_t least = bench_compare_stats_sign_blocks(beyond);
        return least > row->blocks ? least : 0;
    }
    size_t blocks = bench_compare_stats_blocks_needed(draws_of(sheet, row->blocks), &estimate,
                                                      log1p(options->floor), beyond);
    return blocks == 0 || blocks > row->blocks ? blocks : row->blocks + 1;
}

static void
judge_timed(struct sheet *sheet, struct bench_compare_row *row, size_t tests) {
    const struct bench_compare *compare = sheet->work->compare;
    double beyond = 1 - compare->options.confidence, floor = log1p(compare->options.floor);
    bool has_enough = row->blocks >= compare->blocks_for_exactness;
    bool is_veiled = compare->is_uneven && strcmp(row->metric->unit, "ns") == 0;

    row->is_sure = has_enough && !is_veiled && row->adjusted_p < beyond;
    if (row->is_sure && !(fabs(log(row->ratio)) <= floor)) {
        row->verdict =
            verdict_of(row->metric, isnan(row->ratio) ? row->new > row->base : row->ratio > 1);
    } else if (log(row->low) >= -floor && log(row->high) <= floor) {
        row->verdict = BENCH_COMPARE_SAME;
    } else if (!is_veiled) {
        row->blocks_needed = needed(sheet, row, beyond / (double)(tests == 0 ? 1 : tests));
        if (!has_enough && row->blocks_needed < compare->blocks_for_exactness)
            row->blocks_needed = compare->blocks_for_exactness;
    }
}

/* ---- Rows of our own
 * -------------------------------------------------------------------------------------- */

static const struct bench_compare_metric *
add_metric(struct bench_compare *compare, const char *name, const char *unit, const char *better) {
    struct bench_compare_metric *metric = &compare->metrics[compare->metric_count++];

    *metric = (struct bench_compare_metric){.name = strdup(name),
                                            .unit = strdup(unit),
                                            .better = strdup(better),
                                            .is_deterministic = true,
                                            .ratio = NAN,
                                            .low = NAN,
                                            .high = NAN};
    return metric->name == NULL || metric->unit == NULL || metric->better == NULL ? NULL : metric;
}

static int
add_count(struct sheet *sheet, const struct bench_compare_metric *metric, size_t cell, double base,
          double new) {
    struct bench_compare_row *row;

    if (metric == NULL || add_row(sheet, metric, cell, &row) != 0)
        return -ENOMEM;
    row->base = base;
    row->new = new;
    row->is_exact = row->is_sure = true;
    row->ratio = base > 0 && new > 0 ? new / base : NAN;
    row->blocks = sheet->work->compare->cells[cell].blocks;
    row->verdict = verdict_of(metric, new > base || (new == base && metric->better[0] == 'l'));
    return 0;
}

/* Counts what became of the cells; `ret_unlike` are blocks that only one side finished, or with another
 * answer. */
static void
count_cell(const struct bench_compare_work *work, size_t index, size_t *ret_unlike,
           size_t *ret_answers) {
    struct bench_compare_cell *cell = &work->compare->cells[index];

    *ret_unlike = *ret_answers = 0;
    for (size_t i = 0; i < work->pair_count; i++) {
        size_t at = index * work->pair_count + i;
        uint8_t base = work->halves[0].states[at], new = work->halves[1].states[at];
        uint64_t one = work->halves[0].digests[at], other = work->halves[1].digests[at];
        cell->base_cells += base != BENCH_COMPARE_NOTHING;
        cell->new_cells += new != BENCH_COMPARE_NOTHING;
        cell->base_finished += base == BENCH_COMPARE_FINISHED;
        cell->new_finished += new == BENCH_COMPARE_FINISHED;
        if (base == BENCH_COMPARE_NOTHING || new == BENCH_COMPARE_NOTHING)
            continue;
        *ret_unlike += base != new;
        if (base != BENCH_COMPARE_FINISHED || new != BENCH_COMPARE_FINISHED)
            continue;
        cell->blocks++;
        *ret_answers +=
            work->same_seeds && work->same_answers && one != 0 && other != 0 && one != other;
    }
}

static int
compare_cells(struct sheet *sheet) {
    struct bench_compare_work *work = sheet->work;
    struct bench_compare *compare = work->compare;
    const struct bench_compare_metric *finished, *answers;
    size_t measured = compare->metric_count, unlike, others;
    int error = 0;

    finished = add_metric(compare, "finished", "cells", "higher");
    answers = add_metric(compare, "other_answers", "cells", "lower");
    compare->metric_count = measured; /* for the values' places; put back below */
    sheet->count = 0;
    compare->least_blocks = SIZE_MAX;
    compare->most_blocks = 0;
    for (size_t i = 0; error == 0 && i < compare->cell_count; i++) {
        struct bench_compare_cell *cell = &compare->cells[i];
        count_cell(work, i, &unlike, &others);
        if (cell->blocks < compare->least_blocks)
            compare->least_blocks = cell->blocks;
        if (cell->blocks > compare->most_blocks)
            compare->most_blocks = cell->blocks;
        if (unlike > 0)
            error = add_count(sheet, finished, i, (double)cell->base_finished,
                              (double)cell->new_finished);
        if (error == 0 && others > 0)
            error = add_count(sheet, answers, i, 0, (double)others);
    }
    compare->metric_count = measured + 2;
    return error;
}

static int
make_sheet(struct sheet *sheet, struct bench_compare_work *work) {
    size_t room = work->pair_count + 1;
    double *doubles = calloc(4 * room, sizeof *doubles);

    *sheet = (struct sheet){.work = work, .base = doubles};
    sheet->draws = calloc(room, sizeof *sheet->draws);
    if (doubles == NULL || sheet->draws == NULL)
        return -ENOMEM;
    sheet->new = doubles + room;
    sheet->logs = doubles + 2 * room;
    sheet->sums = doubles + 3 * room;
    return 0;
}

static void
drop_sheet(struct sheet *sheet) {
    for (size_t i = 0; sheet->draws != NULL && i <= sheet->work->pair_count; i++)
        if (sheet->draws[i] != NULL) {
            bench_compare_draws_fini(sheet->draws[i]);
            free(sheet->draws[i]);
        }
    free(sheet->draws);
    free(sheet->base);
}

int
bench_compare_rows(struct bench_compare_work *work) {
    struct bench_compare *compare = work->compare;
    struct sheet sheet;
    size_t tests = 0, timed = 0, metrics = compare->metric_count;
    int error = make_sheet(&sheet, work);

    compare->blocks_for_exactness =
        bench_compare_stats_sign_blocks(1 - compare->options.confidence);
    for (size_t i = 0; error == 0 && i < metrics; i++)
        error = compare_metric(&sheet, i);
    if (error == 0)
        error = correct(compare, &tests);
    for (size_t i = 0; error == 0 && i < compare->row_count; i++)
        if (!compare->rows[i].is_exact) {
            judge_timed(&sheet, &compare->rows[i], tests);
            timed++;
        }
    if (error == 0)
        error = compare_cells(&sheet);
    drop_sheet(&sheet);
    if (error != 0)
        return error;
    compare->test_count = tests;
    if (timed > 0 && compare->least_blocks < compare->blocks_for_exactness)
        bench_compare_warn(compare,
                           "%zu block%s: at %g %% a time can be called better or worse, or break a "
                           "rule, with %zu at least",
                           compare->least_blocks, compare->least_blocks == 1 ? "" : "s",
                           100 * compare->options.confidence, compare->blocks_for_exactness);
    return 0;
}
