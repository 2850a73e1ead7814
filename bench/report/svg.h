/* SPDX-License-Identifier: MIT
 *
 * report/svg.h: gnuplot's SVG made fit to stand inside the page.
 */
#ifndef BENCH_REPORT_SVG_H
#define BENCH_REPORT_SVG_H

#include <stdio.h>

/* Writes `svg` without prologue, fixed size, fonts and titles; its colours become the page's variables and
 * its ids begin with `id`. Class is `class`, and it is labelled by the element `label_id` and described
 * by `note_id`. -EINVAL: not the SVG that gnuplot writes. */
int bench_report_svg_embed(const char *svg, const char *id, const char *class, const char *label_id,
                           const char *note_id, FILE *out);

#endif
