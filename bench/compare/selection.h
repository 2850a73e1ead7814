/* SPDX-License-Identifier: MIT
 *
 * compare/selection.h: RUN[:NAME=VALUE[,VALUE]]..., a run or a part of it, as text.
 *
 * The run ends at the first colon with a NAME= behind it, so that a path may have colons of its own.
 */
#ifndef BENCH_COMPARE_SELECTION_H
#define BENCH_COMPARE_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

enum {
    BENCH_COMPARE_CHOICES = 24
};

struct bench_compare_choice {
    char *name, *values; /* a knob, "engine" or "workload"; with commas */
};

struct bench_compare_selection {
    char *text; /* the strings of the others are in it */
    char *run;
    struct bench_compare_choice choices[BENCH_COMPARE_CHOICES];
    size_t count;
};

/* -EINVAL, -ENOMEM, with one line in `why`; then there is nothing to fini. */
int bench_compare_selection_parse(const char *text, struct bench_compare_selection *ret_selection,
                                  char *why, size_t why_bytes);
void bench_compare_selection_fini(struct bench_compare_selection *selection);

/* NULL: nothing is said of it. */
const struct bench_compare_choice *
bench_compare_selection_find(const struct bench_compare_selection *selection, const char *name);

/* Whether one of the choice's values is this text, or a number equal to this one. */
bool bench_compare_choice_has(const struct bench_compare_choice *choice, const char *value,
                              double number);

#endif
