/* SPDX-License-Identifier: MIT
 *
 * figure.c: the list of figures, and the tables of those that every workload has. figure/batch.c draws.
 */
#include "bench/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure/allocators.h"
#include "bench/figure/batch.h"
#include "bench/figure/csv.h"
#include "bench/figure/gc.h"
#include "bench/figure/growth.h"
#include "bench/figure/plane.h"
#include "bench/figure/table.h"
#include "bench/figure/time.h"
#include "bench/output.h"
#include "bench/say.h"

enum {
    SERIES_POINTS_MOST = 200, /* of a drawn series of samples */
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

static size_t
write_memory_rows(const struct bench_report_config *config, FILE *out) {
    return bench_figure_write_samples(&config->resident, SERIES_POINTS_MOST, NULL, out);
}

static void
export_memory(const struct bench_report_group *group, FILE *out) {
    bench_figure_export_series(group, "resident_bytes", "n/a\tn/a\n", write_memory_rows, out);
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

/* ---- The rows ---------------------------------------------------------------------------------- */

static const struct bench_figure figures[] = {
    {.name = "tradeoff",
     .title = "Time against memory",
     .question = "Which configurations are worth having, when time and memory both count?",
     .export_table = bench_figure_tradeoff_export,
     .read_out = bench_figure_tradeoff_read,
     .first_column = "wall_time_ns"},
    {.name = "latency",
     .title = "Latency by percentile",
     .question = "How long do the slowest operations take under each configuration?",
     .export_table = export_latency,
     .read_out = read_latency,
     .first_column = "percent"},
    {.name = "views",
     .title = "Latency as it is felt",
     .question = "How long does an operation take for somebody who waited for its turn?",
     .export_table = bench_figure_views_export,
     .read_out = bench_figure_views_read,
     .is_there = bench_figure_views_is_there,
     .is_telling = bench_figure_views_is_telling,
     .lacks = "latency from an intended begin or at an even rate",
     .first_column = "percent"},
    {.name = "memory",
     .title = "Resident memory over time",
     .question = "How much memory does each configuration hold resident, from start to drain?",
     .export_table = export_memory,
     .read_out = read_memory,
     .first_column = "t_ns"},
    {.name = "parts",
     .title = "What the memory is made of",
     .question =
         "How much of the memory is live, and how much is trash that waits for a collection?",
     .export_table = bench_figure_parts_export,
     .read_out = bench_figure_parts_read,
     .is_there = bench_figure_parts_is_there,
     .is_telling = bench_figure_parts_is_telling,
     .lacks = "samples of memory",
     .first_column = "t_ns"},
    {.name = "heatmap",
     .title = "p99 latency by threshold and mode",
     .question =
         "Which threshold of generation 0 and which mode keep the slowest operations short?",
     .export_table = bench_figure_heatmap_export,
     .read_out = bench_figure_heatmap_read,
     .is_there = bench_figure_heatmap_is_there,
     .lacks = "two knobs with 2 to 32 values each for a map"},
    {.name = "longest",
     .title = "The longest collection",
     .question = "For how long does the longest collection stop the program, inside an operation "
                 "and anywhere?",
     .export_table = bench_figure_longest_export,
     .read_out = bench_figure_longest_read,
     .is_there = bench_figure_gc_is_there,
     .lacks = "collection"},
    {.name = "timeline",
     .title = "When collections came",
     .question = "When did each collection begin, and how long did it take?",
     .export_table = bench_figure_timeline_export,
     .read_out = bench_figure_timeline_read,
     .is_there = bench_figure_timeline_is_there,
     .is_telling = bench_figure_timeline_is_telling,
     .lacks = "collection with its time",
     .first_column = "began_ns"},
    {.name = "pauses",
     .title = "Pauses by generation",
     .question = "How long do collections of each generation take under each configuration?",
     .export_table = bench_figure_pauses_export,
     .read_out = bench_figure_pauses_read,
     .is_there = bench_figure_gc_is_there,
     .lacks = "collection",
     .first_column = "mean_ns"},
    {.name = "pausehist",
     .title = "How long collections take",
     .question = "How many collections of each generation took how long?",
     .export_table = bench_figure_pausehist_export,
     .read_out = bench_figure_pausehist_read,
     .is_there = bench_figure_pausehist_is_there,
     .is_telling = bench_figure_pausehist_is_telling,
     .lacks = "collection with its time",
     .first_column = "from_ns"},
    {.name = "mmu",
     .title = "What is left to the program",
     .question = "How much of its worst moments does the collector leave to the program?",
     .export_table = bench_figure_mmu_export,
     .read_out = bench_figure_mmu_read,
     .is_there = bench_figure_mmu_is_there,
     .is_telling = bench_figure_mmu_is_telling,
     .lacks = "utilisation curve: newer runs record it",
     .first_column = "window_ns"},
    {.name = "yield",
     .title = "Collections and their yield",
     .question = "How much do collections examine, and how much of it was trash?",
     .export_table = bench_figure_yield_export,
     .read_out = bench_figure_yield_read,
     .is_there = bench_figure_gc_is_there,
     .lacks = "collection"},
    {.name = "frames",
     .title = "Frames that come too late",
     .question = "How many frames come too late at 60 and at 120 Hz, and how many in a row?",
     .export_table = bench_figure_frames_export,
     .read_out = bench_figure_frames_read,
     .is_there = bench_figure_frames_is_there,
     .is_telling = bench_figure_frames_is_telling,
     .lacks = "frames"},
    {.name = "footprint",
     .title = "Bytes for each item",
     .question = "How many bytes does each of many things cost?",
     .export_table = bench_figure_footprint_export,
     .read_out = bench_figure_footprint_read,
     .is_there = bench_figure_footprint_is_there,
     .lacks = "figure of bytes for each item",
     .first_column = "live_bytes"},
    {.name = "staircase",
     .title = "Growth against CPython",
     .question = "Do containers grow at the same lengths and to the same sizes as CPython's?",
     .export_table = bench_figure_staircase_export,
     .read_out = bench_figure_staircase_read,
     .is_there = bench_figure_staircase_is_there,
     .lacks = "container that grows",
     .first_column = "length"},
    {.name = "strategies",
     .title = "Ways to hold a CSV file",
     .question = "What does each way to hold a CSV file cost, in time and in memory?",
     .export_table = bench_figure_strategies_export,
     .read_out = bench_figure_strategies_read,
     .is_there = bench_figure_strategies_is_there,
     .lacks = "two values of csv.strategy",
     .first_column = "wall_time_ns"},
    {.name = "spikes",
     .title = "Slowest operations of a round",
     .question = "At which length does one more item take long, every time?",
     .export_table = bench_figure_spikes_export,
     .read_out = bench_figure_spikes_read,
     .is_there = bench_figure_spikes_is_there,
     .lacks = "rounds of operations",
     .first_column = "operation"},
    {.name = "allocators",
     .title = "Allocators, workload by workload",
     .question = "Which allocator is fastest and which needs least memory, workload by workload?",
     .lacks = "two allocators for one workload",
     .first_column = "row",
     .export_run = bench_figure_allocators_export,
     .read_run = bench_figure_allocators_read,
     .is_in_run = bench_figure_allocators_is_there},
    {.name = "forest",
     .title = "Comparison",
     .question = "Which rows of a comparison differ, by how much, and how sure is that?",
     .drawn_by = "gcsweep plot forest BASE NEW -o FILE"},
    {.name = "history",
     .title = "History",
     .question = "How did a metric change from run to run?",
     .drawn_by = "gcsweep history METRIC RUN... -o FILE"},
};

enum {
    FIGURE_COUNT = sizeof(figures) / sizeof(figures[0])
};

bool
bench_figure_is_wanted(const struct bench_figure *figure, const struct bench_report_group *group) {
    bool (*ask)(const struct bench_report_group *group) =
        figure->is_telling ? figure->is_telling : figure->is_there;
    return figure->export_table && (!ask || ask(group));
}

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
bench_figure_format(const char *path) {
    static const char *const formats[] = {"svg", "png", "pdf", "tsv"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(dot + 1, formats[i]) == 0)
            return formats[i];
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
    struct bench_output output;
    int error = bench_output_open(&output, path, true, why, why_bytes);
    if (error)
        return error;
    write(context, output.file);
    return bench_output_finish(&output, why, why_bytes);
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

struct figure_table {
    const struct bench_figure *figure;
    const struct bench_report_data *data;
    const struct bench_report_group *group;
};

static void
write_figure(const void *context, FILE *out) {
    const struct figure_table *table = context;
    if (table->figure->export_run)
        table->figure->export_run(table->data, out);
    else
        table->figure->export_table(table->group, out);
}

int
bench_figure_add(struct bench_figure_batch *batch, const struct bench_figure *figure,
                 const struct bench_report_data *data, const struct bench_report_group *group,
                 const char *out, const char *format, char *why, size_t why_bytes) {
    const struct figure_table table = {figure, data, group};
    char title[256], caption[512];
    snprintf(title, sizeof(title), "%s%s%s", group ? group->title : "", group ? ": " : "",
             figure->title);
    snprintf(caption, sizeof(caption), "run %s · commit %.24s · %s",
             bench_report_data_run(data, "name"), bench_report_data_environment(data, "commit"),
             bench_report_data_environment(data, "cpu"));
    const struct bench_figure_picture picture = {.name = figure->name,
                                                 .title = title,
                                                 .caption = caption,
                                                 .write = write_figure,
                                                 .context = &table,
                                                 .out = out,
                                                 .format = format};
    return bench_figure_batch_add(batch, &picture, why, why_bytes);
}

int
bench_figure_draw(const struct bench_figure *figure, const struct bench_report_data *data,
                  const struct bench_report_group *group, const char *out, const char *format,
                  char *why, size_t why_bytes) {
    const struct figure_table table = {figure, data, group};
    struct bench_figure_batch *batch = NULL;
    if (strcmp(format, "tsv") == 0)
        return write_table(write_figure, &table, out, why, why_bytes);
    int error = bench_figure_batch_open(&batch, why, why_bytes);
    if (!error)
        error = bench_figure_add(batch, figure, data, group, out, format, why, why_bytes);
    if (!error)
        error = bench_figure_batch_draw(batch, why, why_bytes);
    bench_figure_batch_close(batch);
    return error;
}
