/* SPDX-License-Identifier: MIT
 *
 * gate/take.c: what a run counted, in the form of a baseline. See gate/baseline.h.
 *
 * A configuration is called after its workload and each axis of its grid, be its values several or one: so it keeps its
 * name when a default changes, or when the suite gets another value, and is its own command line.
 */
#include "bench/gate/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct taker {
    struct bench_gate_baseline *baseline;
    struct bench_store *store;
    const struct bench_plan *plan;
    const char *engine;
    size_t *places; /* of each configuration of the plan, in the baseline plus 1; 0: not there */
    char **metrics; /* the deterministic ones, by name */
    size_t metric_count;
};

static int
take_name(struct taker *taker, const struct bench_suite *suite,
          const struct bench_plan_config *config) {
    const struct bench_grid *grid = &suite->grids[config->grid];
    char *name = NULL;
    size_t bytes;
    FILE *out = open_memstream(&name, &bytes);
    int error;

    if (out == NULL)
        return -ENOMEM;
    fputs(grid->workload->name, out);
    for (size_t i = 0; i < grid->count; i++) {
        char value[BENCH_CELL_VALUE_BYTES];
        const struct rt_knob *row = rt_knob_find(rt_config_knobs(), grid->axes[i].knob);
        const void *fields = &config->cell.config;
        if (row == NULL) {
            row = rt_knob_find(grid->workload->knobs, grid->axes[i].knob);
            fields = config->cell.knobs;
        }
        bench_cell_value(row, fields, value);
        fprintf(out, " %s=%s", grid->axes[i].knob, value);
    }
    fclose(out);
    error = bench_gate_baseline_add(taker->baseline, name, 0);
    free(name);
    if (error == 0)
        taker->baseline->configs[taker->baseline->config_count - 1].version =
            grid->workload->version;
    return error;
}

static int
take_metric(void *context, const struct bench_store_metric *metric) {
    struct taker *taker = context;
    void *grown;

    if (!metric->deterministic)
        return 0;
    grown = realloc(taker->metrics, (taker->metric_count + 1) * sizeof(char *));
    if (grown == NULL)
        return -ENOMEM;
    taker->metrics = grown;
    taker->metrics[taker->metric_count] = strdup(metric->name);
    return taker->metrics[taker->metric_count++] == NULL ? -ENOMEM : 0;
}

static int
by_text(const void *one, const void *other) {
    const char *const *a = one, *const *b = other;
    return strcmp(*a, *b);
}

struct cell_taker {
    const struct taker *taker;
    struct bench_gate_config *config;
};

static int
take_value(void *context, const char *metric, double value) {
    struct cell_taker *cell = context;
    const struct taker *taker = cell->taker;

    return bsearch(&metric, taker->metrics, taker->metric_count, sizeof(char *), by_text) == NULL
               ? 0
               : bench_gate_baseline_add_count(cell->config, metric, value, 0);
}

static int
take_cell(void *context, const struct bench_store_cell *cell) {
    struct taker *taker = context;
    size_t place = taker->places[cell->config_id - 1];
    struct cell_taker values = {.taker = taker};
    char trouble[1024];

    if (place == 0 || cell->block != 1)
        return 0;
    struct bench_gate_config *config = values.config = &taker->baseline->configs[place - 1];
    config->seed = cell->seed;
    if (cell->state == BENCH_CELL_FINISHED && cell->digest != NULL) {
        snprintf(config->digest, sizeof config->digest, "%s", cell->digest);
        return bench_store_each_value(taker->store, cell->id, take_value, &values);
    }
    snprintf(trouble, sizeof trouble, "%s: %s", bench_cell_state_name(cell->state),
             cell->why == NULL ? "no reason is known" : cell->why);
    config->trouble = strdup(trouble);
    return config->trouble == NULL ? -ENOMEM : 0;
}

static void
put_accepted(struct bench_store *store, char *ret_text, size_t bytes) {
    char created[32] = "", version[32] = "", commit[64] = "";

    (void)bench_store_fact(store, BENCH_STORE_RUN, "created", created, sizeof created);
    (void)bench_store_fact(store, BENCH_STORE_RUN, "gcsweep", version, sizeof version);
    (void)bench_store_fact(store, BENCH_STORE_ENVIRONMENT, "commit", commit, sizeof commit);
    snprintf(ret_text, bytes, "%.10s, gcsweep %s, commit %s", created, version, commit);
}

static int
take_head_of_run(struct taker *taker, const struct bench_suite *suite) {
    char text[160];

    put_accepted(taker->store, text, sizeof text);
    taker->baseline->accepted = strdup(text);
    taker->baseline->suite = strdup(suite->name);
    taker->baseline->path = strdup("this run");
    if (bench_store_fact(taker->store, BENCH_STORE_RUN, "seed", text, sizeof text) == 0)
        taker->baseline->seed = strtoull(text, NULL, 10);
    return taker->baseline->accepted == NULL || taker->baseline->suite == NULL ||
                   taker->baseline->path == NULL
               ? -ENOMEM
               : 0;
}

static int
take_all(struct taker *taker, const struct bench_suite *suite) {
    int error = take_head_of_run(taker, suite);

    for (size_t i = 0; error == 0 && i < taker->plan->config_count; i++) {
        if (strcmp(taker->plan->configs[i].engine, taker->engine) != 0)
            continue;
        error = take_name(taker, suite, &taker->plan->configs[i]);
        taker->places[i] = taker->baseline->config_count;
        if (error == 0)
            taker->baseline->configs[taker->places[i] - 1].id = (int64_t)i + 1;
    }
    if (error == 0)
        error = bench_store_each_metric(taker->store, take_metric, taker);
    if (error == 0 && taker->metric_count > 0)
        qsort(taker->metrics, taker->metric_count, sizeof(char *), by_text);
    if (error == 0)
        error = bench_store_each_cell(taker->store, 0, take_cell, taker);
    return error == 0 ? bench_gate_baseline_sort(taker->baseline) : error;
}

int
bench_gate_baseline_take(struct bench_gate_baseline *baseline, struct bench_store *store,
                         const struct bench_plan *plan, const struct bench_suite *suite,
                         const char *engine, char *why, size_t why_bytes) {
    struct taker taker = {.baseline = baseline,
                          .store = store,
                          .plan = plan,
                          .engine = engine,
                          .places = calloc(plan->config_count + 1, sizeof(size_t))};
    int error;

    *baseline = (struct bench_gate_baseline){.path = NULL};
    error = taker.places == NULL ? -ENOMEM : take_all(&taker, suite);
    for (size_t i = 1; error == 0 && i < baseline->config_count; i++)
        if (strcmp(baseline->by_name[i - 1]->name, baseline->by_name[i]->name) == 0) {
            snprintf(why, why_bytes, "suite %s has %s twice: a gate cannot tell them apart",
                     suite->name, baseline->by_name[i]->name);
            error = -EINVAL;
        }
    if (error != 0 && error != -EINVAL)
        snprintf(why, why_bytes, "%s", error == -ENOMEM ? "out of memory" : bench_store_why(store));
    for (size_t i = 0; i < taker.metric_count; i++)
        free(taker.metrics[i]);
    free(taker.metrics);
    free(taker.places);
    if (error != 0)
        bench_gate_baseline_fini(baseline);
    return error;
}
