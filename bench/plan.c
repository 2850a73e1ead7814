/* SPDX-License-Identifier: MIT
 *
 * plan.c: from grids to cells, and from a run file back to them. See plan.h.
 *
 * Configurations are numbered like an odometer: the last axis turns fastest. Nothing is planned before
 * every configuration has been checked.
 */
#include "bench/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/metric.h"
#include "workloads/rng.h"

/* Seeds stay below 2^53, so that every reader of JSON gets them whole. */
static uint64_t
block_seed(uint64_t seed, uint64_t block) {
    return wl_rng_derive(seed, block) >> 11;
}

/* ---- Configurations --------------------------------------------------------------------------------- */

static void
append_label(char *label, size_t bytes, const struct bench_grid_axis *axis, const char *value) {
    size_t length = strlen(label);
    snprintf(label + length, bytes - length, "%s%s=%s", length == 0 ? "" : " ", axis->knob, value);
}

static const struct bench_grid_axis *
find_axis(const struct bench_grid *grid, const char *knob) {
    for (size_t i = 0; i < grid->count; i++)
        if (strcmp(grid->axes[i].knob, knob) == 0)
            return &grid->axes[i];
    return NULL;
}

static const struct bench_grid *
find_first(const struct bench_suite *suite, const struct wl_workload *workload) {
    const struct bench_grid *grid = suite->grids;
    while (grid->workload != workload)
        grid++;
    return grid;
}

/* A label names what is swept, and of the workload's own knobs what its first grid has otherwise. */
static bool
is_in_label(const struct bench_suite *suite, const struct bench_grid *grid,
            const struct bench_grid_axis *axis) {
    const struct bench_grid *first = find_first(suite, grid->workload);
    const struct bench_grid_axis *same = find_axis(first, axis->knob);

    if (axis->count > 1 || rt_knob_find(grid->workload->knobs, axis->knob) == NULL)
        return axis->count > 1;
    return first != grid &&
           (same == NULL || same->count > 1 || strcmp(same->values[0], axis->values[0]) != 0);
}

static size_t
count_engines(const struct bench_suite *suite) {
    return suite->engine_count == 0 ? 1 : suite->engine_count;
}

static void
set_engine(struct bench_plan_config *config, const struct bench_suite *suite,
           const struct bench_engine *engine) {
    const char *name = engine == NULL ? "rt" : engine->name;

    snprintf(config->engine, sizeof config->engine, "%s", name);
    snprintf(config->label, sizeof config->label, "%s",
             suite->engine_count > 1 ? bench_engine_label(name) : "");
}

/* The configuration that has the number `index` within its grid. */
static int
make_config(struct bench_plan_config *config, const struct bench_suite *suite,
            const struct bench_grid *grid, size_t index, const struct bench_engine *engine,
            struct rt_text *why) {
    int error = bench_cell_init(&config->cell, grid->workload);
    size_t below = bench_grid_configs(grid);

    set_engine(config, suite, engine);
    for (size_t i = 0; error == 0 && i < grid->count; i++) {
        const struct bench_grid_axis *axis = &grid->axes[i];
        below /= axis->count;
        const char *value = axis->values[index / below % axis->count];
        if (is_in_label(suite, grid, axis))
            append_label(config->label, sizeof config->label, axis, value);
        error = bench_cell_set(&config->cell, axis->knob, value, why);
    }
    if (config->label[0] == '\0')
        snprintf(config->label, sizeof config->label, "as set");
    if (error == 0)
        error = bench_cell_check(&config->cell, why);
    if (error == 0 && engine != NULL)
        error = bench_engine_check(engine, &config->cell, why);
    if (error == 0 && engine != NULL)
        bench_engine_settle(engine, &config->cell);
    else if (error == 0)
        bench_cell_settle(&config->cell);
    return error;
}

