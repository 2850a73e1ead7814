/* SPDX-License-Identifier: MIT
 *
 * report/curves.c: see report/curves.h.
 *
 * Histograms are large and are not kept; the curve drawn from one is, some hundred points. It has
 * POINTS_A_NINE points for each power of ten of 1/(1-p), at the powers themselves too, so that whoever
 * takes every tenth of them, or every twentieth, still has the 90th, the 99th and the 99.9th percentile.
 */
#include "bench/report/curves.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    POINTS_A_NINE = 20,
    POINTS_MOST = 20 * POINTS_A_NINE + 2, /* a count has less than 20 digits */
};

static const char *const growth_names[BENCH_REPORT_CONTAINER_COUNT] = {
    [BENCH_REPORT_LIST] = "listgrow.list_bytes",
    [BENCH_REPORT_DICT] = "listgrow.dict_bytes",
    [BENCH_REPORT_SET] = "listgrow.set_bytes",
    [BENCH_REPORT_ARRAY] = "listgrow.array_bytes",
};

/* ---- Latency ----------------------------------------------------------------------------------- */

static double
percentile_of(const struct bench_hist *hist, double percent) {
    uint64_t ns;
    return bench_hist_percentile(hist, percent, &ns) ? (double)ns : NAN;
}

/* Walks the buckets once, up to the greatest value at 1-1/count. The last supported point begins the
 * unsupported part as well. */
static size_t
trace_curve(const struct bench_hist *hist, struct bench_report_point points[POINTS_MOST]) {
    double total = (double)hist->count, next = 1;
    uint64_t below = 0;
    size_t count = 0, step = 0;
    bool was_supported = true;
    for (size_t i = 0; i < BENCH_HIST_BUCKETS && below < hist->count; i++) {
        if (hist->buckets[i] == 0)
            continue;
        below += hist->buckets[i];
        uint64_t high = bench_hist_low(i + 1) - 1;
        uint64_t ns = high < hist->greatest ? high : hist->greatest;
        double reach = below < hist->count ? total / (total - (double)below) : total;
        for (; next <= reach * (1 + 1e-9) && count + 2 <= POINTS_MOST;
             next = pow(10, (double)++step / POINTS_A_NINE)) {
            bool supported = total / next >= BENCH_HIST_BEYOND;
            if (!supported && was_supported && count) {
                points[count] = points[count - 1];
                points[count++].supported = false;
            }
            was_supported = supported;
            points[count++] = (struct bench_report_point){100 * (1 - 1 / next),
                                                          step == 0 ? hist->least : ns, supported};
        }
    }
    return count;
}

int
bench_report_curves_trace(const struct bench_hist *hist, struct bench_report_point **ret_points,
                          size_t *ret_count) {
    struct bench_report_point points[POINTS_MOST];
    size_t count = trace_curve(hist, points);
    *ret_count = 0;
    *ret_points = count ? malloc(count * sizeof(*points)) : NULL;
    if (!*ret_points)
        return count ? -ENOMEM : 0;
    memcpy(*ret_points, points, count * sizeof(*points));
    *ret_count = count;
    return 0;
}

void
bench_report_curves_percentiles(const struct bench_hist *hist,
                                double ret_ns[BENCH_REPORT_PERCENTILE_COUNT]) {
    for (int i = 0; i < BENCH_REPORT_PERCENTILE_COUNT; i++)
        ret_ns[i] =
            i == BENCH_REPORT_P0
                ? NAN
                : percentile_of(hist, bench_report_data_percent((enum bench_report_percentile)i));
    if (hist->count == 0)
        return;
    ret_ns[BENCH_REPORT_P0] = (double)hist->least;
    ret_ns[BENCH_REPORT_MAX] = (double)hist->greatest;
}

static int
read_latency(struct bench_store *store, struct bench_hist *hist,
             struct bench_report_config *config) {
    bench_hist_init(hist);
    int error = bench_store_histogram(store, config->id, "latency", hist);
    if (error && error != -ENOENT)
        return error;
    config->samples = hist->count;
    bench_report_curves_percentiles(hist, config->latency_ns);
    return hist->count == 0 ? 0
                            : bench_report_curves_trace(hist, &config->curve, &config->curve_count);
}

/* ---- Pauses ------------------------------------------------------------------------------------ */

static int
read_pauses(struct bench_store *store, struct bench_hist *hist, const char *name,
            const struct bench_report_config *config, struct bench_report_pauses *pauses) {
    bench_hist_init(hist);
    int error = bench_store_histogram(store, config->id, name, hist);
    if (error && error != -ENOENT)
        return error;
    *pauses = (struct bench_report_pauses){.count = hist->count,
                                           .mean_ns = NAN,
                                           .p50_ns = percentile_of(hist, 50),
                                           .p90_ns = percentile_of(hist, 90),
                                           .p99_ns = percentile_of(hist, 99),
                                           .max_ns = hist->count ? (double)hist->greatest : NAN};
    bench_hist_mean(hist, &pauses->mean_ns);
    return 0;
}

int
bench_report_curves_read_histograms(struct bench_store *store, struct bench_hist *scratch,
                                    struct bench_report_config *config) {
    static const char *const names[BENCH_REPORT_GENERATIONS] = {"pause0", "pause1", "pause2"};
    int error = read_latency(store, scratch, config);
    for (int i = 0; i < BENCH_REPORT_GENERATIONS && !error; i++)
        error = read_pauses(store, scratch, names[i], config, &config->pauses[i]);
    return error;
}

/* ---- Series ------------------------------------------------------------------------------------ */

int
bench_report_curves_read_series(struct bench_store *store, int64_t cell,
                                struct bench_report_config *config) {
    struct {
        const char *name;
        struct bench_series *series;
    } wanted[3 + BENCH_REPORT_CONTAINER_COUNT] = {
        {"resident", &config->resident},
        {"slowest", &config->slowest},
        {"mmu", &config->mmu},
    };
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++) {
        wanted[3 + i].name = growth_names[i];
        wanted[3 + i].series = &config->growth[i];
    }
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        int error = bench_store_series(store, cell, wanted[i].name, wanted[i].series);
        if (error && error != -ENOENT)
            return error;
    }
    return 0;
}

void
bench_report_curves_fini(struct bench_report_config *config) {
    free(config->curve);
    bench_series_fini(&config->resident);
    bench_series_fini(&config->slowest);
    bench_series_fini(&config->mmu);
    for (int i = 0; i < BENCH_REPORT_CONTAINER_COUNT; i++)
        bench_series_fini(&config->growth[i]);
}
