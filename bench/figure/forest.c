/* SPDX-License-Identifier: MIT
 *
 * figure/forest.c: see figure/forest.h.
 *
 * A comparison may have thousands of rows and a picture has room for some dozens: what differs, then what is noisy, then
 * counts that changed by less than the floor, each as they come in it; they are drawn by falling ratio. A row without a ratio (from 0 to something)
 * has no place. Means over a metric's rows come on top where there is more than one row of it.
 */
#include "bench/figure/forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure/table.h"

enum {
    ROWS_MOST = 28,
    MEANS_MOST = 8,
    NAME_BYTES = 512
};

struct line {
    const char *metric;
    const struct bench_compare_cell *cell; /* NULL: the mean over those of the metric */
    double ratio, low, high;
    enum bench_compare_verdict verdict;
};

struct lines {
    struct line rows[MEANS_MOST + ROWS_MOST];
    size_t count, means, left_out;
    bool is_one_metric;
};

static bool
has_ratio(double ratio) {
    return isfinite(ratio) && ratio > 0;
}

static int
compare_ratios(const void *one, const void *other) {
    const struct line *a = one, *b = other;
    return (a->ratio < b->ratio) - (a->ratio > b->ratio);
}

static void
take_means(const struct bench_compare *compare, struct lines *lines) {
    for (size_t i = 0; i < compare->metric_count && lines->count < MEANS_MOST; i++) {
        const struct bench_compare_metric *metric = &compare->metrics[i];
        if (metric->mean_rows < 2 || !has_ratio(metric->ratio) || metric->is_deterministic)
            continue;
        lines->rows[lines->count++] = (struct line){metric->name, NULL,         metric->ratio,
                                                    metric->low,  metric->high, BENCH_COMPARE_SAME};
    }
    lines->means = lines->count;
}

enum {
    RANKS = 4
};

/* Lower ones are drawn first. A count that is another by next to nothing has less to show than noise. */
static int
rank_row(const struct bench_compare *compare, const struct bench_compare_row *row) {
    bool is_small = fabs(log(row->ratio)) <= log1p(compare->options.floor);
    switch (row->verdict) {
    case BENCH_COMPARE_NOISY:
        return 1;
    case BENCH_COMPARE_CHANGED:
        return is_small ? 2 : 0;
    case BENCH_COMPARE_SAME:
        return 3;
    default:
        return 0;
    }
}

static void
take_rank(const struct bench_compare *compare, int rank, struct lines *lines) {
    for (size_t i = 0; i < compare->row_count; i++) {
        const struct bench_compare_row *row = &compare->rows[i];
        if (row->is_exact && row->verdict == BENCH_COMPARE_SAME)
            continue; /* equal is equal, and there are many */
        if (has_ratio(row->ratio) ? rank_row(compare, row) != rank : rank != 0)
            continue;
        if (!has_ratio(row->ratio) || lines->count == lines->means + ROWS_MOST) {
            lines->left_out++;
            continue;
        }
        lines->rows[lines->count++] = (struct line){row->metric->name, row->cell, row->ratio,
                                                    row->low,          row->high, row->verdict};
    }
}

static void
take_rows(const struct bench_compare *compare, struct lines *lines) {
    for (int rank = 0; rank < RANKS; rank++)
        take_rank(compare, rank, lines);
    if (lines->count > lines->means)
        qsort(&lines->rows[lines->means], lines->count - lines->means, sizeof(struct line),
              compare_ratios);
    lines->is_one_metric = true;
    for (size_t i = 1; i < lines->count; i++)
        lines->is_one_metric &= strcmp(lines->rows[i].metric, lines->rows[0].metric) == 0;
}

static void
write_bound(double bound, FILE *out) {
    has_ratio(bound) ? fprintf(out, "\t%.6g", bound) : fputs("\tn/a", out);
}

/* "churn churn.size=64" as "churn size=64". */
static void
append_cell(const struct bench_compare_cell *cell, char name[NAME_BYTES]) {
    size_t used = strlen(name), workload = cell->workload ? strlen(cell->workload) : 0;
    for (const char *at = cell->name; *at && used + 1 < NAME_BYTES;) {
        bool begins = at == cell->name || at[-1] == ' ';
        if (workload && begins && strncmp(at, cell->workload, workload) == 0 && at[workload] == '.')
            at += workload + 1;
        else
            name[used++] = *at++;
    }
    name[used] = '\0';
}

