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
#include "bench/order.h"
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

/* What make_configs works with. */
struct maker {
    struct bench_plan *plan;
    const struct bench_suite *suite;
    size_t grid;      /* index of the one at work */
    unsigned *levels; /* of each value of each axis of that grid, one axis behind the other */
    bool *hits;       /* of each exclusion: it has left something out */
    struct rt_text *why;
};

/* The configuration that has the number `index` within its grid, but not yet looked at as a whole. */
static int
set_config(struct maker *maker, struct bench_plan_config *config, size_t index) {
    const struct bench_grid *grid = &maker->suite->grids[maker->grid];
    size_t below = bench_grid_configs(grid);
    const unsigned *levels = maker->levels;
    unsigned highest = 0, sum = 0;
    int error = bench_cell_init(&config->cell, grid->workload);

    for (size_t i = 0; error == 0 && i < grid->count; i++) {
        const struct bench_grid_axis *axis = &grid->axes[i];
        below /= axis->count;
        size_t at = index / below % axis->count;
        if (is_in_label(maker->suite, grid, axis))
            append_label(config->label, sizeof config->label, axis, axis->values[at]);
        error = bench_cell_set(&config->cell, axis->knob, axis->values[at], maker->why);
        highest = levels[at] > highest ? levels[at] : highest;
        sum += levels[at];
        levels += axis->count;
    }
    config->level = highest << 12 | (sum < 4096 ? sum : 4095);
    if (config->label[0] == '\0')
        snprintf(config->label, sizeof config->label, "as set");
    return error;
}

/* Before it is checked: a combination that cannot work may be left out just therefore. */
static bool
is_excluded(struct maker *maker, struct bench_plan_config *config) {
    bool excluded = false;

    for (size_t i = 0; i < maker->suite->exclude_count; i++)
        if (bench_exclude_matches(&maker->suite->excludes[i], maker->grid, &config->cell,
                                  config->engine))
            excluded = maker->hits[i] = true;
    return excluded;
}

static void
settle_config(struct bench_plan_config *config, const struct bench_engine *engine) {
    if (engine != NULL)
        bench_engine_settle(engine, &config->cell);
    else
        bench_cell_settle(&config->cell);
}

/* Whether this engine cannot honour it, which is an error if there is no other engine. */
static bool
is_beyond(struct maker *maker, struct bench_plan_config *config, const struct bench_engine *engine,
          int *ret_error) {
    struct bench_plan *plan = maker->plan;
    char reason[sizeof plan->beyond_why];
    struct rt_text why;

    rt_text_init(&why, reason, sizeof reason);
    *ret_error = engine == NULL ? 0 : bench_engine_check(engine, &config->cell, &why);
    if (*ret_error == 0)
        return false;
    if (plan->beyond == 0)
        memcpy(plan->beyond_why, reason, sizeof reason);
    if (maker->suite->engine_count == 1)
        rt_text_string(maker->why, reason);
    else
        *ret_error = 0;
    return true;
}

static int
make_config(struct maker *maker, size_t index, const struct bench_engine *engine) {
    struct bench_plan *plan = maker->plan;
    struct bench_plan_config *config = &plan->configs[plan->config_count++];
    int error;

    set_engine(config, maker->suite, engine);
    config->grid = maker->grid;
    error = set_config(maker, config, index);
    if (error != 0)
        return error;
    bool excluded = is_excluded(maker, config);
    if (!excluded)
        error = bench_cell_check(&config->cell, maker->why);
    bool beyond = !excluded && error == 0 && is_beyond(maker, config, engine, &error);
    if (error == 0 && !excluded && !beyond)
        settle_config(config, engine);
    if (error != 0 || (!excluded && !beyond))
        return error;
    bench_cell_fini(&config->cell);
    *config = (struct bench_plan_config){.label = ""};
    plan->config_count--;
    plan->excluded += excluded;
    plan->beyond += beyond;
    return 0;
}

/* Each engine that was asked for has something to do. */
static int
check_engines(const struct maker *maker) {
    const struct bench_plan *plan = maker->plan;

    for (size_t i = 0; i < maker->suite->engine_count && plan->beyond > 0; i++) {
        size_t k = 0;
        while (k < plan->config_count &&
               strcmp(plan->configs[k].engine, maker->suite->engines[i].name) != 0)
            k++;
        if (k == plan->config_count) {
            rt_text_string(maker->why, plan->beyond_why);
            return -EINVAL;
        }
    }
    return 0;
}

