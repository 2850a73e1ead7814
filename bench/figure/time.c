/* SPDX-License-Identifier: MIT
 *
 * figure/time.c: see figure/time.h.
 *
 * A configuration that lacks something keeps its place in a table with a row of n/a, so that a panel's
 * blocks are found by counting.
 */
#include "bench/figure/time.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/figure/table.h"
#include "bench/report/detail.h"

enum {
    COLUMNS = 160,     /* of a timeline */
    PARTS_POINTS = 160 /* of a curve of memory */
};

struct subjects {
    const struct bench_report_config *configs[2];
    size_t count;
};

static struct subjects
find_subjects(const struct bench_report_group *group) {
    struct subjects subjects;
    subjects.count = bench_report_detail_of(group, subjects.configs);
    return subjects;
}

static void
end_row(const struct bench_report_config *config, FILE *out) {
    fputc('\t', out);
    bench_figure_write_cell(config->short_label, out);
    fputc('\n', out);
}

/* "the default", or the name in quotes. */
static void
write_subject(const struct subjects *subjects, size_t i, FILE *out) {
    if (i == 0)
        fputs("the default", out);
    else
        fprintf(out, "“%s”", subjects->configs[i]->short_label);
}

/* ---- Views of latency -------------------------------------------------------------------------- */

static const char *const view_names[1 + BENCH_REPORT_VIEW_COUNT] = {
    "from its begin", "from the intended begin", "at an even rate"};

/* 0: simple, then enum bench_report_view. */
static struct bench_report_latency
get_view(const struct bench_report_config *config, int view) {
    struct bench_report_latency simple = {config->curve, config->curve_count, {0}};
    memcpy(simple.ns, config->latency_ns, sizeof(simple.ns));
    return view == 0 ? simple : config->detail->views[view - 1];
}

bool
bench_figure_views_is_there(const struct bench_report_group *group) {
    struct subjects subjects = find_subjects(group);
    for (size_t i = 0; i < subjects.count; i++)
        for (int view = 0; view < BENCH_REPORT_VIEW_COUNT; view++)
            if (subjects.configs[i]->detail->views[view].count)
                return true;
    return false;
}

bool
bench_figure_views_is_telling(const struct bench_report_group *group) {
    struct subjects subjects = find_subjects(group);
    for (size_t i = 0; i < subjects.count; i++)
        if (subjects.configs[i]->detail->views[BENCH_REPORT_INTENDED].count)
            return true;
    return false;
}

void
bench_figure_views_export(const struct bench_report_group *group, FILE *out) {
    struct subjects subjects = find_subjects(group);
    for (size_t i = 0; i < subjects.count; i++)
        for (int view = 0; view <= BENCH_REPORT_VIEW_COUNT; view++) {
            struct bench_report_latency latency = get_view(subjects.configs[i], view);
            bench_figure_begin_block(out, i == 0 && view == 0, view_names[view],
                                     "latency_ns\tsupported\tconfiguration");
            for (size_t k = 0; k < latency.count; k++) {
                const struct bench_report_point *point = &latency.points[k];
                fprintf(out, "%.9f\t%llu\t%d", point->percent, (unsigned long long)point->ns,
                        point->supported);
                end_row(subjects.configs[i], out);
            }
            if (latency.count == 0) {
                fputs("n/a\tn/a\tn/a", out);
                end_row(subjects.configs[i], out);
            }
        }
}

/* The highest percentile that all views of all subjects have; MAX: none. */
static int
find_common_percentile(const struct subjects *subjects) {
    for (int column = BENCH_REPORT_P9999; column > BENCH_REPORT_P0; column--) {
        bool is_common = true;
        for (size_t i = 0; i < subjects->count; i++)
            for (int view = 0; view <= BENCH_REPORT_VIEW_COUNT; view++) {
                struct bench_report_latency latency = get_view(subjects->configs[i], view);
                is_common = is_common && (!latency.count || !isnan(latency.ns[column]));
            }
        if (is_common)
            return column;
    }
    return BENCH_REPORT_MAX;
}

