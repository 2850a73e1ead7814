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

/* Of cell `cell`; what it has not stays empty. */
int bench_report_curves_read_series(struct bench_store *store, int64_t cell,
                                    struct bench_report_config *config);

/* Releases what the two have read. */
void bench_report_curves_fini(struct bench_report_config *config);

#endif
