/* SPDX-License-Identifier: MIT
 *
 * compare/values.c: which blocks belong together, and what both sides measured in them.
 *
 * Blocks belong together by their seed, since only the same seed is the same work; a merged run has them
 * under other numbers than the runs that it was made of. If no seed is on both sides, blocks belong
 * together by number, deterministic metrics have nothing to say, and of times only those differences count
 * that are greater than those of the work.
 *
 * Each file is gone through twice: its cells, then its values, which lie in it in the order in which they
 * are kept here.
 */
#include "bench/compare/file.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/say.h"

enum {
    OWN_METRICS = 2, /* that rows.c adds */
    NAMES_MOST = 1024,
    PART_BYTES = 128,
    BLOCKS_MOST = 1 << 24
};

/* ---- Cells ------------------------------------------------------------------------------------------ */

struct place { /* where the values of a cell go */
    int64_t id;
    size_t cell, block; /* block: later that of the pair */
    uint64_t digest;
    enum bench_compare_state state;
};

struct places {
    struct bench_compare_half *half;
    struct place *items;
    size_t count, at;
    const struct bench_compare_work *work;
    size_t metric; /* of values: the next one by name */
};

static int
by_config(const void *a, const void *b) {
    const struct bench_compare_config *left = a, *right = b;
    return left->id < right->id ? -1 : left->id > right->id;
}

static int
take_cell(void *context, const struct bench_store_cell *cell) {
    struct places *places = context;
    struct bench_compare_half *half = places->half;
    const struct bench_compare_config wanted = {.id = cell->config_id},
                                      *config = bsearch(&wanted, half->configs, half->config_count,
                                                        sizeof wanted, by_config);

    if (cell->block < 1 || cell->block >= (int64_t)half->block_count)
        return -EINVAL;
    half->seeds[cell->block] = cell->seed;
    if (config == NULL || config->cell == SIZE_MAX || cell->state == BENCH_CELL_PLANNED)
        return 0;
    if (bench_array_grow(&places->items, places->count, sizeof *places->items))
        return -ENOMEM;
    places->items[places->count++] = (struct place){
        .id = cell->id,
        .cell = config->cell,
        .block = (size_t)cell->block,
        .digest = cell->digest == NULL ? 0 : strtoull(cell->digest, NULL, 16),
        .state = cell->state == BENCH_CELL_FINISHED ? BENCH_COMPARE_FINISHED : BENCH_COMPARE_FAILED,
    };
    return 0;
}

static int
read_cells(struct bench_compare_work *work, struct places *places) {
    struct bench_compare_half *half = places->half;
    int64_t last = 0;
    int error = bench_store_last_block(half->store, &last);

    if (error == 0 && (last < 0 || last > BLOCKS_MOST))
        error = bench_compare_refuse(work, -EINVAL, "a run with %lld blocks", (long long)last);
    if (error != 0)
        return error;
    half->block_count = (size_t)last + 1;
    half->seeds = calloc(half->block_count, sizeof *half->seeds);
    half->pair_of = malloc(half->block_count * sizeof *half->pair_of);
    if (half->seeds == NULL || half->pair_of == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < half->block_count; i++)
        half->pair_of[i] = SIZE_MAX;
    return bench_store_each_cell(half->store, 0, take_cell, places);
}

/* ---- Pairs ------------------------------------------------------------------------------------------ */

struct seeded {
    uint64_t seed;
    size_t block;
};

static int
by_seed(const void *a, const void *b) {
    const struct seeded *left = a, *right = b;
    if (left->seed != right->seed)
        return left->seed < right->seed ? -1 : 1;
    return left->block < right->block ? -1 : left->block > right->block;
}

static struct seeded *
sort_seeds(const struct bench_compare_half *half) {
    struct seeded *seeded = malloc(half->block_count * sizeof *seeded);

    if (seeded == NULL)
        return NULL;
    for (size_t i = 1; i < half->block_count; i++)
        seeded[i - 1] = (struct seeded){half->seeds[i], i};
    qsort(seeded, half->block_count - 1, sizeof *seeded, by_seed);
    return seeded;
}

/* Leaves in pair_of of base the other one's block. */
static bool
find_pairs(struct bench_compare_half *base, struct bench_compare_half *new) {
    struct seeded *one = sort_seeds(base), *other = sort_seeds(new);
    size_t k = 0;

    for (size_t i = 0; one != NULL && other != NULL && i + 1 < base->block_count; i++) {
        while (k + 1 < new->block_count && other[k].seed < one[i].seed)
            k++;
        if (k + 1 < new->block_count && other[k].seed == one[i].seed)
            base->pair_of[one[i].block] = other[k++].block;
    }
    bool done = one != NULL && other != NULL;
    free(one);
    free(other);
    return done;
}

static void
number_pairs(struct bench_compare_work *work) {
    struct bench_compare_half *base = &work->halves[0], *new = &work->halves[1];

    for (size_t i = 1; i < base->block_count; i++)
        if (base->pair_of[i] != SIZE_MAX) {
            new->pair_of[base->pair_of[i]] = work->pair_count;
            base->pair_of[i] = work->pair_count++;
        }
}

