/* SPDX-License-Identifier: MIT
 *
 * figure/growth.c: see figure/growth.h.
 *
 * CPython's steps come from plots/reference, where the scripts are, and end up in the table beside ours:
 * a picture needs nothing but its table. A container grows the same whatever else is configured, so the
 * staircase has each once, from the first configuration that tells of it.
 */
#include "bench/figure/growth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figure.h"
#include "bench/figure/table.h"

/* ---- Footprint --------------------------------------------------------------------------------- */

static double
get_median(const struct bench_report_config *config, int which) {
    return config->median[which];
}

bool
bench_figure_footprint_is_there(const struct bench_report_group *group) {
    const struct bench_report_config *least, *greatest;
    return bench_figure_find_extremes(group, get_median, BENCH_REPORT_ITEM_LIVE_BYTES, &least,
                                      &greatest);
}

enum {
    FOOTPRINT_ROWS = 16 /* bars that still can be read */
};

static double
get_growth(const struct bench_report_config *config, int which) {
    double bytes =
        config->median[BENCH_REPORT_PEAK_BYTES] - config->median[BENCH_REPORT_BASELINE_BYTES];
    double items = config->median[BENCH_REPORT_ITEMS];
    (void)which;
    return items > 0 ? bytes / items : NAN;
}

/* CPython does not say what was requested. Then what is resident is, of all, simply what the process grew by. */
static bool
has_accounts(const struct bench_report_group *group) {
    for (size_t i = 0; i < group->count; i++)
        if (!isnan(get_growth(&group->configs[i], 0)) &&
            isnan(get_median(&group->configs[i], BENCH_REPORT_ITEM_LIVE_BYTES)))
            return false;
    return true;
}

static double
get_resident(const struct bench_report_group *group, const struct bench_report_config *config) {
    double bytes = has_accounts(group) ? get_median(config, BENCH_REPORT_ITEM_RESIDENT_BYTES)
                                       : get_growth(config, 0);
    return isnan(bytes) ? NAN : fmax(bytes, 0);
}

static bool
has_footprint(const struct bench_report_group *group, size_t index) {
    const struct bench_report_config *config = &group->configs[index];
    return !isnan(get_median(config, BENCH_REPORT_ITEM_LIVE_BYTES)) ||
           !isnan(get_resident(group, config));
}

static void
write_bytes(double bytes, FILE *out) {
    isnan(bytes) ? fputs("n/a\t", out) : fprintf(out, "%.3f\t", bytes);
}

/* In the order of the grid, so that what is alike but for the engine stands together. */
void
bench_figure_footprint_export(const struct bench_report_group *group, FILE *out) {
    bool *is_shown = calloc(group->count + 1, sizeof(*is_shown));
    size_t rows = 0, others = 0;
    for (size_t i = 0; is_shown && i < group->count; i++)
        if (has_footprint(group, group->order[i])) {
            is_shown[group->order[i]] = rows < FOOTPRINT_ROWS;
            others += rows++ >= FOOTPRINT_ROWS;
        }
    bench_figure_begin_block(out, true, "each configuration", "resident_bytes\tconfiguration");
    for (size_t i = 0; is_shown && i < group->count; i++) {
        if (!is_shown[i])
            continue;
        write_bytes(get_median(&group->configs[i], BENCH_REPORT_ITEM_LIVE_BYTES), out);
        write_bytes(get_resident(group, &group->configs[i]), out);
        bench_figure_write_cell(group->configs[i].short_label, out);
        fputc('\n', out);
    }
    free(is_shown);
    if (rows == 0)
        fputs("n/a\tn/a\tn/a\n", out);
    if (others == 0)
        return;
    char name[64];
    snprintf(name, sizeof(name), "%zu other configurations", others);
    bench_figure_begin_block(out, false, name, "resident_bytes\tconfiguration");
    fputs("n/a\tn/a\tn/a\n", out);
}

