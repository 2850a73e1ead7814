/* SPDX-License-Identifier: MIT
 *
 * report/detail.c: see report/detail.h.
 */
#include "bench/report/detail.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "bench/report/curves.h"

enum {
    BINS_A_TEN = 10,
    BINS_MOST = 14 * BINS_A_TEN, /* an hour has less than 14 digits in ns */
};

static int
read_view(struct bench_store *store, struct bench_hist *hist, int64_t config, const char *name,
          struct bench_report_latency *view) {
    bench_hist_init(hist);
    int error = bench_store_histogram(store, config, name, hist);
    bench_report_curves_percentiles(hist, view->ns);
    if (error || hist->count == 0)
        return error == -ENOENT ? 0 : error;
    return bench_report_curves_trace(hist, &view->points, &view->count);
}

/* The least whole number in a bin. */
static uint64_t
bin_edge(int bin) {
    return bin == 0 ? 0 : (uint64_t)ceil(pow(10, (double)bin / BINS_A_TEN) * (1 - 1e-12));
}

static int
read_bins(struct bench_store *store, struct bench_hist *hist, int64_t config, const char *name,
          struct bench_report_bin **ret_bins, size_t *ret_count) {
    struct bench_report_bin bins[BINS_MOST];
    int first = BINS_MOST, last = -1, bin = 0;
    bench_hist_init(hist);
    int error = bench_store_histogram(store, config, name, hist);
    if (error || hist->count == 0)
        return error == -ENOENT ? 0 : error;
    for (int i = 0; i < BINS_MOST; i++)
        bins[i] = (struct bench_report_bin){bin_edge(i), bin_edge(i + 1), 0};
    for (size_t i = 0; i < BENCH_HIST_BUCKETS; i++) {
        if (hist->buckets[i] == 0)
            continue;
        while (bin + 1 < BINS_MOST && bench_hist_low(i) >= bins[bin].below_ns)
            bin++;
        bins[bin].count += hist->buckets[i];
        first = bin < first ? bin : first;
        last = bin;
    }
    size_t count = (size_t)(last - first) + 1;
    struct bench_report_bin *kept = malloc(count * sizeof(*kept));
    if (!kept)
        return -ENOMEM;
    for (int i = first; i <= last; i++)
        kept[i - first] = bins[i];
    *ret_bins = kept;
    *ret_count = count;
    return 0;
}

static int
read_series(struct bench_store *store, int64_t cell, struct bench_report_detail *detail) {
    const struct {
        const char *name;
        struct bench_series *series;
    } wanted[] = {{"collections0", &detail->collections[0]},
                  {"collections1", &detail->collections[1]},
                  {"collections2", &detail->collections[2]},
                  {"live", &detail->live},
                  {"trash", &detail->trash}};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        int error = bench_store_series(store, cell, wanted[i].name, wanted[i].series);
        if (error && error != -ENOENT)
            return error;
    }
    return 0;
}

int
bench_report_detail_read(struct bench_store *store, struct bench_hist *scratch,
                         struct bench_report_config *config) {
    static const char *const views[BENCH_REPORT_VIEW_COUNT] = {"intended", "metered"};
    static const char *const pauses[BENCH_REPORT_GENERATIONS] = {"pause0", "pause1", "pause2"};
    if (config->cell == 0)
        return 0;
    struct bench_report_detail *detail = calloc(1, sizeof(*detail));
    if (!detail)
        return -ENOMEM;
    config->detail = detail;
    int error = read_series(store, config->cell, detail);
    for (int i = 0; i < BENCH_REPORT_VIEW_COUNT && !error; i++)
        error = read_view(store, scratch, config->id, views[i], &detail->views[i]);
    for (int i = 0; i < BENCH_REPORT_GENERATIONS && !error; i++)
        error = read_bins(store, scratch, config->id, pauses[i], &detail->bins[i],
                          &detail->bin_count[i]);
    return error;
}

void
bench_report_detail_free(struct bench_report_detail *detail) {
    if (!detail)
        return;
    for (int i = 0; i < BENCH_REPORT_VIEW_COUNT; i++)
        free(detail->views[i].points);
    for (int i = 0; i < BENCH_REPORT_GENERATIONS; i++) {
        free(detail->bins[i]);
        bench_series_fini(&detail->collections[i]);
    }
    bench_series_fini(&detail->live);
    bench_series_fini(&detail->trash);
    free(detail);
}

size_t
bench_report_detail_of(const struct bench_report_group *group,
                       const struct bench_report_config *ret_configs[2]) {
    const size_t wanted[2] = {0, group->best};
    size_t count = 0;
    for (size_t i = 0; i < 2; i++)
        if (wanted[i] < group->count && (i == 0 || wanted[i] != 0) &&
            group->configs[wanted[i]].detail)
            ret_configs[count++] = &group->configs[wanted[i]];
    return count;
}