static int
make_configs(struct bench_plan *plan, const struct bench_suite *suite, struct rt_text *why) {
    size_t engines = count_engines(suite);

    for (size_t i = 0; i < suite->count; i++) {
        size_t count = bench_grid_configs(&suite->grids[i]) * engines;
        for (size_t k = 0; k < count; k++) {
            struct bench_plan_config *config = &plan->configs[plan->config_count++];
            const struct bench_engine *engine =
                suite->engine_count == 0 ? NULL : &suite->engines[k % engines];
            int error = make_config(config, suite, &suite->grids[i], k / engines, engine, why);
            if (error != 0)
                return error;
        }
    }
    return 0;
}

/* Two configurations that ask for the same thing, if in different ways, can be compared, and must give
 * the same answer. A knob takes 8 bytes of the workload's struct, whatever its type. */
static bool
same_demand(const struct bench_cell *one, const struct bench_cell *other) {
    const struct wl_workload *workload = one->workload;

    for (size_t i = 0; workload == other->workload && i < workload->knobs.count; i++) {
        const struct rt_knob *row = &workload->knobs.rows[i];
        bool is_variant = workload->variant != NULL && strcmp(row->name, workload->variant) == 0;
        if (!is_variant && memcmp((const char *)one->knobs + row->offset,
                                  (const char *)other->knobs + row->offset, sizeof(int64_t)) != 0)
            return false;
    }
    return workload == other->workload;
}

size_t
bench_plan_reference(const struct bench_plan *plan, size_t config) {
    size_t first = 0;
    while (first < config && !same_demand(&plan->configs[first].cell, &plan->configs[config].cell))
        first++;
    return first;
}

/* ---- Order ------------------------------------------------------------------------------------------ */