static int
find_levels(struct maker *maker) {
    const struct bench_grid *grid = &maker->suite->grids[maker->grid];
    size_t values = 0;
    int error = 0;

    for (size_t i = 0; i < grid->count; i++)
        values += grid->axes[i].count;
    free(maker->levels);
    maker->levels = calloc(values + 1, sizeof *maker->levels);
    if (maker->levels == NULL)
        return -ENOMEM;
    values = 0;
    for (size_t i = 0; error == 0 && i < grid->count; i++) {
        error = bench_order_axis(grid, &grid->axes[i], maker->levels + values);
        values += grid->axes[i].count;
    }
    return error;
}

static int
make_grid_configs(struct maker *maker) {
    const struct bench_suite *suite = maker->suite;
    size_t engines = count_engines(suite);
    size_t count = bench_grid_configs(&suite->grids[maker->grid]) * engines;
    int error = find_levels(maker);

    for (size_t k = 0; error == 0 && k < count; k++)
        error = make_config(maker, k / engines,
                            suite->engine_count == 0 ? NULL : &suite->engines[k % engines]);
    return error;
}

/* An exclusion that hits nothing is a mistake in it, or in the grid. */
static int
check_exclusions(const struct maker *maker) {
    const struct bench_suite *suite = maker->suite;

    for (size_t i = 0; i < suite->exclude_count; i++)
        if (!maker->hits[i] && !suite->excludes[i].may_miss) {
            rt_text_string(maker->why, "exclude ");
            rt_text_string(maker->why, suite->excludes[i].text);
            rt_text_string(maker->why,
                           ": no combination is like that (--dry-run shows what there is)");
            return -EINVAL;
        }
    if (maker->plan->config_count > 0)
        return 0;
    rt_text_string(maker->why, "every combination is excluded: nothing is left to run");
    return -EINVAL;
}

static int
make_configs(struct bench_plan *plan, const struct bench_suite *suite, struct rt_text *why) {
    struct maker maker = {.plan = plan, .suite = suite, .why = why};
    int error = 0;

    maker.hits = calloc(suite->exclude_count + 1, sizeof *maker.hits);
    if (maker.hits == NULL)
        return -ENOMEM;
    for (; error == 0 && maker.grid < suite->count; maker.grid++)
        error = make_grid_configs(&maker);
    if (error == 0)
        error = check_exclusions(&maker);
    if (error == 0)
        error = check_engines(&maker);
    free(maker.levels);
    free(maker.hits);
    return error;
}

/* ---- References ------------------------------------------------------------------------------------- */

/* What a knob takes of the workload's struct. */
static size_t
field_bytes(const struct rt_knob *row) {
    return row->type == RT_KNOB_TEXT ? RT_KNOB_TEXT_BYTES : sizeof(int64_t);
}

/* Two configurations that ask for the same thing, if in different ways, can be compared, and must give
 * the same answer. */
static bool
same_demand(const struct bench_cell *one, const struct bench_cell *other) {
    const struct wl_workload *workload = one->workload;

    for (size_t i = 0; workload == other->workload && i < workload->knobs.count; i++) {
        const struct rt_knob *row = &workload->knobs.rows[i];
        bool is_variant = workload->variant != NULL && strcmp(row->name, workload->variant) == 0;
        if (!is_variant && memcmp((const char *)one->knobs + row->offset,
                                  (const char *)other->knobs + row->offset, field_bytes(row)) != 0)
            return false;
    }
    return workload == other->workload;
}

/* Equal for equal demands; of a text, its beginning will do. */
static uint64_t
hash_demand(const struct bench_cell *cell) {
    const struct wl_workload *workload = cell->workload;
    uint64_t hash = 0;

    for (size_t i = 0; i < workload->knobs.count; i++) {
        const struct rt_knob *row = &workload->knobs.rows[i];
        uint64_t value;
        if (workload->variant != NULL && strcmp(row->name, workload->variant) == 0)
            continue;
        memcpy(&value, (const char *)cell->knobs + row->offset, sizeof value);
        hash = wl_rng_derive(hash, value);
    }
    return hash;
}