static void
write_line(const struct lines *lines, size_t index, FILE *out) {
    const struct line *line = &lines->rows[index];
    char name[NAME_BYTES];
    if (!line->cell)
        snprintf(name, sizeof(name), "%s, all", line->metric);
    else
        snprintf(name, sizeof(name), "%s%s", lines->is_one_metric ? "" : line->metric,
                 lines->is_one_metric ? "" : " ");
    if (line->cell)
        append_cell(line->cell, name);
    fprintf(out, "%zu\t%.6g", index + 1, line->ratio);
    write_bound(line->low, out);
    write_bound(line->high, out);
    fputc('\t', out);
    bench_figure_write_cell(name, out);
    if (has_ratio(line->low) && has_ratio(line->high))
        fprintf(out, "\t%.3f (%.3f to %.3f)\n", line->ratio, line->low, line->high);
    else
        fprintf(out, "\t%.3f\n", line->ratio);
}

/* A block for each verdict that there is; the first one is the floor. */
void
bench_figure_forest_export(const struct bench_compare *compare, FILE *out) {
    static const enum bench_compare_verdict order[] = {BENCH_COMPARE_WORSE, BENCH_COMPARE_BETTER,
                                                       BENCH_COMPARE_CHANGED, BENCH_COMPARE_NOISY,
                                                       BENCH_COMPARE_SAME};
    const char *columns = "ratio\tlow_ratio\thigh_ratio\tconfiguration\tin_words";
    struct lines lines = {.count = 0};
    take_means(compare, &lines);
    take_rows(compare, &lines);
    bench_figure_begin_block(out, true, "within the floor", columns);
    fprintf(out, "0\t1\t%.6g\t%.6g\tfloor\t-\n", 1 / (1 + compare->options.floor),
            1 + compare->options.floor);
    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]) + 1; k++) {
        bool is_mean = k == sizeof(order) / sizeof(order[0]);
        size_t begin = is_mean ? 0 : lines.means, end = is_mean ? lines.means : lines.count;
        bool is_first = true;
        for (size_t i = begin; i < end; i++) {
            if (!is_mean && lines.rows[i].verdict != order[k])
                continue;
            if (is_first)
                bench_figure_begin_block(
                    out, false, is_mean ? "mean of all" : bench_compare_verdict_word(order[k]),
                    columns);
            is_first = false;
            write_line(&lines, i, out);
        }
    }
    if (lines.count == 0) {
        bench_figure_begin_block(out, false, "nothing", columns);
        fputs("n/a\tn/a\tn/a\tn/a\tn/a\t-\n", out);
    }
}

static void
write_table(const void *context, FILE *out) {
    bench_figure_forest_export(context, out);
}

int
bench_figure_forest_draw(const struct bench_compare *compare, const char *out, const char *format,
                         char *why, size_t why_bytes) {
    struct lines lines = {.count = 0};
    char title[600], caption[600], more[64] = "";
    bool is_one = strcmp(compare->base.commit, compare->new.commit) == 0;
    take_means(compare, &lines);
    take_rows(compare, &lines);
    if (lines.left_out)
        snprintf(more, sizeof(more), " · %zu more rows not drawn", lines.left_out);
    snprintf(title, sizeof(title), "%s%s%.200s against %.200s",
             lines.is_one_metric && lines.count ? lines.rows[0].metric : "",
             lines.is_one_metric && lines.count ? ": " : "", compare->new.text, compare->base.text);
    snprintf(caption, sizeof(caption), "%.0f %% intervals · %zu blocks · commit %.24s%s%.24s%s",
             100 * compare->options.confidence, compare->least_blocks, compare->new.commit,
             is_one ? "" : " against ", is_one ? "" : compare->base.commit, more);
    return bench_figure_draw_written("forest", title, caption, write_table, compare, out, format,
                                     why, why_bytes);
}
