/* SPDX-License-Identifier: MIT
 *
 * figure.c: the list of figures, and the tables of those that every workload has. figure/batch.c draws.
 */
#include "bench/figure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure/batch.h"
#include "bench/figure/gc.h"
#include "bench/figure/growth.h"
#include "bench/figure/table.h"
#include "bench/say.h"

enum {
    SERIES_POINTS_MOST = 400, /* of a drawn series of samples */
};

/* ---- Tables ------------------------------------------------------------------------------------ */

static size_t
write_latency_rows(const struct bench_report_config *config, FILE *out) {
    for (size_t i = 0; i < config->curve_count; i++) {
        const struct bench_report_point *point = &config->curve[i];
        fprintf(out, "%.9f\t%llu\t%d\n", point->percent, (unsigned long long)point->ns,
                point->supported);
    }
    return config->curve_count;
}

static void
export_latency(const struct bench_report_group *group, FILE *out) {
    bench_figure_export_series(group, "latency_ns\tsupported", "n/a\tn/a\tn/a\n",
                               write_latency_rows, out);
}

/* Of too many samples, the highest of each run of neighbours is kept, and the first and last of all:
 * peaks survive. */
static size_t
write_memory_rows(const struct bench_report_config *config, FILE *out) {
    const struct bench_series *series = &config->resident;
    size_t run = (series->count + SERIES_POINTS_MOST - 1) / SERIES_POINTS_MOST, rows = 0;
    for (size_t begin = 0; begin < series->count; begin += run) {
        size_t end = begin + run < series->count ? begin + run : series->count, pick = begin;
        for (size_t i = begin; i < end; i++)
            if (series->samples[i].value > series->samples[pick].value)
                pick = i;
        pick = begin == 0 ? 0 : end == series->count ? end - 1 : pick;
        fprintf(out, "%lld\t%lld\n", (long long)series->samples[pick].t_ns,
                (long long)series->samples[pick].value);
        rows++;
    }
    return rows;
}

static void
export_memory(const struct bench_report_group *group, FILE *out) {
    bench_figure_export_series(group, "resident_bytes", "n/a\tn/a\n", write_memory_rows, out);
}

static size_t
write_tradeoff_rows(const struct bench_report_config *config, FILE *out) {
    double wall = config->median[BENCH_REPORT_WALL_NS];
    double peak = config->median[BENCH_REPORT_PEAK_BYTES];
    if (isnan(wall) || isnan(peak))
        return 0;
    fprintf(out, "%.0f\t%.0f\n", wall, peak);
    return 1;
}

static void
export_tradeoff(const struct bench_report_group *group, FILE *out) {
    const char *columns = "peak_resident_bytes";
    bench_figure_export_series(group, columns, "n/a\tn/a\n", write_tradeoff_rows, out);
    bench_figure_begin_block(out, false, "Pareto front", columns);
    for (size_t i = 0; i < group->front_count; i++)
        write_tradeoff_rows(&group->configs[group->front[i]], out);
    if (group->front_count == 0)
        fputs("n/a\tn/a\n", out);
}

/* ---- Readings ---------------------------------------------------------------------------------- */

static double
get_latency(const struct bench_report_config *config, int which) {
    return config->latency_ns[which];
}

static double
get_median(const struct bench_report_config *config, int which) {
    return config->median[which];
}

static void
read_latency(const struct bench_report_group *group, FILE *out) {
    static const int columns[] = {BENCH_REPORT_P999, BENCH_REPORT_P99, BENCH_REPORT_P50};
    const struct bench_report_config *least, *greatest;
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if (!bench_figure_find_extremes(group, get_latency, columns[i], &least, &greatest))
            continue;
        fprintf(out, "At the %gth percentile ",
                bench_report_data_percent((enum bench_report_percentile)columns[i]));
        bench_figure_read_extremes(group, get_latency, columns[i], bench_figure_time,
                                   "is fastest with", "slowest with", out);
        return;
    }
    fputs("No configuration has enough samples of latency for a percentile.", out);
}

static void
read_memory(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *least, *greatest;
    if (bench_figure_find_extremes(group, get_median, BENCH_REPORT_PEAK_BYTES, &least, &greatest))
        bench_figure_read_extremes(group, get_median, BENCH_REPORT_PEAK_BYTES, bench_figure_bytes,
                                   "stays lowest with a peak of", "rises highest, to", out);
    else
        fputs("No configuration has a figure of resident memory.", out);
}

static void
read_tradeoff(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *first = &group->configs[0];
    size_t beaters = 0;
    for (size_t i = 0; i < group->count; i++) {
        const double *one = first->median, *other = group->configs[i].median;
        beaters += other[BENCH_REPORT_WALL_NS] <= one[BENCH_REPORT_WALL_NS] &&
                   other[BENCH_REPORT_PEAK_BYTES] <= one[BENCH_REPORT_PEAK_BYTES] && i != 0;
    }
    if (group->front_count == 0) {
        fputs("No configuration has both a wall time and a peak of memory.", out);
        return;
    }
    fprintf(out, "%zu of %zu configurations %s worth having: no other is both faster and smaller.",
            group->front_count, group->count, group->front_count == 1 ? "is" : "are");
    if (first->front)
        fputs(" The default is one of them.", out);
    else if (beaters)
        fprintf(out, " The default is not: %zu %s it in both.", beaters,
                beaters == 1 ? "beats" : "beat");
}

/* ---- The rows ---------------------------------------------------------------------------------- */