void
bench_figure_footprint_read(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *least, *greatest;
    if (!bench_figure_find_extremes(group, get_median, BENCH_REPORT_ITEM_LIVE_BYTES, &least,
                                    &greatest)) {
        fputs("The workload does not say how many things it makes.", out);
        return;
    }
    double most = get_median(greatest, BENCH_REPORT_ITEM_LIVE_BYTES);
    if (least != greatest && most < 1.005 * get_median(least, BENCH_REPORT_ITEM_LIVE_BYTES)) {
        char text[24];
        fprintf(out, "By accounting all need the same for each, %s.",
                bench_figure_bytes(most, text));
    } else {
        fputs("By accounting ", out);
        bench_figure_read_extremes(group, get_median, BENCH_REPORT_ITEM_LIVE_BYTES,
                                   bench_figure_bytes, "needs least for each,", "most,", out);
    }
    if (has_accounts(group) || !bench_figure_find_extremes(group, get_growth, 0, &least, &greatest))
        return;
    fputs(" By what the process grew by, with all that holds them, ", out);
    bench_figure_read_extremes(group, get_growth, 0, bench_figure_bytes, "needs least,", "most,",
                               out);
}

/* ---- CPython's steps --------------------------------------------------------------------------- */

static const char *const container_names[BENCH_REPORT_CONTAINER_COUNT] = {
    [BENCH_REPORT_LIST] = "list",
    [BENCH_REPORT_DICT] = "dict",
    [BENCH_REPORT_SET] = "set",
    [BENCH_REPORT_ARRAY] = "array",
};

const char *
bench_figure_container_name(enum bench_report_container container) {
    return container_names[container];
}

/* The series that a header row begins; NULL: nobody asks for it. */
static struct bench_series *
find_block(struct bench_figure_reference *reference, const char *line) {
    size_t length = strcspn(line, "\t");
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++)
        if (strlen(container_names[i]) == length && strncmp(line, container_names[i], length) == 0)
            return &reference->growth[i];
    return NULL;
}

void
bench_figure_reference_init(struct bench_figure_reference *reference) {
    struct bench_series *series = NULL;
    char path[4096], line[256];
    long long length, bytes;

    *reference = (struct bench_figure_reference){0};
    snprintf(path, sizeof(path), "%s/reference/growth-3.11.2.tsv", bench_figure_plots_dir());
    FILE *in = fopen(path, "r");
    if (!in)
        return;
    while (fgets(line, sizeof(line), in)) {
        if (sscanf(line, "%lld\t%lld", &length, &bytes) == 2) {
            if (series)
                bench_series_add(series, length, bytes);
        } else if (*line != '\n') {
            series = find_block(reference, line);
        }
    }
    fclose(in);
}

void
bench_figure_reference_fini(struct bench_figure_reference *reference) {
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++)
        bench_series_fini(&reference->growth[i]);
}

/* ---- Staircase --------------------------------------------------------------------------------- */

static const struct bench_series *
find_growth(const struct bench_report_group *group, int container) {
    for (size_t i = 0; i < group->count; i++)
        if (group->configs[i].growth[container].count)
            return &group->configs[i].growth[container];
    return NULL;
}

bool
bench_figure_staircase_is_there(const struct bench_report_group *group) {
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++)
        if (find_growth(group, i))
            return true;
    return false;
}

/* Up to that length, at which the last step ends. */
static void
write_steps(const struct bench_series *series, int64_t length_most, FILE *out) {
    struct bench_sample last = {0, 0};
    for (size_t i = 0; i < series->count && series->samples[i].t_ns <= length_most; i++) {
        last = series->samples[i];
        fprintf(out, "%lld\t%lld\n", (long long)last.t_ns, (long long)last.value);
    }
    if (last.value == 0)
        fputs("n/a\tn/a\n", out);
    else if (last.t_ns < length_most)
        fprintf(out, "%lld\t%lld\n", (long long)length_most, (long long)last.value);
}

void
bench_figure_staircase_export(const struct bench_report_group *group, FILE *out) {
    struct bench_figure_reference reference;
    bool is_first = true;

    bench_figure_reference_init(&reference);
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++) {
        const struct bench_series *ours = find_growth(group, i);
        char name[64];
        if (!ours)
            continue;
        bench_figure_begin_block(out, is_first, container_names[i], "bytes");
        write_steps(ours, ours->samples[ours->count - 1].t_ns, out);
        snprintf(name, sizeof(name), "%s in CPython 3.11.2", container_names[i]);
        bench_figure_begin_block(out, false, name, "bytes");
        write_steps(&reference.growth[i], ours->samples[ours->count - 1].t_ns, out);
        is_first = false;
    }
    if (is_first)
        fputs("nothing\tbytes\nn/a\tn/a\n", out);
    bench_figure_reference_fini(&reference);
}

static bool
has_step(const struct bench_series *series, struct bench_sample step) {
    for (size_t i = 0; i < series->count; i++)
        if (series->samples[i].t_ns == step.t_ns && series->samples[i].value == step.value)
            return true;
    return false;
}

