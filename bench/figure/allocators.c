/* SPDX-License-Identifier: MIT
 *
 * figure/allocators.c: see figure/allocators.h.
 *
 * A configuration's label is cut in two: its allocator, that is the value of alloc.backend and what is preloaded
 * beneath the engine, and the rest. Configurations of a group with the same rest are a row; what they are held
 * against is the first of them, if nothing is preloaded beneath it. Of a large run the rows with the greatest ratio
 * either way are drawn.
 */
#include "bench/figure/allocators.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure/table.h"

enum {
    NAME_BYTES = 160,
    ROWS_MOST = 24,
    KINDS_MOST = 8 /* as many as there are markers */
};

struct point {
    char row[NAME_BYTES];       /* "churn size=64", with the rest of the label */
    char allocator[NAME_BYTES]; /* "system", "system jemalloc" */
    double time, memory;        /* ratios */
    size_t place;               /* of the row */
};

struct points {
    struct point *rows;
    size_t count, row_count;
    bool failed; /* no memory */
};

static void
append(char text[NAME_BYTES], const char *more, size_t length) {
    size_t used = strlen(text);
    snprintf(text + used, NAME_BYTES - used, "%s%.*s", used ? " " : "", (int)length, more);
}

/* "rt+jemalloc alloc.backend=system gc.mode=off" is "system jemalloc" and "rt gc.mode=off". */
static void
cut_label(const char *label, char ret_allocator[NAME_BYTES], char ret_rest[NAME_BYTES]) {
    static const char backend[] = "backend=";
    char preload[NAME_BYTES] = "";
    *ret_allocator = *ret_rest = '\0';
    for (const char *word = label; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " "), skip = sizeof(backend) - 1;
        const char *plus = memchr(word, '+', length);
        if (strncmp(word, backend, skip) == 0)
            append(ret_allocator, word + skip, length - skip);
        else if (strncmp(word, "alloc.backend=", skip + 6) == 0)
            append(ret_allocator, word + skip + 6, length - skip - 6);
        else if (plus && !memchr(word, '=', length)) {
            append(preload, plus + 1, length - (size_t)(plus + 1 - word));
            append(ret_rest, word, (size_t)(plus - word));
        } else
            append(ret_rest, word, length);
        word += length;
    }
    if (*preload)
        append(ret_allocator, preload, strlen(preload));
}

static bool
is_preloaded(const char *label) {
    size_t length = strcspn(label, " ");
    return memchr(label, '+', length) && !memchr(label, '=', length);
}

/* The first of the group with the same rest, or NULL. */
static const struct bench_report_config *
find_base(const struct bench_report_group *group, const char *rest) {
    char allocator[NAME_BYTES], other[NAME_BYTES];
    for (size_t i = 0; i < group->count; i++) {
        cut_label(group->configs[i].short_label, allocator, other);
        if (strcmp(rest, other) == 0)
            return is_preloaded(group->configs[i].short_label) ? NULL : &group->configs[i];
    }
    return NULL;
}

static double
find_ratio(const struct bench_report_config *base, const struct bench_report_config *config,
           int which) {
    double ratio = config->median[which] / base->median[which];
    return isfinite(ratio) && ratio > 0 ? ratio : NAN;
}

static void
add_point(struct points *points, const struct bench_report_group *group, size_t index) {
    const struct bench_report_config *config = &group->configs[index];
    struct point point = {.place = 0};
    char rest[NAME_BYTES];
    cut_label(config->short_label, point.allocator, rest);
    const struct bench_report_config *base = find_base(group, rest);
    if (!base || base == config || points->failed)
        return;
    point.time = find_ratio(base, config, BENCH_REPORT_WALL_NS);
    point.memory = find_ratio(base, config, BENCH_REPORT_PEAK_BYTES);
    char base_allocator[NAME_BYTES];
    cut_label(base->short_label, base_allocator, rest);
    if (strcmp(base_allocator, point.allocator) == 0 || (isnan(point.time) && isnan(point.memory)))
        return;
    append(point.row, group->title, strlen(group->title));
    if (*rest)
        append(point.row, rest, strlen(rest));
    struct point *rows = realloc(points->rows, (points->count + 1) * sizeof(*rows));
    points->failed = !rows;
    if (!rows)
        return;
    points->rows = rows;
    rows[points->count++] = point;
}

static double
measure(const struct point *point) {
    double time = isnan(point->time) ? 0 : fabs(log(point->time));
    return fmax(time, isnan(point->memory) ? 0 : fabs(log(point->memory)));
}

struct row {
    const char *name;
    double reach;
    size_t first;
};