static void
read_views(const struct bench_report_config *config, int column, bool is_first, FILE *out) {
    static const char *const words[1 + BENCH_REPORT_VIEW_COUNT] = {
        " from its begin", " from when it was meant to begin", " had all come at an even rate"};
    const char *before = " ";
    char text[24];
    for (int view = 0; view <= BENCH_REPORT_VIEW_COUNT; view++) {
        struct bench_report_latency latency = get_view(config, view);
        if (!latency.count)
            continue;
        fprintf(out, "%s%s%s", before, bench_figure_time(latency.ns[column], text),
                is_first ? words[view] : "");
        before = " and ";
    }
}

void
bench_figure_views_read(const struct bench_report_group *group, FILE *out) {
    struct subjects subjects = find_subjects(group);
    int column = find_common_percentile(&subjects);
    if (!bench_figure_views_is_there(group)) {
        fputs("Only the time from the begin of an operation was recorded.", out);
        return;
    }
    if (column == BENCH_REPORT_MAX)
        fputs("At most an operation takes", out);
    else
        fprintf(out, "At the %gth percentile an operation takes",
                bench_report_data_percent((enum bench_report_percentile)column));
    for (size_t i = 0; i < subjects.count; i++) {
        fputs(i ? "; with " : " with ", out);
        write_subject(&subjects, i, out);
        read_views(subjects.configs[i], column, i == 0, out);
    }
    fputc('.', out);
}

/* ---- Timeline ---------------------------------------------------------------------------------- */

static size_t
count_events(const struct subjects *subjects) {
    size_t count = 0;
    for (size_t i = 0; i < subjects->count; i++)
        for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++)
            count += subjects->configs[i]->detail->collections[k].count;
    return count;
}

bool
bench_figure_timeline_is_there(const struct bench_report_group *group) {
    struct subjects subjects = find_subjects(group);
    return count_events(&subjects) > 0;
}

/* NaN: not known. */
static double
get_pause_share(const struct bench_report_config *config) {
    return config->median[BENCH_REPORT_PAUSE_SUM_NS] / config->median[BENCH_REPORT_WALL_NS];
}

bool
bench_figure_timeline_is_telling(const struct bench_report_group *group) {
    struct subjects subjects = find_subjects(group);
    bool is_heavy = false;
    for (size_t i = 0; i < subjects.count; i++)
        is_heavy = is_heavy || get_pause_share(subjects.configs[i]) >= 0.01;
    return is_heavy && count_events(&subjects) >= 10;
}

static int64_t
find_last_event(const struct subjects *subjects) {
    int64_t last = 0;
    for (size_t i = 0; i < subjects->count; i++)
        for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++) {
            const struct bench_series *events = &subjects->configs[i]->detail->collections[k];
            if (events->count && events->samples[events->count - 1].t_ns > last)
                last = events->samples[events->count - 1].t_ns;
        }
    return last;
}

/* Of a generation with very many the recorder kept the longest of so many in a row, a power of two. */
static uint64_t
find_kept_of(const struct bench_report_config *config, int generation) {
    double all = config->median[BENCH_REPORT_COLLECTIONS + generation];
    size_t kept = config->detail->collections[generation].count;
    uint64_t of = 1;
    while (kept && (double)(of * kept) < all)
        of *= 2;
    return of;
}

static void
write_events(const struct bench_report_config *config, int generation, int64_t last, FILE *out) {
    const struct bench_series *events = &config->detail->collections[generation];
    int64_t width = last / COLUMNS + 1;
    uint64_t of = find_kept_of(config, generation);
    for (size_t begin = 0, end; begin < events->count; begin = end) {
        size_t longest = begin;
        int64_t column = events->samples[begin].t_ns / width;
        for (end = begin; end < events->count && events->samples[end].t_ns / width == column; end++)
            if (events->samples[end].value > events->samples[longest].value)
                longest = end;
        fprintf(out, "%lld\t%lld\t%" PRIu64, (long long)events->samples[longest].t_ns,
                (long long)events->samples[longest].value, of * (end - begin));
        end_row(config, out);
    }
    if (events->count == 0) {
        fputs("n/a\tn/a\t0", out);
        end_row(config, out);
    }
}

