/* SPDX-License-Identifier: MIT
 *
 * exclude.c: combinations that are left out. See exclude.h.
 *
 * The terms are kept as a grid, so that a value is written one way only, on both sides of a comparison.
 */
#include "bench/exclude.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/engine.h"

enum {
    TERM_BYTES = 256
};

struct term {
    char knob[TERM_BYTES];
    const char *values; /* in `knob`, behind its end; NULL: there is no '=' */
};

/* Cuts the next term off; false at the end. A term that is too long is cut, and then is no knob's. */
static bool
next_term(const char **text, struct term *ret_term) {
    *text += strspn(*text, " \t");
    size_t taken = strcspn(*text, " \t"), length = taken < TERM_BYTES ? taken : TERM_BYTES - 1;

    memcpy(ret_term->knob, *text, length);
    ret_term->knob[length] = '\0';
    char *sign = strchr(ret_term->knob, '=');
    ret_term->values = sign == NULL || taken >= TERM_BYTES ? NULL : sign + 1;
    if (sign != NULL)
        *sign = '\0';
    *text += taken;
    return taken > 0;
}

static bool
is_engine(const struct term *term) {
    return strcmp(term->knob, "engine") == 0;
}

static int
complain(struct rt_text *why, const char *text, const char *what) {
    if (why != NULL) {
        rt_text_string(why, "exclude ");
        rt_text_string(why, text);
        rt_text_string(why, ": ");
        rt_text_string(why, what);
    }
    return -EINVAL;
}

static int
add_term(struct bench_exclude *exclude, const struct term *term, struct rt_text *why) {
    if (term->values == NULL)
        return complain(why, exclude->text, "its parts are knob=value, with spaces between them");
    if (bench_exclude_names(exclude, term->knob) || (is_engine(term) && exclude->engine != NULL))
        return complain(why, exclude->text, "a knob is named twice: give it a list of values");
    if (!is_engine(term))
        return bench_grid_set(&exclude->terms, term->knob, term->values, why);
    exclude->engine = strdup(term->values);
    return exclude->engine == NULL ? -ENOMEM : 0;
}

int
bench_exclude_init(struct bench_exclude *exclude, const struct wl_workload *workload,
                   const char *text, struct rt_text *why) {
    const char *rest = text;
    struct term term;
    int error;

    *exclude = (struct bench_exclude){.text = strdup(text), .grid = BENCH_EXCLUDE_ANYWHERE};
    bench_grid_init(&exclude->terms, workload);
    error = exclude->text == NULL ? -ENOMEM : 0;
    while (error == 0 && next_term(&rest, &term))
        error = add_term(exclude, &term, why);
    if (error == 0 && exclude->terms.count == 0 && exclude->engine == NULL)
        error = complain(why, text, "it names nothing");
    if (error != 0)
        bench_exclude_fini(exclude);
    return error;
}

void
bench_exclude_fini(struct bench_exclude *exclude) {
    bench_grid_fini(&exclude->terms);
    free(exclude->engine);
    free(exclude->text);
    *exclude = (struct bench_exclude){0};
}

bool
bench_exclude_is_known(const char *text, const struct wl_workload *workload) {
    struct term term;

    while (next_term(&text, &term))
        if (!is_engine(&term) && rt_knob_find(rt_config_knobs(), term.knob) == NULL &&
            rt_knob_find(workload->knobs, term.knob) == NULL)
            return false;
    return true;
}

bool
bench_exclude_names(const struct bench_exclude *exclude, const char *knob) {
    for (size_t i = 0; i < exclude->terms.count; i++)
        if (strcmp(exclude->terms.axes[i].knob, knob) == 0)
            return true;
    return false;
}

static bool
has_value(const struct bench_grid_axis *axis, struct bench_cell *cell) {
    char value[BENCH_CELL_VALUE_BYTES];
    void *fields;
    const struct rt_knob *row = bench_cell_find(cell, axis->knob, &fields);

    if (row == NULL)
        return false;
    bench_cell_value(row, fields, value);
    for (size_t i = 0; i < axis->count; i++)
        if (strcmp(axis->values[i], value) == 0)
            return true;
    return false;
}

bool
bench_exclude_matches(const struct bench_exclude *exclude, size_t grid, struct bench_cell *cell,
                      const char *engine) {
    if (exclude->grid != BENCH_EXCLUDE_ANYWHERE && exclude->grid != grid)
        return false;
    if (exclude->engine != NULL && strcmp(exclude->engine, engine) != 0 &&
        strcmp(exclude->engine, bench_engine_label(engine)) != 0)
        return false;
    for (size_t i = 0; i < exclude->terms.count; i++)
        if (!has_value(&exclude->terms.axes[i], cell))
            return false;
    return true;
}