/* A table of the first configurations of their kind, by hash: half of its places stay free. */
static int
find_references(struct bench_plan *plan) {
    size_t places = 16;

    while (places < plan->config_count * 2)
        places *= 2;
    size_t *firsts = calloc(places, sizeof *firsts); /* index + 1 */
    if (firsts == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < plan->config_count; i++) {
        struct bench_plan_config *config = &plan->configs[i];
        size_t at = (size_t)hash_demand(&config->cell) & (places - 1);
        while (firsts[at] != 0 && !same_demand(&plan->configs[firsts[at] - 1].cell, &config->cell))
            at = (at + 1) & (places - 1);
        if (firsts[at] == 0)
            firsts[at] = i + 1;
        config->reference = firsts[at] - 1;
    }
    free(firsts);
    return 0;
}

size_t
bench_plan_reference(const struct bench_plan *plan, size_t config) {
    return plan->configs[config].reference;
}

/* ---- Order ------------------------------------------------------------------------------------------ */

static int
order_cells(struct bench_plan *plan, uint64_t repetitions, uint64_t seed) {
    size_t count = plan->config_count, *order = calloc(count, sizeof *order);
    unsigned *levels = calloc(count, sizeof *levels);
    int error = order == NULL || levels == NULL ? -ENOMEM : 0;
    struct wl_rng rng;

    wl_rng_init(&rng, wl_rng_derive(seed, 0));
    for (size_t i = 0; error == 0 && i < count; i++) {
        order[i] = i;
        levels[i] = plan->configs[i].level;
    }
    for (uint64_t block = 1; error == 0 && block <= repetitions; block++) {
        bench_order_shuffle(order, count, &rng);
        if (block == 1)
            error = bench_order_sort(order, count, levels);
        for (size_t i = 0; i < count; i++) {
            struct bench_plan_cell *cell = &plan->cells[plan->cell_count++];
            *cell = (struct bench_plan_cell){.id = (int64_t)plan->cell_count,
                                             .block = (int64_t)block,
                                             .position = (int64_t)i + 1,
                                             .config = order[i],
                                             .seed = block_seed(seed, block)};
        }
    }
    free(levels);
    free(order);
    plan->whole_count = plan->cell_count;
    return error;
}

static int
refuse_size(struct rt_text *why) {
    rt_text_string(why, "more than 1000000 cells: give fewer values or --reps");
    return -E2BIG;
}

/* With those that exclusions leave out: without any, too many cells are known before they are made. */
static int
count_configs(const struct bench_suite *suite, uint64_t repetitions, size_t *ret_configs) {
    size_t configs = 0, cells;

    for (size_t i = 0; i < suite->count; i++)
        if (__builtin_add_overflow(configs, bench_grid_configs(&suite->grids[i]), &configs))
            return -E2BIG;
    if (__builtin_mul_overflow(configs, count_engines(suite), &configs) ||
        configs > BENCH_PLAN_CELLS)
        return -E2BIG;
    if (suite->exclude_count == 0 &&
        (__builtin_mul_overflow(configs, (size_t)repetitions, &cells) || cells > BENCH_PLAN_CELLS))
        return -E2BIG;
    *ret_configs = configs;
    return 0;
}

static int
make_cells(struct bench_plan *plan, uint64_t repetitions, uint64_t seed, struct rt_text *why) {
    size_t cells;

    if (__builtin_mul_overflow(plan->config_count, (size_t)repetitions, &cells) ||
        cells > BENCH_PLAN_CELLS)
        return refuse_size(why);
    plan->cells = calloc(cells, sizeof *plan->cells);
    return plan->cells == NULL ? -ENOMEM : order_cells(plan, repetitions, seed);
}

int
bench_plan_make(struct bench_plan *plan, const struct bench_suite *suite, uint64_t repetitions,
                uint64_t seed, struct rt_text *why) {
    size_t configs;

    if (count_configs(suite, repetitions, &configs) != 0)
        return refuse_size(why);
    *plan = (struct bench_plan){.configs = calloc(configs, sizeof *plan->configs)};
    int error = plan->configs == NULL ? -ENOMEM : make_configs(plan, suite, why);
    if (error == 0)
        error = find_references(plan);
    if (error == 0)
        error = make_cells(plan, repetitions, seed, why);
    if (error != 0)
        bench_plan_fini(plan);
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
    loader->config->reference = (size_t)(row->reference > 0 ? row->reference : row->id) - 1;
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
    plan->whole_count = plan->cell_count;
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