static int64_t
find_size(const struct bench_series *series, int64_t length) {
    int64_t size = 0;
    for (size_t i = 0; i < series->count && series->samples[i].t_ns <= length; i++)
        size = series->samples[i].value;
    return size;
}

struct bench_figure_steps
bench_figure_compare_steps(const struct bench_series *ours, const struct bench_series *reference) {
    struct bench_figure_steps steps = {0};
    for (size_t i = 0; i < ours->count; i++) {
        struct bench_sample step = ours->samples[i];
        if (i == 0 || step.value != ours->samples[i - 1].value) {
            steps.count++;
            steps.equal += has_step(reference, step);
            steps.agreeing += find_size(reference, step.t_ns) == step.value;
        }
        steps.length_most = step.t_ns;
        steps.bytes = step.value;
    }
    while (steps.other_count < reference->count &&
           reference->samples[steps.other_count].t_ns <= steps.length_most)
        steps.other_bytes = reference->samples[steps.other_count++].value;
    return steps;
}

void
bench_figure_staircase_read(const struct bench_report_group *group, FILE *out) {
    struct bench_figure_reference reference;
    const char *before = "";

    bench_figure_reference_init(&reference);
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++) {
        const struct bench_series *ours = find_growth(group, i);
        if (!ours)
            continue;
        struct bench_figure_steps steps = bench_figure_compare_steps(ours, &reference.growth[i]);
        fprintf(out, "%s%s: ", before, container_names[i]);
        if (steps.other_bytes == 0)
            fprintf(out, "%zu sizes, and no table of CPython’s to compare them with", steps.count);
        else if (steps.equal == steps.count && steps.count == steps.other_count)
            fprintf(out, "all %zu sizes are CPython’s, at the same lengths", steps.count);
        else if (steps.agreeing == steps.count)
            fprintf(
                out,
                "all %zu sizes that were seen are CPython’s at that length, %zu of them since the "
                "same length; it has %zu",
                steps.count, steps.equal, steps.other_count);
        else
            fprintf(out, "%zu of %zu sizes are not CPython’s at that length",
                    steps.count - steps.agreeing, steps.count);
        before = "; ";
    }
    fputs(*before ? "." : "The workload lets nothing grow.", out);
    bench_figure_reference_fini(&reference);
}

/* ---- Spikes ------------------------------------------------------------------------------------ */

const struct bench_sample *
bench_figure_greatest(const struct bench_series *series) {
    const struct bench_sample *greatest = NULL;
    for (size_t i = 0; i < series->count; i++)
        if (!greatest || series->samples[i].value > greatest->value)
            greatest = &series->samples[i];
    return greatest;
}

static double
get_spike(const struct bench_report_config *config, int which) {
    const struct bench_sample *greatest = bench_figure_greatest(&config->slowest);
    (void)which;
    return greatest ? (double)greatest->value : NAN;
}

bool
bench_figure_spikes_is_there(const struct bench_report_group *group) {
    for (size_t i = 0; i < group->count; i++)
        if (group->configs[i].slowest.count)
            return true;
    return false;
}

static size_t
write_spikes_rows(const struct bench_report_config *config, FILE *out) {
    const struct bench_series *series = &config->slowest;
    for (size_t i = 0; i < series->count; i++)
        fprintf(out, "%lld\t%lld\n", (long long)series->samples[i].t_ns,
                (long long)series->samples[i].value);
    return series->count;
}

void
bench_figure_spikes_export(const struct bench_report_group *group, FILE *out) {
    bench_figure_export_series(group, "slowest_ns", "n/a\tn/a\n", write_spikes_rows, out);
}

void
bench_figure_spikes_read(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *least, *greatest;
    char text[24];
    if (!bench_figure_find_extremes(group, get_spike, 0, &least, &greatest)) {
        fputs("The workload does not go in rounds.", out);
        return;
    }
    const struct bench_sample *spike = bench_figure_greatest(&greatest->slowest);
    fprintf(out,
            "The slowest that comes in every round is “%s” at operation %lld or soon after: %s",
            greatest->short_label, (long long)spike->t_ns,
            bench_figure_time((double)spike->value, text));
    if (least != greatest)
        fprintf(out, "; “%s” never needs more than %s", least->short_label,
                bench_figure_time(get_spike(least, 0), text));
    fputc('.', out);
}