static void
warn_of_blocks(struct bench_compare_work *work) {
    const struct bench_compare_half *base = &work->halves[0], *new = &work->halves[1];

    if (!work->same_seeds)
        bench_compare_warn(work->compare,
                           "other seeds, so other work: what is counted is not compared, and times "
                           "differ by that as well; sweep both with the same --seed");
    if (base->block_count - 1 > work->pair_count)
        bench_compare_warn(work->compare, "%zu of the %zu blocks of %s have no like in %s",
                           base->block_count - 1 - work->pair_count, base->block_count - 1,
                           work->compare->base.text, work->compare->new.text);
    if (new->block_count - 1 > work->pair_count)
        bench_compare_warn(work->compare, "%zu of the %zu blocks of %s have no like in %s",
                           new->block_count - 1 - work->pair_count, new->block_count - 1,
                           work->compare->new.text, work->compare->base.text);
}

static int
pair_blocks(struct bench_compare_work *work) {
    struct bench_compare_half *base = &work->halves[0], *new = &work->halves[1];

    if (!find_pairs(base, new))
        return -ENOMEM;
    number_pairs(work);
    work->same_seeds = work->pair_count > 0;
    if (!work->same_seeds) {
        for (size_t i = 1; i < base->block_count && i < new->block_count; i++)
            base->pair_of[i] = i;
        number_pairs(work);
    }
    warn_of_blocks(work);
    return 0;
}

/* ---- Metrics ------------------------------------------------------------------------------------------ */

/* By a name, a pattern or a class. */
static bool
is_named(const char *pattern, const struct bench_store_metric *metric) {
    return strcmp(pattern, metric->deterministic ? "deterministic" : "timed") == 0 ||
           fnmatch(pattern, metric->name, 0) == 0;
}

/* The part of a list that begins at *at, which is moved behind it, to NULL at the end. */
static void
next_part(const char **at, char part[PART_BYTES]) {
    size_t length = strcspn(*at, ",");

    snprintf(part, PART_BYTES, "%.*s", (int)length, *at);
    *at = (*at)[length] == '\0' ? NULL : *at + length + 1;
}

static bool
is_chosen(const char *patterns, const struct bench_store_metric *metric) {
    char part[PART_BYTES];

    while (patterns != NULL) {
        next_part(&patterns, part);
        if (is_named(part, metric))
            return true;
    }
    return false;
}

static int
take_metric(void *context, const struct bench_store_metric *row) {
    struct bench_compare_work *work = context;
    struct bench_compare *compare = work->compare;
    const char *patterns = compare->options.metrics;

    if (!is_chosen(patterns == NULL ? bench_compare_metrics : patterns, row) ||
        (row->deterministic && !work->same_seeds))
        return 0;
    if (bench_array_grow(&compare->metrics, compare->metric_count, sizeof *compare->metrics))
        return -ENOMEM;
    struct bench_compare_metric *metric = &compare->metrics[compare->metric_count++];
    *metric = (struct bench_compare_metric){
        .name = strdup(row->name),
        .unit = strdup(row->unit),
        .better = strdup(row->better),
        .is_deterministic = row->deterministic,
        .ratio = NAN,
        .low = NAN,
        .high = NAN,
    };
    return metric->name == NULL || metric->unit == NULL || metric->better == NULL ? -ENOMEM : 0;
}

struct asking {
    const char *part;
    char names[NAMES_MOST][64];
    size_t count;
    bool is_there;
};

static int
look_for_metric(void *context, const struct bench_store_metric *row) {
    struct asking *asking = context;

    asking->is_there |= is_named(asking->part, row);
    if (asking->count < NAMES_MOST)
        snprintf(asking->names[asking->count++], sizeof asking->names[0], "%s", row->name);
    return 0;
}

static int
refuse_metric(struct bench_compare_work *work, const struct asking *asking) {
    const char *names[NAMES_MOST + 1];
    char hint[128];

    for (size_t i = 0; i < asking->count; i++)
        names[i] = asking->names[i];
    names[asking->count] = NULL;
    bench_say_nearest(bench_say_guess(asking->part, names), hint, sizeof hint);
    return bench_compare_refuse(work, -EINVAL, "%s has no metric %s%s (gcsweep list metrics)",
                                work->compare->new.text, asking->part, hint);
}

/* What is no metric of a run, and what is looked at without being asked for. */
static bool
is_known(const char *part) {
    static const char *const own[] = {"finished", "other_answers", "timed"};
    const char *at = bench_compare_metrics;
    char usual[PART_BYTES];

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(part, own[i]) == 0)
            return true;
    while (at != NULL) {
        next_part(&at, usual);
        if (strcmp(part, usual) == 0)
            return true;
    }
    return false;
}

