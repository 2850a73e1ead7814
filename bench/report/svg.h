/* SPDX-License-Identifier: MIT
 *
 * report/svg.h: a chart that gnuplot wrote as SVG, made small and made the page's own.
 */
#ifndef BENCH_REPORT_SVG_H
#define BENCH_REPORT_SVG_H

#include <stdio.h>

/* Writes one <svg> element that takes its colours and its writing from the page's style sheet, named by the
 * elements with the ids `label_id` and `note_id`. -EINVAL: `svg` has something that is not known here. */
int bench_report_svg_embed(const char *svg, const char *label_id, const char *note_id, FILE *out);

#endif