void
bench_figure_timeline_export(const struct bench_report_group *group, FILE *out) {
    struct subjects subjects = find_subjects(group);
    int64_t last = find_last_event(&subjects);
    char name[32];
    for (size_t i = 0; i < subjects.count; i++)
        for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++) {
            snprintf(name, sizeof(name), "generation %d", k);
            bench_figure_begin_block(out, i == 0 && k == 0, name,
                                     "took_ns\tlongest_of\tconfiguration");
            write_events(subjects.configs[i], k, last, out);
        }
}

static void
read_longest_event(const struct bench_report_config *config, FILE *out) {
    const struct bench_sample *longest = NULL;
    int generation = 0;
    char took[24], began[24];
    for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++) {
        const struct bench_series *events = &config->detail->collections[k];
        for (size_t i = 0; i < events->count; i++)
            if (!longest || events->samples[i].value > longest->value) {
                longest = &events->samples[i];
                generation = k;
            }
    }
    if (!longest) {
        fputs(" never collects", out);
        return;
    }
    double share = get_pause_share(config);
    if (isfinite(share))
        fprintf(out,
                share < 0.001   ? " spends less than 0.1 %% of its time on collections"
                : share < 0.095 ? " spends %.1f %% of its time on collections"
                                : " spends %.0f %% of its time on collections",
                100 * share);
    fprintf(out, "%s longest, of generation %d, takes %s and begins after %s",
            isfinite(share) ? "; the" : "’s", generation,
            bench_figure_time((double)longest->value, took),
            bench_figure_time((double)longest->t_ns, began));
}

void
bench_figure_timeline_read(const struct bench_report_group *group, FILE *out) {
    struct subjects subjects = find_subjects(group);
    if (count_events(&subjects) == 0) {
        fputs("Nothing was collected.", out);
        return;
    }
    for (size_t i = 0; i < subjects.count; i++) {
        if (i == 0)
            fputs("The default", out);
        else
            fprintf(out, " “%s”", subjects.configs[i]->short_label);
        read_longest_event(subjects.configs[i], out);
        fputc('.', out);
    }
}

/* ---- Histogram of pauses ----------------------------------------------------------------------- */

bool
bench_figure_pausehist_is_there(const struct bench_report_group *group) {
    struct subjects subjects = find_subjects(group);
    for (size_t i = 0; i < subjects.count; i++)
        for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++)
            if (subjects.configs[i]->detail->bin_count[k])
                return true;
    return false;
}

bool
bench_figure_pausehist_is_telling(const struct bench_report_group *group) {
    struct subjects subjects = find_subjects(group);
    size_t there = 0;
    for (size_t i = 0; i < subjects.count; i++) {
        uint64_t count = 0;
        for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++)
            count += subjects.configs[i]->pauses[k].count;
        there += count >= 10;
    }
    return there == 2;
}

/* A generation that neither has collected is left out. */
void
bench_figure_pausehist_export(const struct bench_report_group *group, FILE *out) {
    struct subjects subjects = find_subjects(group);
    bool is_first = true;
    for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++) {
        size_t there = 0;
        for (size_t i = 0; i < subjects.count; i++)
            there += subjects.configs[i]->detail->bin_count[k] > 0;
        for (size_t i = 0; i < subjects.count && there; i++, is_first = false) {
            const struct bench_report_detail *detail = subjects.configs[i]->detail;
            bench_figure_begin_block(out, is_first, subjects.configs[i]->short_label,
                                     "below_ns\tcollections\tgeneration");
            for (size_t j = 0; j < detail->bin_count[k]; j++) {
                const struct bench_report_bin *bin = &detail->bins[k][j];
                fprintf(out, "%llu\t%llu\t%llu\t%d\n", (unsigned long long)bin->from_ns,
                        (unsigned long long)bin->below_ns, (unsigned long long)bin->count, k);
            }
            if (detail->bin_count[k] == 0)
                fprintf(out, "n/a\tn/a\tn/a\t%d\n", k);
        }
    }
    if (is_first)
        fputs("nothing\tbelow_ns\tcollections\tgeneration\nn/a\tn/a\tn/a\tn/a\n", out);
}

/* The youngest generation that is told of; -1: nothing was collected. */
static int
find_generation(const struct subjects *subjects) {
    for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++)
        for (size_t i = 0; i < subjects->count; i++)
            if (subjects->configs[i]->pauses[k].count)
                return k;
    return -1;
}