/* Whoever asks for a metric that there is not is to know it. */
static int
check_metrics(struct bench_compare_work *work) {
    const char *at = work->compare->options.metrics;
    struct asking *asking = at == NULL ? NULL : malloc(sizeof *asking);
    char part[PART_BYTES];
    int error = at != NULL && asking == NULL ? -ENOMEM : 0;

    while (at != NULL && error == 0) {
        next_part(&at, part);
        asking->part = part;
        asking->count = 0;
        asking->is_there = is_known(part);
        error = bench_store_each_metric(work->halves[1].store, look_for_metric, asking);
        if (error == 0 && !asking->is_there)
            error = refuse_metric(work, asking);
    }
    free(asking);
    return error;
}

static int
choose_metrics(struct bench_compare_work *work) {
    struct bench_compare *compare = work->compare;
    int error = check_metrics(work);

    if (error == 0)
        error = bench_store_each_metric(work->halves[1].store, take_metric, work);
    if (error != 0)
        return error;
    if (compare->metric_count == 0)
        return bench_compare_refuse(work, -EINVAL, "no metric is left to be compared%s",
                                    work->same_seeds ? ""
                                                     : ": seeds differ, and all that was asked "
                                                       "for is counted");
    void *grown =
        realloc(compare->metrics, (compare->metric_count + OWN_METRICS) * sizeof *compare->metrics);
    if (grown == NULL)
        return -ENOMEM;
    compare->metrics = grown;
    return 0;
}

/* ---- Values ------------------------------------------------------------------------------------------- */

/* Cells come by id in both tables, and metrics by name. */
static int
take_value(void *context, int64_t cell_id, const char *name, double value) {
    struct places *places = context;
    const struct bench_compare *compare = places->work->compare;
    int order = 1;

    if (places->at < places->count && places->items[places->at].id < cell_id)
        places->metric = 0;
    while (places->at < places->count && places->items[places->at].id < cell_id)
        places->at++;
    if (places->at == places->count || places->items[places->at].id != cell_id)
        return 0;
    while (places->metric < compare->metric_count &&
           (order = strcmp(compare->metrics[places->metric].name, name)) < 0)
        places->metric++;
    const struct place *place = &places->items[places->at];
    if (places->metric == compare->metric_count || order != 0 || place->block == SIZE_MAX ||
        place->state != BENCH_COMPARE_FINISHED)
        return 0;
    size_t row = place->cell * places->work->pair_count + place->block;
    places->half->values[row * compare->metric_count + places->metric] = value;
    places->half->has_metric[places->metric] = true;
    return 0;
}

static int
read_values(struct bench_compare_work *work, struct places *places) {
    struct bench_compare *compare = work->compare;
    struct bench_compare_half *half = places->half;
    size_t rows = compare->cell_count * work->pair_count, all = rows * compare->metric_count;

    half->states = calloc(rows + 1, sizeof *half->states);
    half->digests = calloc(rows + 1, sizeof *half->digests);
    half->values = malloc((all + 1) * sizeof *half->values);
    half->has_metric = calloc(compare->metric_count, sizeof *half->has_metric);
    if (half->states == NULL || half->digests == NULL || half->values == NULL ||
        half->has_metric == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < all; i++)
        half->values[i] = NAN;
    for (size_t i = 0; i < places->count; i++) {
        struct place *place = &places->items[i];
        place->block = half->pair_of[place->block];
        if (place->block == SIZE_MAX)
            continue;
        size_t row = place->cell * work->pair_count + place->block;
        half->states[row] = (uint8_t)place->state;
        half->digests[row] = place->digest;
    }
    return bench_store_each_value_of_all(half->store, take_value, places);
}

/* A metric that only one side ever has is no row: says so, once. */
static void
warn_of_metrics(struct bench_compare_work *work) {
    struct bench_compare *compare = work->compare;

    for (size_t side = 0; side < BENCH_COMPARE_SIDES; side++) {
        const char *first = NULL;
        size_t count = 0;
        for (size_t i = 0; i < compare->metric_count; i++)
            if (work->halves[side].has_metric[i] && !work->halves[!side].has_metric[i]) {
                count++;
                first = first == NULL ? compare->metrics[i].name : first;
            }
        if (count > 0)
            bench_compare_warn(compare, "%zu metric%s only %s has: %s%s", count,
                               count == 1 ? "" : "s",
                               side == 0 ? compare->base.text : compare->new.text, first,
                               count == 1 ? "" : " ...");
    }
}

int
bench_compare_values(struct bench_compare_work *work) {
    struct places places[BENCH_COMPARE_SIDES] = {{.half = &work->halves[0], .work = work},
                                                 {.half = &work->halves[1], .work = work}};
    int error = 0;

    for (size_t i = 0; error == 0 && i < BENCH_COMPARE_SIDES; i++)
        error = read_cells(work, &places[i]);
    if (error == 0)
        error = pair_blocks(work);
    if (error == 0)
        error = choose_metrics(work);
    for (size_t i = 0; error == 0 && i < BENCH_COMPARE_SIDES; i++)
        error = read_values(work, &places[i]);
    if (error == 0)
        warn_of_metrics(work);
    free(places[0].items);
    free(places[1].items);
    return error;
}
