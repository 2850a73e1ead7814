/* SPDX-License-Identifier: MIT
 *
 * report/curves.h: what a configuration has of curves: histograms of all its blocks together, and the
 * series of one cell that stands for it, the one with the median wall time.
 */
#ifndef BENCH_REPORT_CURVES_H
#define BENCH_REPORT_CURVES_H

#include "bench/hist.h"
#include "bench/report/data.h"

/* Of histograms: latency_ns, samples, curve, pauses. `scratch` is any. */
int bench_report_curves_read_histograms(struct bench_store *store, struct bench_hist *scratch,
                                        struct bench_report_config *config);

/* Some hundred points of a histogram that is not empty; free() them. */
int bench_report_curves_trace(const struct bench_hist *hist, struct bench_report_point **ret_points,
                              size_t *ret_count);

/* The columns of enum bench_report_percentile. */
void bench_report_curves_percentiles(const struct bench_hist *hist,
                                     double ret_ns[BENCH_REPORT_PERCENTILE_COUNT]);

/* Of cell `cell`; what it has not stays empty. */
int bench_report_curves_read_series(struct bench_store *store, int64_t cell,
                                    struct bench_report_config *config);

/* Releases what the two have read. */
void bench_report_curves_fini(struct bench_report_config *config);

#endif