static int
compare_reach(const void *one, const void *other) {
    const struct row *a = one, *b = other;
    if (a->reach != b->reach)
        return a->reach > b->reach ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

static int
compare_first(const void *one, const void *other) {
    const struct row *a = one, *b = other;
    return (a->first > b->first) - (a->first < b->first);
}

/* Places from 1, in the order of the run; 0 for what there is no room for. */
static void
place_rows(struct points *points) {
    struct row *rows = calloc(points->count + 1, sizeof(*rows));
    size_t count = 0;
    points->failed = points->failed || !rows;
    for (size_t i = 0; rows && i < points->count; i++) {
        size_t at = 0;
        while (at < count && strcmp(rows[at].name, points->rows[i].row) != 0)
            at++;
        if (at == count)
            rows[count++] = (struct row){points->rows[i].row, 0, i};
        rows[at].reach = fmax(rows[at].reach, measure(&points->rows[i]));
    }
    points->row_count = count;
    if (rows && count) {
        size_t shown = count < ROWS_MOST ? count : ROWS_MOST;
        qsort(rows, count, sizeof(*rows), compare_reach);
        qsort(rows, shown, sizeof(*rows), compare_first);
        for (size_t i = 0; i < points->count; i++)
            for (size_t k = 0; k < shown; k++)
                if (strcmp(rows[k].name, points->rows[i].row) == 0)
                    points->rows[i].place = k + 1;
    }
    free(rows);
}

static struct points
find_points(const struct bench_report_data *data) {
    struct points points = {0};
    for (size_t i = 0; i < data->group_count; i++)
        for (size_t k = 0; k < data->groups[i].count; k++)
            add_point(&points, &data->groups[i], k);
    place_rows(&points);
    return points;
}

/* Whether no earlier point is of that allocator. */
static bool
is_first_of_kind(const struct points *points, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (strcmp(points->rows[i].allocator, points->rows[index].allocator) == 0)
            return false;
    return true;
}

bool
bench_figure_allocators_is_there(const struct bench_report_data *data) {
    struct points points = find_points(data);
    bool is_there = points.count > 0;
    free(points.rows);
    return is_there;
}

static void
write_ratio(double ratio, FILE *out) {
    isnan(ratio) ? fputs("n/a\t", out) : fprintf(out, "%.5f\t", ratio);
}

void
bench_figure_allocators_export(const struct bench_report_data *data, FILE *out) {
    const char *columns = "time_ratio\tpeak_ratio\tconfiguration";
    struct points points = find_points(data);
    size_t kinds = 0;
    for (size_t i = 0; i < points.count && kinds < KINDS_MOST; i++) {
        const char *kind = points.rows[i].allocator;
        if (!is_first_of_kind(&points, i))
            continue;
        bench_figure_begin_block(out, kinds++ == 0, kind, columns);
        size_t rows = 0;
        for (size_t k = i; k < points.count; k++) {
            const struct point *point = &points.rows[k];
            if (strcmp(point->allocator, kind) != 0 || point->place == 0)
                continue;
            fprintf(out, "%zu\t", point->place);
            write_ratio(point->time, out);
            write_ratio(point->memory, out);
            bench_figure_write_cell(point->row, out);
            fputc('\n', out);
            rows++;
        }
        if (rows == 0)
            fputs("n/a\tn/a\tn/a\tn/a\n", out);
    }
    if (kinds == 0)
        fprintf(out, "nothing\t%s\nn/a\tn/a\tn/a\tn/a\n", columns);
    free(points.rows);
}

/* Geometric mean over all rows that have it; NaN: none. */
static double
find_mean(const struct points *points, const char *kind, bool is_time) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < points->count; i++) {
        double ratio = is_time ? points->rows[i].time : points->rows[i].memory;
        if (strcmp(points->rows[i].allocator, kind) != 0 || isnan(ratio))
            continue;
        sum += log(ratio);
        count++;
    }
    return count ? exp(sum / (double)count) : NAN;
}

void
bench_figure_allocators_read(const struct bench_report_data *data, FILE *out) {
    struct points points = find_points(data);
    size_t kinds = 0;
    for (size_t i = 0; i < points.count && kinds < KINDS_MOST; i++) {
        const char *kind = points.rows[i].allocator;
        if (!is_first_of_kind(&points, i))
            continue;
        double time = find_mean(&points, kind, true), memory = find_mean(&points, kind, false);
        fprintf(out, "%s“%s” takes ", kinds++ ? "; " : "On the whole ", kind);
        isnan(time) ? fputs("n/a", out) : fprintf(out, "%.2f", time);
        fputs(" times the default’s time and ", out);
        isnan(memory) ? fputs("n/a", out) : fprintf(out, "%.2f", memory);
        fputs(" times its peak of memory", out);
    }
    fputs(kinds ? "." : "The run has one allocator only.", out);
    if (points.row_count > ROWS_MOST)
        fprintf(out, " Of %zu rows the %d that differ most are drawn.", points.row_count,
                (int)ROWS_MOST);
    free(points.rows);
}