static const struct bench_figure figures[] = {
    {"tradeoff", "Time against memory",
     "Which configurations are worth having, when time and memory both count?", export_tradeoff,
     read_tradeoff, NULL, "wall_time_ns"},
    {"latency", "Latency by percentile",
     "How long do the slowest operations take under each configuration?", export_latency,
     read_latency, NULL, "percent"},
    {"memory", "Resident memory over time",
     "How much memory does each configuration hold resident, from start to drain?", export_memory,
     read_memory, NULL, "t_ns"},
    {"heatmap", "Slowest operations by threshold and mode",
     "Which threshold of generation 0 and which mode keep the slowest operations short?",
     bench_figure_heatmap_export, bench_figure_heatmap_read, bench_figure_heatmap_is_there, NULL},
    {"longest", "The longest collection",
     "For how long does the longest collection stop the program, inside an operation and anywhere?",
     bench_figure_longest_export, bench_figure_longest_read, bench_figure_gc_is_there, NULL},
    {"pauses", "Pauses by generation",
     "How long do collections of each generation take under each configuration?",
     bench_figure_pauses_export, bench_figure_pauses_read, bench_figure_gc_is_there, "mean_ns"},
    {"yield", "Collections and their yield",
     "How much do collections examine, and how much of it was trash?", bench_figure_yield_export,
     bench_figure_yield_read, bench_figure_gc_is_there, NULL},
    {"footprint", "Bytes for each item", "How many bytes does each of many things cost?",
     bench_figure_footprint_export, bench_figure_footprint_read, bench_figure_footprint_is_there,
     "live_bytes"},
    {"staircase", "Growth against CPython",
     "Do containers grow at the same lengths and to the same sizes as CPython's?",
     bench_figure_staircase_export, bench_figure_staircase_read, bench_figure_staircase_is_there,
     "length"},
    {"spikes", "Slowest operations of a round",
     "At which length does one more item take long, every time?", bench_figure_spikes_export,
     bench_figure_spikes_read, bench_figure_spikes_is_there, "operation"},
};

enum {
    FIGURE_COUNT = sizeof(figures) / sizeof(figures[0])
};

const struct bench_figure *
bench_figure_rows(size_t *ret_count) {
    *ret_count = FIGURE_COUNT;
    return figures;
}

const struct bench_figure *
bench_figure_find(const char *name, const char **ret_nearest) {
    const char *names[FIGURE_COUNT + 1] = {NULL};
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        if (strcmp(figures[i].name, name) == 0)
            return &figures[i];
        names[i] = figures[i].name;
    }
    *ret_nearest = bench_say_guess(name, names);
    return NULL;
}

const char *
bench_figure_plots_dir(void) {
    const char *given = getenv("GCSWEEP_PLOTS");
    return given && *given ? given : BENCH_PLOTS_DIR;
}

/* ---- Drawing ----------------------------------------------------------------------------------- */

static int
write_table(bench_figure_write_fn write, const void *context, const char *path, char *why,
            size_t why_bytes) {
    FILE *out = fopen(path, "w");
    if (out)
        write(context, out);
    bool failed = !out || ferror(out);
    if (out && fclose(out))
        failed = true;
    if (failed)
        snprintf(why, why_bytes, "%s: cannot be written: %s", path, strerror(errno));
    return failed ? -ENOENT : 0;
}

int
bench_figure_draw_written(const char *name, const char *title, const char *caption,
                          bench_figure_write_fn write, const void *context, const char *out,
                          const char *format, char *why, size_t why_bytes) {
    const struct bench_figure_picture picture = {name, title, caption, write, context, out, format};
    struct bench_figure_batch *batch = NULL;
    if (strcmp(format, "tsv") == 0)
        return write_table(write, context, out, why, why_bytes);
    int error = bench_figure_batch_open(&batch, why, why_bytes);
    if (!error)
        error = bench_figure_batch_add(batch, &picture, why, why_bytes);
    if (!error)
        error = bench_figure_batch_draw(batch, why, why_bytes);
    bench_figure_batch_close(batch);
    return error;
}

struct group_table {
    const struct bench_figure *figure;
    const struct bench_report_group *group;
};

static void
write_group(const void *context, FILE *out) {
    const struct group_table *table = context;
    table->figure->export_table(table->group, out);
}

int
bench_figure_add(struct bench_figure_batch *batch, const struct bench_figure *figure,
                 const struct bench_report_data *data, const struct bench_report_group *group,
                 const char *out, const char *format, char *why, size_t why_bytes) {
    const struct group_table table = {figure, group};
    char title[256], caption[512];
    snprintf(title, sizeof(title), "%s: %s", group->title, figure->title);
    snprintf(caption, sizeof(caption), "run %s · commit %.24s · %s",
             bench_report_data_run(data, "name"), bench_report_data_environment(data, "commit"),
             bench_report_data_environment(data, "cpu"));
    const struct bench_figure_picture picture = {.name = figure->name,
                                                 .title = title,
                                                 .caption = caption,
                                                 .write = write_group,
                                                 .context = &table,
                                                 .out = out,
                                                 .format = format};
    return bench_figure_batch_add(batch, &picture, why, why_bytes);
}

int
bench_figure_draw(const struct bench_figure *figure, const struct bench_report_data *data,
                  const struct bench_report_group *group, const char *out, const char *format,
                  char *why, size_t why_bytes) {
    const struct group_table table = {figure, group};
    struct bench_figure_batch *batch = NULL;
    if (strcmp(format, "tsv") == 0)
        return write_table(write_group, &table, out, why, why_bytes);
    int error = bench_figure_batch_open(&batch, why, why_bytes);
    if (!error)
        error = bench_figure_add(batch, figure, data, group, out, format, why, why_bytes);
    if (!error)
        error = bench_figure_batch_draw(batch, why, why_bytes);
    bench_figure_batch_close(batch);
    return error;
}