static double
find_longest_pause(const struct bench_report_config *config) {
    double longest = NAN;
    for (int k = 0; k < BENCH_REPORT_GENERATIONS; k++)
        longest = fmax(longest, config->pauses[k].max_ns);
    return longest;
}

void
bench_figure_pausehist_read(const struct bench_report_group *group, FILE *out) {
    struct subjects subjects = find_subjects(group);
    int generation = find_generation(&subjects);
    char text[24], longest[24];
    if (generation < 0) {
        fputs("Nothing was collected.", out);
        return;
    }
    for (size_t i = 0; i < subjects.count; i++) {
        const struct bench_report_config *config = subjects.configs[i];
        const struct bench_report_pauses *pauses = &config->pauses[generation];
        fputs(i ? "; with " : "With ", out);
        write_subject(&subjects, i, out);
        if (isnan(find_longest_pause(config))) {
            fputs(" nothing is collected", out);
            continue;
        }
        if (pauses->count)
            fprintf(
                out,
                isnan(pauses->p50_ns) ? " a collection of generation %d takes %s on average,"
                                      : " half the collections of generation %d take at most %s,",
                generation,
                bench_figure_time(isnan(pauses->p50_ns) ? pauses->mean_ns : pauses->p50_ns, text));
        else
            fprintf(out, " there is none of generation %d,", generation);
        fprintf(out, " and the longest of all %s",
                bench_figure_time(find_longest_pause(config), longest));
    }
    fputc('.', out);
}

/* ---- Parts of memory --------------------------------------------------------------------------- */

bool
bench_figure_parts_is_there(const struct bench_report_group *group) {
    struct subjects subjects = find_subjects(group);
    for (size_t i = 0; i < subjects.count; i++)
        if (subjects.configs[i]->resident.count)
            return true;
    return false;
}

static double
find_most(const struct bench_series *series) {
    int64_t most = 0;
    for (size_t i = 0; i < series->count; i++)
        most = series->samples[i].value > most ? series->samples[i].value : most;
    return (double)most;
}

bool
bench_figure_parts_is_telling(const struct bench_report_group *group) {
    struct subjects subjects = find_subjects(group);
    for (size_t i = 0; i < subjects.count; i++) {
        const struct bench_report_config *config = subjects.configs[i];
        double peak = config->median[BENCH_REPORT_PEAK_BYTES];
        double other = subjects.configs[0]->median[BENCH_REPORT_PEAK_BYTES];
        double trash = find_most(&config->detail->trash);
        if (config->resident.count && config->detail->live.count &&
            (trash > 0.05 * peak || fabs(peak - other) > 0.05 * other))
            return true;
    }
    return false;
}

static void
write_part(const struct bench_report_config *config, const char *name,
           const struct bench_series *series, bool is_first, FILE *out) {
    bench_figure_begin_block(out, is_first, name, "bytes\tconfiguration");
    if (bench_figure_write_samples(series, PARTS_POINTS, config->short_label, out) == 0) {
        fputs("n/a\tn/a", out);
        end_row(config, out);
    }
}

void
bench_figure_parts_export(const struct bench_report_group *group, FILE *out) {
    struct subjects subjects = find_subjects(group);
    for (size_t i = 0; i < subjects.count; i++) {
        const struct bench_report_config *config = subjects.configs[i];
        const struct bench_series *resident = &config->resident;
        double baseline = config->median[BENCH_REPORT_BASELINE_BYTES];
        struct bench_sample ends[2] = {{0, (int64_t)baseline}, {0, (int64_t)baseline}};
        struct bench_series line = {ends, 2, 2}, none = {0};
        if (resident->count)
            ends[1].t_ns = resident->samples[resident->count - 1].t_ns;
        write_part(config, "resident", resident, i == 0, out);
        write_part(config, "live", &config->detail->live, false, out);
        write_part(config, "trash", &config->detail->trash, false, out);
        write_part(config, "baseline", isnan(baseline) ? &none : &line, false, out);
    }
}