/* Fisher and Yates. */
static void
shuffle(size_t *order, size_t count, struct wl_rng *rng) {
    for (size_t i = count; i > 1; i--) {
        size_t other = wl_rng_below(rng, (uint32_t)i), kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

static void
order_cells(struct bench_plan *plan, size_t *order, uint64_t repetitions, uint64_t seed) {
    struct wl_rng rng;

    wl_rng_init(&rng, wl_rng_derive(seed, 0));
    for (size_t i = 0; i < plan->config_count; i++)
        order[i] = i;
    for (uint64_t block = 1; block <= repetitions; block++) {
        shuffle(order, plan->config_count, &rng);
        for (size_t i = 0; i < plan->config_count; i++) {
            struct bench_plan_cell *cell = &plan->cells[plan->cell_count++];
            *cell = (struct bench_plan_cell){.id = (int64_t)plan->cell_count,
                                             .block = (int64_t)block,
                                             .position = (int64_t)i + 1,
                                             .config = order[i],
                                             .seed = block_seed(seed, block)};
        }
    }
}

static int
count_cells(const struct bench_suite *suite, uint64_t repetitions, size_t *ret_configs,
            size_t *ret_cells) {
    size_t configs = 0, cells;

    for (size_t i = 0; i < suite->count; i++)
        if (__builtin_add_overflow(configs, bench_grid_configs(&suite->grids[i]), &configs))
            return -E2BIG;
    if (__builtin_mul_overflow(configs, count_engines(suite), &configs) ||
        __builtin_mul_overflow(configs, (size_t)repetitions, &cells) || cells > BENCH_PLAN_CELLS)
        return -E2BIG;
    *ret_configs = configs;
    *ret_cells = cells;
    return 0;
}

int
bench_plan_make(struct bench_plan *plan, const struct bench_suite *suite, uint64_t repetitions,
                uint64_t seed, struct rt_text *why) {
    size_t configs, cells, *order;
    int error = count_cells(suite, repetitions, &configs, &cells);

    if (error != 0) {
        rt_text_string(why, "more than 1000000 cells: give fewer values or --reps");
        return error;
    }
    *plan = (struct bench_plan){.configs = calloc(configs, sizeof *plan->configs),
                                .cells = calloc(cells, sizeof *plan->cells)};
    order = calloc(configs, sizeof *order);
    error = plan->configs == NULL || plan->cells == NULL || order == NULL ? -ENOMEM : 0;
    if (error == 0)
        error = make_configs(plan, suite, why);
    if (error == 0)
        order_cells(plan, order, repetitions, seed);
    else
        bench_plan_fini(plan);
    free(order);
    return error;
}

void
bench_plan_fini(struct bench_plan *plan) {
    for (size_t i = 0; i < plan->config_count; i++)
        bench_cell_fini(&plan->configs[i].cell);
    free(plan->configs);
    free(plan->cells);
    *plan = (struct bench_plan){0};
}

/* ---- Into a run file -------------------------------------------------------------------------------- */

static bool
is_swept(const struct bench_suite *suite, const char *knob) {
    for (size_t i = 0; i < suite->count; i++)
        for (size_t k = 0; k < suite->grids[i].count; k++)
            if (suite->grids[i].axes[k].count > 1 &&
                strcmp(suite->grids[i].axes[k].knob, knob) == 0)
                return true;
    return false;
}

static int
store_knobs(const struct wl_workload *workload, const struct bench_suite *suite,
            struct bench_store *store) {
    struct bench_cell initial;
    int error = bench_cell_init(&initial, workload);

    for (size_t i = 0; error == 0 && i < bench_cell_knob_count(&initial); i++) {
        const void *fields;
        const struct rt_knob *row = bench_cell_knob(&initial, i, &fields);
        char value[BENCH_CELL_VALUE_BYTES];
        bench_cell_value(row, fields, value);
        struct bench_store_knob knob = {row->name, bench_cell_type_name(row->type),
                                        row->unit, value,
                                        row->help, is_swept(suite, row->name)};
        error = bench_store_put_knob(store, &knob);
    }
    bench_cell_fini(&initial);
    return error;
}

static int
store_config(const struct bench_plan *plan, size_t index, struct bench_store *store) {
    const struct bench_plan_config *config = &plan->configs[index];
    int64_t id = (int64_t)index + 1;
    struct bench_store_config row = {id, config->cell.workload->name, config->engine, config->label,
                                     (int64_t)bench_plan_reference(plan, index) + 1};
    int error = bench_store_put_config(store, &row);

    for (size_t i = 0; error == 0 && i < bench_cell_knob_count(&config->cell); i++) {
        const void *fields;
        const struct rt_knob *knob = bench_cell_knob(&config->cell, i, &fields);
        char value[BENCH_CELL_VALUE_BYTES];
        bench_cell_value(knob, fields, value);
        struct bench_store_setting setting = {knob->name, value, bench_cell_number(knob, fields)};
        error = bench_store_put_setting(store, id, &setting);
    }
    return error;
}

static int
store_metrics(struct bench_store *store) {
    int error = 0;

    for (int i = 0; error == 0 && i < bench_metric_count(); i++) {
        struct bench_store_metric metric = bench_metric_row((enum bench_metric)i);
        error = bench_store_put_metric(store, &metric);
    }
    return error;
}

int
bench_plan_store(const struct bench_plan *plan, const struct bench_suite *suite,
                 struct bench_store *store) {
    int error = store_metrics(store);

    for (size_t i = 0; error == 0 && i < suite->count; i++) {
        const struct wl_workload *workload = suite->grids[i].workload;
        struct bench_store_workload row = {workload->name, workload->summary, workload->version,
                                           workload->variant == NULL ? "" : workload->variant};
        error = bench_store_put_workload(store, &row);
        if (error == 0)
            error = store_knobs(workload, suite, store);
    }
    for (size_t i = 0; error == 0 && i < plan->config_count; i++)
        error = store_config(plan, i, store);
    for (size_t i = 0; error == 0 && i < plan->cell_count; i++) {
        const struct bench_plan_cell *cell = &plan->cells[i];
        struct bench_store_cell row = {.id = cell->id,
                                       .config_id = (int64_t)cell->config + 1,
                                       .block = cell->block,
                                       .position = cell->position,
                                       .seed = cell->seed,
                                       .state = BENCH_CELL_PLANNED,
                                       .exit_status = -1};
        error = bench_store_put_cell(store, &row);
    }
    return error;
}

/* ---- Out of a run file ------------------------------------------------------------------------------ */

struct loader {
    struct bench_plan *plan;
    struct bench_store *store;
    struct rt_text *why;
    struct bench_plan_config *config;
};

static int
check_workload(void *context, const struct bench_store_workload *row) {
    struct loader *loader = context;
    const struct wl_workload *workload = wl_registry_find(row->name);

    if (workload != NULL && workload->version == row->version)
        return 0;
    rt_text_string(loader->why, "workload ");
    rt_text_string(loader->why, row->name);
    rt_text_string(loader->why,
                   " has changed since: its old and new results cannot stand in one run");
    return -EINVAL;
}

static int
load_setting(void *context, const struct bench_store_setting *setting) {
    struct loader *loader = context;
    return bench_cell_set(&loader->config->cell, setting->knob, setting->value, loader->why);
}

static int
load_config(void *context, const struct bench_store_config *row) {
    struct loader *loader = context;
    struct bench_plan *plan = loader->plan;
    struct bench_plan_config *configs =
        realloc(plan->configs, (plan->config_count + 1) * sizeof *configs);
    int error;

    if (configs == NULL)
        return -ENOMEM;
    plan->configs = configs;
    loader->config = &configs[plan->config_count];
    *loader->config = (struct bench_plan_config){.label = ""};
    error = bench_cell_init(&loader->config->cell, wl_registry_find(row->workload));
    if (error != 0)
        return error;
    plan->config_count++;
    snprintf(loader->config->label, sizeof loader->config->label, "%s", row->label);
    snprintf(loader->config->engine, sizeof loader->config->engine, "%s", row->engine);
    return bench_store_each_setting(loader->store, row->id, load_setting, loader);
}

static int
load_cell(void *context, const struct bench_store_cell *row) {
    struct bench_plan *plan = ((struct loader *)context)->plan;

    if ((plan->cell_count & (plan->cell_count - 1)) == 0) { /* full at each power of two */
        struct bench_plan_cell *cells = realloc(
            plan->cells, (plan->cell_count == 0 ? 1 : plan->cell_count * 2) * sizeof *cells);
        if (cells == NULL)
            return -ENOMEM;
        plan->cells = cells;
    }
    plan->cells[plan->cell_count++] =
        (struct bench_plan_cell){.id = row->id,
                                 .block = row->block,
                                 .position = row->position,
                                 .config = (size_t)row->config_id - 1,
                                 .seed = row->seed,
                                 .done = row->state != BENCH_CELL_PLANNED};
    return 0;
}

int
bench_plan_load(struct bench_plan *plan, struct bench_store *store, struct rt_text *why) {
    struct loader loader = {.plan = plan, .store = store, .why = why};
    int error;

    *plan = (struct bench_plan){0};
    error = bench_store_each_workload(store, check_workload, &loader);
    if (error == 0)
        error = bench_store_each_config(store, load_config, &loader);
    if (error == 0)
        error = bench_store_each_cell(store, 0, load_cell, &loader);
    for (size_t i = 0; error == 0 && i < plan->cell_count; i++)
        if (plan->cells[i].config >= plan->config_count)
            error = -EINVAL;
    if (error == 0 && plan->cell_count == 0) {
        rt_text_string(why, "it ended before there was a plan: remove it and sweep again");
        error = -EINVAL;
    }
    if (error != 0) {
        if (why->length == 0)
            rt_text_string(why, bench_store_why(store));
        bench_plan_fini(plan);
    }
    return error;
}
