/* SPDX-License-Identifier: MIT
 *
 * figure/pick.c: see figure/pick.h.
 */
#include "bench/figure/pick.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/array.h"
#include "bench/say.h"

enum {
    NAMES_MOST = 1024
};

struct names {
    char *names[NAMES_MOST + 1];
    size_t count;
};

static int
add_name(struct names *names, const char *name) {
    if (names->count == NAMES_MOST)
        return 0;
    names->names[names->count] = strdup(name);
    return names->names[names->count++] ? 0 : -ENOMEM;
}

static int
on_metric(void *context, const struct bench_store_metric *metric) {
    return add_name(context, metric->name);
}

static int
on_knob(void *context, const struct bench_store_knob *knob) {
    return add_name(context, knob->name);
}

/* -EINVAL unless `name` is one of them. */
static int
check_name(const struct names *names, const char *kind, const char *name, char *why,
           size_t why_bytes) {
    char hint[160];
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->names[i], name) == 0)
            return 0;
    const char *nearest = bench_say_guess(name, (const char *const *)names->names);
    snprintf(why, why_bytes, "the run has no %s %s%s", kind, name,
             bench_say_nearest(nearest, hint, sizeof(hint)));
    return -EINVAL;
}

static void
free_names(struct names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
}

static int
check_metric(struct bench_store *store, const char *metric, char *why, size_t why_bytes) {
    struct names names = {0};
    int error = metric ? bench_store_each_metric(store, on_metric, &names) : 0;
    if (!error && metric)
        error = check_name(&names, "metric", metric, why, why_bytes);
    free_names(&names);
    return error;
}

static int
check_knobs(struct bench_store *store, const char *x_knob, const char *y_knob, char *why,
            size_t why_bytes) {
    struct names names = {0};
    int error = x_knob || y_knob ? bench_store_each_knob(store, on_knob, &names) : 0;
    if (!error && x_knob)
        error = check_name(&names, "knob", x_knob, why, why_bytes);
    if (!error && y_knob)
        error = check_name(&names, "knob", y_knob, why, why_bytes);
    free_names(&names);
    return error;
}

static int
read_value(struct bench_store *store, int64_t config, const char *metric, double *ret_value) {
    double *values = NULL;
    size_t count = 0;
    int error = bench_store_values(store, config, metric, &values, &count);
    if (error)
        return error;
    *ret_value = bench_array_median(values, count);
    free(values);
    return 0;
}

struct places {
    const struct bench_figure_pick *pick;
    char **x, **y;
};

static int
on_setting(void *context, const struct bench_store_setting *setting) {
    struct places *places = context;
    char **places_of[2] = {places->x, places->y};
    const char *const knobs[2] = {places->pick->x_knob, places->pick->y_knob};
    for (int i = 0; i < 2; i++)
        if (!*places_of[i] && strcmp(setting->knob, knobs[i]) == 0) {
            *places_of[i] = strdup(setting->value);
            if (!*places_of[i])
                return -ENOMEM;
        }
    return 0;
}

static int
read_all(struct bench_store *store, const struct bench_report_group *group,
         struct bench_figure_pick *pick) {
    int error = 0;
    for (size_t i = 0; i < group->count && !error; i++) {
        int64_t config = group->configs[i].id;
        struct places places = {pick, &pick->x[i], &pick->y[i]};
        pick->values[i] = NAN;
        if (*pick->metric)
            error = read_value(store, config, pick->metric, &pick->values[i]);
        if (!error)
            error = bench_store_each_setting(store, config, on_setting, &places);
    }
    return error;
}

static struct bench_figure_pick *
make_pick(size_t count, const char *metric, const char *x_knob, const char *y_knob) {
    struct bench_figure_pick *pick = calloc(1, sizeof(*pick));
    if (!pick)
        return NULL;
    snprintf(pick->metric, sizeof(pick->metric), "%s", metric ? metric : "");
    snprintf(pick->x_knob, sizeof(pick->x_knob), "%s", x_knob ? x_knob : "");
    snprintf(pick->y_knob, sizeof(pick->y_knob), "%s", y_knob ? y_knob : "");
    pick->values = calloc(count, sizeof(*pick->values));
    pick->x = calloc(count, sizeof(*pick->x));
    pick->y = calloc(count, sizeof(*pick->y));
    if (pick->values && pick->x && pick->y)
        return pick;
    bench_figure_pick_free(pick, 0);
    return NULL;
}

int
bench_figure_pick_read(const char *db_path, const struct bench_report_group *group,
                       const char *metric, const char *x_knob, const char *y_knob,
                       struct bench_figure_pick **ret_pick, char *why, size_t why_bytes) {
    struct bench_store *store;
    int error = bench_store_open(db_path, BENCH_STORE_READ, &store, why, why_bytes);
    if (error)
        return error;
    struct bench_figure_pick *pick = NULL;
    error = check_metric(store, metric, why, why_bytes);
    if (!error)
        error = check_knobs(store, x_knob, y_knob, why, why_bytes);
    if (!error) {
        pick = make_pick(group->count, metric, x_knob, y_knob);
        error = pick ? read_all(store, group, pick) : -ENOMEM;
        if (error)
            snprintf(why, why_bytes, "%s: %s", db_path,
                     error == -ENOMEM ? "out of memory" : bench_store_why(store));
    }
    bench_store_close(store);
    if (error)
        bench_figure_pick_free(pick, group->count);
    else
        *ret_pick = pick;
    return error;
}

void
bench_figure_pick_free(struct bench_figure_pick *pick, size_t count) {
    if (!pick)
        return;
    for (size_t i = 0; i < count; i++) {
        free(pick->x[i]);
        free(pick->y[i]);
    }
    free(pick->x);
    free(pick->y);
    free(pick->values);
    free(pick);
}