void
bench_figure_parts_read(const struct bench_report_group *group, FILE *out) {
    struct subjects subjects = find_subjects(group);
    char text[24];
    for (size_t i = 0; i < subjects.count; i++) {
        const struct bench_report_config *config = subjects.configs[i];
        double trash = find_most(&config->detail->trash);
        fputs(i ? " With " : "With ", out);
        write_subject(&subjects, i, out);
        fprintf(out, " %s are resident at most",
                bench_figure_bytes(config->median[BENCH_REPORT_PEAK_BYTES], text));
        if (!isnan(config->median[BENCH_REPORT_BASELINE_BYTES]))
            fprintf(out, ", %s of them before the work began",
                    bench_figure_bytes(config->median[BENCH_REPORT_BASELINE_BYTES], text));
        if (!isnan(config->median[BENCH_REPORT_LIVE_BYTES]))
            fprintf(out, "; at most %s are live",
                    bench_figure_bytes(config->median[BENCH_REPORT_LIVE_BYTES], text));
        if (config->detail->trash.count && trash == 0)
            fputs(", none of them trash", out);
        else if (trash > 0)
            fprintf(out, ", and at most %s trash", bench_figure_bytes(trash, text));
        fputc('.', out);
    }
    if (subjects.count == 0)
        fputs("No cell of the default was finished.", out);
}

/* ---- Utilisation ------------------------------------------------------------------------------- */

bool
bench_figure_mmu_is_there(const struct bench_report_group *group) {
    for (size_t i = 0; i < group->count; i++)
        if (group->configs[i].mmu.count)
            return true;
    return false;
}

static size_t
write_mmu_rows(const struct bench_report_config *config, FILE *out) {
    for (size_t i = 0; i < config->mmu.count; i++)
        fprintf(out, "%lld\t%.4f\n", (long long)config->mmu.samples[i].t_ns,
                (double)config->mmu.samples[i].value / 1e4);
    return config->mmu.count;
}

void
bench_figure_mmu_export(const struct bench_report_group *group, FILE *out) {
    bench_figure_export_series(group, "left_percent", "n/a\tn/a\n", write_mmu_rows, out);
}

/* The window that is told of: the longest up to 10 ms that all curves have; 0: none. */
static int
find_window(const struct bench_report_group *group) {
    int64_t window = 10000000;
    for (size_t i = 0; i < group->count; i++) {
        const struct bench_series *curve = &group->configs[i].mmu;
        int64_t longest = 0;
        for (size_t k = 0; k < curve->count && curve->samples[k].t_ns <= window; k++)
            longest = curve->samples[k].t_ns;
        if (curve->count)
            window = longest;
    }
    return (int)window;
}

/* What is left of the worst window of that length. */
static double
get_utilisation(const struct bench_report_config *config, int window) {
    for (size_t i = 0; i < config->mmu.count; i++)
        if (config->mmu.samples[i].t_ns == window)
            return (double)config->mmu.samples[i].value / 1e6;
    return NAN;
}

bool
bench_figure_mmu_is_telling(const struct bench_report_group *group) {
    const struct bench_report_config *least, *greatest;
    int window = find_window(group);
    if (!bench_figure_find_extremes(group, get_utilisation, window, &least, &greatest))
        return false;
    double low = get_utilisation(least, window);
    return low < 0.5 || get_utilisation(greatest, window) - low >= 0.1;
}

static char *
print_share(double share, char buffer[24]) {
    snprintf(buffer, 24, share > 0 && share < 0.0995 ? "%.1f %%" : "%.0f %%", 100 * share);
    return buffer;
}

void
bench_figure_mmu_read(const struct bench_report_group *group, FILE *out) {
    const struct bench_report_config *least, *greatest;
    int window = find_window(group);
    char text[24];
    if (!bench_figure_find_extremes(group, get_utilisation, window, &least, &greatest)) {
        fputs("No window of time is known for any configuration.", out);
        return;
    }
    bench_figure_time(window, text);
    if (get_utilisation(least, window) >= 0.995) {
        fprintf(out, "Even of the worst %s the collector takes less than 0.5 %%.", text);
        return;
    }
    fprintf(out, "Of the worst %s ", text);
    bench_figure_read_extremes(group, get_utilisation, window, print_share, "leaves to the program",
                               "leaves it", out);
}
