/* SPDX-License-Identifier: MIT
 *
 * compare/match.c: which configurations of the two sides belong together.
 *
 * A configuration is a row of columns: workload, engine, and one for each knob that either run has. Its key
 * is the same row with 0 where the selections fix different values; equal keys belong together, and must be
 * there once on each side. A knob that only one of the runs knows counts as 0 where it is at its default: a
 * run from before the knob was there did what the default does now.
 */
#include "bench/compare/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/say.h"
#include "workloads/rng.h"

enum {
    LONE_EXPLAINED = 256 /* to explain one is to look at all of the other side */
};

struct reading {
    struct bench_compare_work *work;
    struct bench_compare_half *half;
    struct bench_compare_config *config;
    size_t met; /* choices that this configuration meets */
};

static const char *
side_text(const struct bench_compare_work *work, const struct bench_compare_half *half) {
    return half == &work->halves[0] ? work->compare->base.text : work->compare->new.text;
}

/* ---- Columns ---------------------------------------------------------------------------------------- */

static int
by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
take_name(void *context, const struct bench_store_knob *knob) {
    struct bench_compare_work *work = context;

    if (bench_array_grow(&work->names, work->column_count, sizeof *work->names))
        return -ENOMEM;
    char *name = strdup(knob->name);
    if (name == NULL)
        return -ENOMEM;
    work->names[work->column_count++] = name;
    return 0;
}

/* SIZE_MAX: there is none. */
static size_t
find_column(const struct bench_compare_work *work, const char *name) {
    if (strcmp(name, "workload") == 0)
        return BENCH_COMPARE_WORKLOAD;
    if (strcmp(name, "engine") == 0)
        return BENCH_COMPARE_ENGINE;
    char **found = bsearch(&name, work->names + BENCH_COMPARE_KNOBS,
                           work->column_count - BENCH_COMPARE_KNOBS, sizeof *found, by_text);
    return found == NULL ? SIZE_MAX : (size_t)(found - work->names);
}

static int
take_initial(void *context, const struct bench_store_knob *knob) {
    struct reading *reading = context;
    size_t column = find_column(reading->work, knob->name);

    reading->half->initial[column] = bench_words_put(&reading->work->words, knob->initial);
    return reading->half->initial[column] == 0 ? -ENOMEM : 0;
}

static int
name_columns(struct bench_compare_work *work) {
    static const struct bench_store_knob fixed[] = {{.name = "workload"}, {.name = "engine"}};
    size_t kept = BENCH_COMPARE_KNOBS;
    int error = take_name(work, &fixed[0]);

    if (error == 0)
        error = take_name(work, &fixed[1]);
    for (size_t i = 0; error == 0 && i < BENCH_COMPARE_SIDES; i++)
        error = bench_store_each_knob(work->halves[i].store, take_name, work);
    if (error != 0)
        return error;
    qsort(work->names + BENCH_COMPARE_KNOBS, work->column_count - BENCH_COMPARE_KNOBS,
          sizeof *work->names, by_text);
    for (size_t i = BENCH_COMPARE_KNOBS; i < work->column_count; i++) {
        if (kept > BENCH_COMPARE_KNOBS && strcmp(work->names[i], work->names[kept - 1]) == 0)
            free(work->names[i]);
        else
            work->names[kept++] = work->names[i];
    }
    work->column_count = kept;
    work->is_free = calloc(kept, sizeof *work->is_free);
    for (size_t i = 0; i < BENCH_COMPARE_SIDES; i++) {
        struct bench_compare_half *half = &work->halves[i];
        struct reading reading = {.work = work, .half = half};
        half->initial = calloc(kept, sizeof *half->initial);
        if (work->is_free == NULL || half->initial == NULL)
            return -ENOMEM;
        error = bench_store_each_knob(half->store, take_initial, &reading);
        if (error != 0)
            return error;
    }
    return 0;
}

/* Every name in the selections, and which columns they fix differently. */
static int
take_choices(struct bench_compare_work *work) {
    for (size_t side = 0; side < BENCH_COMPARE_SIDES; side++) {
        const struct bench_compare_half *half = &work->halves[side], *other = &work->halves[!side];
        for (size_t i = 0; i < half->selection.count; i++) {
            const struct bench_compare_choice *choice = &half->selection.choices[i], *others;
            size_t column = find_column(work, choice->name);
            if (column == SIZE_MAX) {
                const char *names[512];
                char hint[128];
                size_t count = work->column_count < 511 ? work->column_count : 511;
                memcpy(names, work->names, count * sizeof *names);
                names[count] = NULL;
                bench_say_nearest(bench_say_guess(choice->name, names), hint, sizeof hint);
                return bench_compare_refuse(work, -EINVAL, "%s: neither run has a knob %s%s",
                                            side_text(work, half), choice->name, hint);
            }
            others = bench_compare_selection_find(&other->selection, choice->name);
            work->is_free[column] = others != NULL && strcmp(others->values, choice->values) != 0;
        }
    }
    if (work->is_free[BENCH_COMPARE_WORKLOAD])
        return bench_compare_refuse(work, -EINVAL,
                                    "two different workloads cannot be compared: fix workload to "
                                    "the same on both sides, or on neither");
    return 0;
}

/* ---- Configurations ---------------------------------------------------------------------------------- */

static int
take_setting(void *context, const struct bench_store_setting *setting) {
    struct reading *reading = context;
    size_t column = find_column(reading->work, setting->knob);
    const struct bench_compare_choice *choice =
        bench_compare_selection_find(&reading->half->selection, setting->knob);

    if (column == SIZE_MAX)
        return 0;
    if (choice != NULL && bench_compare_choice_has(choice, setting->value, setting->number))
        reading->met++;
    uint32_t number = bench_words_put(&reading->work->words, setting->value);
    reading->config->columns[column] = number;
    return number == 0 ? -ENOMEM : 0;
}

static void
make_key(const struct bench_compare_work *work, const struct bench_compare_half *half,
         struct bench_compare_config *config) {
    const struct bench_compare_half *other = &work->halves[half == &work->halves[0]];

    config->hash = 0;
    for (size_t i = 0; i < work->column_count; i++) {
        uint32_t value = config->columns[i];
        bool is_unknown = i >= BENCH_COMPARE_KNOBS && other->initial[i] == 0;
        config->key[i] = work->is_free[i] || (is_unknown && value == half->initial[i]) ? 0 : value;
        config->hash = wl_rng_mix(config->hash ^ config->key[i]);
    }
}

static bool
meets(const struct reading *reading, const char *name, const char *value) {
    const struct bench_compare_choice *choice =
        bench_compare_selection_find(&reading->half->selection, name);
    return choice != NULL && bench_compare_choice_has(choice, value, -1);
}

static int
take_config(void *context, const struct bench_store_config *row) {
    struct reading *reading = context;
    struct bench_compare_work *work = reading->work;
    struct bench_compare_half *half = reading->half;
    struct bench_compare_config *config = &half->configs[half->config_count];

    *config = (struct bench_compare_config){.id = row->id,
                                            .columns = half->pool +
                                                       2 * half->config_count * work->column_count,
                                            .cell = SIZE_MAX};
    config->key = config->columns + work->column_count;
    memset(config->columns, 0, 2 * work->column_count * sizeof *config->columns);
    reading->config = config;
    reading->met =
        meets(reading, "workload", row->workload) + meets(reading, "engine", row->engine);
    config->columns[BENCH_COMPARE_WORKLOAD] = bench_words_put(&work->words, row->workload);
    config->columns[BENCH_COMPARE_ENGINE] = bench_words_put(&work->words, row->engine);
    int error = bench_store_each_setting(half->store, row->id, take_setting, reading);
    if (error != 0 || reading->met < half->selection.count)
        return error;
    config->label = strdup(row->label);
    make_key(work, half, config);
    half->config_count++;
    return config->label == NULL ? -ENOMEM : 0;
}

static int
count_config(void *context, const struct bench_store_config *row) {
    (void)row;
    ++*(size_t *)context;
    return 0;
}

struct listing {
    const char *knob;
    char text[256];
};

/* Values of one knob that are not in the list yet. */
static int
list_value(struct listing *listing, const char *value) {
    size_t length = strlen(listing->text), bytes = strlen(value);

    for (const char *at = listing->text; (at = strstr(at, value)) != NULL; at++)
        if ((at == listing->text || at[-1] == ' ') && (at[bytes] == ',' || at[bytes] == '\0'))
            return 0;
    if (length + bytes + 8 < sizeof listing->text)
        sprintf(listing->text + length, "%s%s", length == 0 ? "" : ", ", value);
    return 0;
}

static int
list_setting(void *context, const struct bench_store_setting *setting) {
    struct listing *listing = context;
    return strcmp(setting->knob, listing->knob) == 0 ? list_value(listing, setting->value) : 0;
}

struct lister {
    struct listing *listing;
    struct bench_store *store;
};

static int
list_config(void *context, const struct bench_store_config *row) {
    struct lister *lister = context;
    if (strcmp(lister->listing->knob, "workload") == 0)
        return list_value(lister->listing, row->workload);
    if (strcmp(lister->listing->knob, "engine") == 0)
        return list_value(lister->listing, row->engine);
    return bench_store_each_setting(lister->store, row->id, list_setting, lister->listing);
}

/* The selection chooses nothing: says what its last choice could have been. */
static int
refuse_empty(struct bench_compare_work *work, const struct bench_compare_half *half) {
    const struct bench_compare_selection *selection = &half->selection;

    if (selection->count == 0)
        return bench_compare_refuse(work, -ENODATA, "%s: there is no configuration in it",
                                    side_text(work, half));
    struct listing listing = {.knob = selection->choices[selection->count - 1].name};
    struct lister lister = {&listing, half->store};
    bench_store_each_config(half->store, list_config, &lister);
    return bench_compare_refuse(work, -EINVAL, "%s: no configuration is like that; %s is %s in it",
                                side_text(work, half), listing.knob,
                                listing.text[0] == '\0' ? "not known" : listing.text);
}

static int
by_hash(const void *a, const void *b) {
    const struct bench_compare_config *left = a, *right = b;

    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return left->id < right->id ? -1 : left->id > right->id;
}

static bool
have_same_key(const struct bench_compare_work *work, const struct bench_compare_config *one,
              const struct bench_compare_config *other) {
    return one->hash == other->hash &&
           memcmp(one->key, other->key, work->column_count * sizeof *one->key) == 0;
}

/* Two sections of a suite may both ask for it. */
static bool
is_repeated(const struct bench_compare_work *work, const struct bench_compare_config *one,
            const struct bench_compare_config *other) {
    return memcmp(one->columns, other->columns, work->column_count * sizeof *one->columns) == 0;
}

/* Two that the selection does not tell apart. */
static int
refuse_ambiguous(struct bench_compare_work *work, const struct bench_compare_half *half,
                 const struct bench_compare_config *one, const struct bench_compare_config *other) {
    for (size_t i = 0; i < work->column_count; i++)
        if (one->columns[i] != other->columns[i])
            return bench_compare_refuse(
                work, -EINVAL,
                "%s: two configurations of %s differ in %s alone (%s, %s): fix it to one value",
                side_text(work, half),
                bench_words_text(&work->words, one->columns[BENCH_COMPARE_WORKLOAD]),
                work->names[i], bench_words_text(&work->words, one->columns[i]),
                bench_words_text(&work->words, other->columns[i]));
    return -EINVAL;
}

/* Sorts them. Of those that stand there twice the first one counts. A label has one owner at any time, also when
 * this ends early. */
static int
keep_distinct(struct bench_compare_work *work, struct bench_compare_half *half) {
    size_t kept = 0;

    qsort(half->configs, half->config_count, sizeof *half->configs, by_hash);
    for (size_t i = 1; i < half->config_count; i++) {
        struct bench_compare_config *one = &half->configs[kept], *other = &half->configs[i];
        bool is_same = have_same_key(work, one, other);
        if (is_same && !is_repeated(work, one, other))
            return refuse_ambiguous(work, half, one, other);
        if (is_same)
            free(other->label);
        else
            half->configs[++kept] = *other;
        if (kept < i)
            other->label = NULL;
    }
    half->config_count = kept + 1;
    return 0;
}

static int
load_configs(struct bench_compare_work *work, struct bench_compare_half *half) {
    struct reading reading = {.work = work, .half = half};
    int error = bench_store_each_config(half->store, count_config, &half->configs_all);
    size_t room = half->configs_all + 1;

    half->configs = calloc(room, sizeof *half->configs);
    half->pool = calloc(room * 2 * work->column_count, sizeof *half->pool);
    if (error != 0 || half->configs == NULL || half->pool == NULL)
        return error != 0 ? error : -ENOMEM;
    error = bench_store_each_config(half->store, take_config, &reading);
    if (error != 0)
        return error;
    if (half->config_count == 0)
        return refuse_empty(work, half);
    return keep_distinct(work, half);
}

/* ---- Together ------------------------------------------------------------------------------------------ */

/* In how many columns they differ, and in which first. The workload weighs most, then the engine. */
static size_t
difference(const struct bench_compare_work *work, const struct bench_compare_config *one,
           const struct bench_compare_config *other, size_t *ret_column) {
    size_t sum = 0;

    for (size_t i = work->column_count; i-- > 0;)
        if (one->key[i] != other->key[i]) {
            sum += i == BENCH_COMPARE_WORKLOAD ? 10000 : i == BENCH_COMPARE_ENGINE ? 100 : 1;
            *ret_column = i;
        }
    return sum;
}

struct nearest {
    const struct bench_compare_config *config; /* NULL: none yet */
    size_t difference, column;
};

/* true: one of `half` is nearer than what there was. */
static bool
find_nearest(const struct bench_compare_work *work, const struct bench_compare_config *config,
             const struct bench_compare_half *half, struct nearest *nearest) {
    size_t before = nearest->config == NULL ? SIZE_MAX : nearest->difference, column = 0;

    for (size_t i = 0; i < half->config_count; i++) {
        size_t sum = difference(work, config, &half->configs[i], &column);
        if (nearest->config == NULL || sum < nearest->difference)
            *nearest = (struct nearest){&half->configs[i], sum, column};
    }
    return nearest->config != NULL && nearest->difference < before;
}

static int
refuse_strangers(struct bench_compare_work *work) {
    const struct bench_compare_half *base = &work->halves[0], *new = &work->halves[1];
    const struct bench_compare_config *one = &base->configs[0];
    struct nearest nearest = {0};
    const char *values[2];

    for (size_t i = 0; i < base->config_count && i < LONE_EXPLAINED; i++)
        if (find_nearest(work, &base->configs[i], new, &nearest))
            one = &base->configs[i];
    if (nearest.config == NULL)
        return bench_compare_refuse(work, -ENODATA, "nothing in common");
    size_t column = nearest.column;
    values[0] = bench_words_text(&work->words, one->columns[column]);
    values[1] = bench_words_text(&work->words, nearest.config->columns[column]);
    return bench_compare_refuse(
        work, -ENODATA,
        "nothing in common: in the nearest configurations %s is %s in %s and %s in %s%s%s",
        work->names[column], values[0][0] == '\0' ? "unknown" : values[0], work->compare->base.text,
        values[1][0] == '\0' ? "unknown" : values[1], work->compare->new.text,
        column == BENCH_COMPARE_WORKLOAD ? ""
                                         : "; to compare across it, fix it on both sides: RUN:",
        column == BENCH_COMPARE_WORKLOAD ? "" : work->names[column]);
}

static int
add_cell(struct bench_compare_work *work, struct bench_compare_config *base,
         struct bench_compare_config *new) {
    struct bench_compare *compare = work->compare;

    if (bench_array_grow(&compare->cells, compare->cell_count, sizeof *compare->cells))
        return -ENOMEM;
    base->cell = new->cell = compare->cell_count;
    struct bench_compare_cell *cell = &compare->cells[compare->cell_count++];
    *cell = (struct bench_compare_cell){
        .workload = strdup(bench_words_text(&work->words, base->columns[BENCH_COMPARE_WORKLOAD])),
        .engine = strdup(bench_words_text(&work->words, base->columns[BENCH_COMPARE_ENGINE])),
        .base_id = base->id,
        .new_id = new->id};
    return cell->workload == NULL || cell->engine == NULL ? -ENOMEM : 0;
}

/* What the nearest one of the workload on the other side has otherwise; NULL: there is none. */
static char *
explain_lone(const struct bench_compare_work *work, const struct bench_compare_config *config,
             bool in_base) {
    struct nearest nearest = {0};
    char text[512];

    find_nearest(work, config, &work->halves[in_base], &nearest);
    if (nearest.config == NULL || nearest.column == BENCH_COMPARE_WORKLOAD)
        return NULL;
    snprintf(text, sizeof text, "in the nearest there %s is %s, not %s",
             work->names[nearest.column],
             bench_words_text(&work->words, nearest.config->key[nearest.column]),
             bench_words_text(&work->words, config->key[nearest.column]));
    return strdup(text);
}

static int
add_lone(struct bench_compare_work *work, const struct bench_compare_config *config, bool in_base) {
    struct bench_compare *compare = work->compare;
    const char *workload = bench_words_text(&work->words, config->columns[BENCH_COMPARE_WORKLOAD]);
    size_t bytes = strlen(workload) + strlen(config->label) + 2;

    if (bench_array_grow(&compare->lone, compare->lone_count, sizeof *compare->lone))
        return -ENOMEM;
    struct bench_compare_lone *lone = &compare->lone[compare->lone_count];
    *lone = (struct bench_compare_lone){.name = malloc(bytes), .in_base = in_base};
    if (lone->name == NULL)
        return -ENOMEM;
    snprintf(lone->name, bytes, "%s%s%s", workload, config->label[0] == '\0' ? "" : " ",
             config->label);
    if (compare->lone_count++ < LONE_EXPLAINED)
        lone->why = explain_lone(work, config, in_base);
    return 0;
}

static int
by_id(const void *a, const void *b) {
    const struct bench_compare_config *left = a, *right = b;
    return left->id < right->id ? -1 : left->id > right->id;
}

/* In the order of each run, so that what is printed has it, too. */
static int
add_cells(struct bench_compare_work *work) {
    struct bench_compare_half *base = &work->halves[0], *new = &work->halves[1];
    int error = 0;

    qsort(base->configs, base->config_count, sizeof *base->configs, by_id);
    qsort(new->configs, new->config_count, sizeof *new->configs, by_id);
    for (size_t i = 0; error == 0 && i < base->config_count; i++) {
        const struct bench_compare_config wanted = {.id = base->configs[i].twin};
        struct bench_compare_config *twin =
            wanted.id == 0
                ? NULL
                : bsearch(&wanted, new->configs, new->config_count, sizeof wanted, by_id);
        error = twin == NULL ? add_lone(work, &base->configs[i], true)
                             : add_cell(work, &base->configs[i], twin);
    }
    for (size_t i = 0; error == 0 && i < new->config_count; i++)
        if (new->configs[i].cell == SIZE_MAX)
            error = add_lone(work, &new->configs[i], false);
    return error;
}

/* Those with the same hash lie side by side; keys of a hash may differ, though they hardly ever will. */
static void
match_configs(struct bench_compare_work *work) {
    struct bench_compare_half *base = &work->halves[0], *new = &work->halves[1];
    size_t first = 0;

    for (size_t i = 0; i < base->config_count; i++) {
        while (first < new->config_count &&new->configs[first].hash < base->configs[i].hash)
            first++;
        for (size_t k = first;
             k < new->config_count &&new->configs[k].hash == base->configs[i].hash; k++)
            if (have_same_key(work, &base->configs[i], &new->configs[k]))
                base->configs[i].twin = new->configs[k].id;
    }
}

/* ---- Names ---------------------------------------------------------------------------------------------- */

/* Whether the columns differ among the cells of a workload; the engine among all. */
static void
find_varying(const struct bench_compare_work *work, uint32_t workload, bool *ret_varies) {
    const struct bench_compare_half *base = &work->halves[0];
    const struct bench_compare_config *first = NULL;

    memset(ret_varies, 0, work->column_count * sizeof *ret_varies);
    for (size_t i = 0; i < base->config_count; i++) {
        const struct bench_compare_config *config = &base->configs[i];
        if (config->cell == SIZE_MAX || config->columns[BENCH_COMPARE_WORKLOAD] != workload)
            continue;
        if (first == NULL)
            first = config;
        for (size_t k = BENCH_COMPARE_ENGINE; k < work->column_count; k++)
            ret_varies[k] |= config->key[k] != first->key[k];
    }
}

/* "NAME=VALUE NAME=VALUE"; the engine without its name. */
static int
name_cell(const struct bench_compare_work *work, const struct bench_compare_config *config,
          const bool *varies) {
    struct bench_compare_cell *cell = &work->compare->cells[config->cell];
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);

    if (file == NULL)
        return -ENOMEM;
    fputs(cell->workload, file);
    if (varies[BENCH_COMPARE_ENGINE])
        fprintf(file, " %s", cell->engine);
    size_t before = (size_t)ftell(file);
    for (size_t i = BENCH_COMPARE_KNOBS; i < work->column_count; i++)
        if (varies[i])
            fprintf(file, " %s=%s", work->names[i],
                    bench_words_text(&work->words, config->columns[i]));
    if (fclose(file) != 0) {
        free(text);
        return -ENOMEM;
    }
    cell->name = text;
    cell->label = strdup(text[before] == ' ' ? text + before + 1 : "");
    return cell->label == NULL ? -ENOMEM : 0;
}

static int
name_cells(struct bench_compare_work *work) {
    const struct bench_compare_half *base = &work->halves[0];
    bool *varies = calloc(work->column_count, sizeof *varies);
    int error = varies == NULL ? -ENOMEM : 0;

    for (size_t i = 0; error == 0 && i < base->config_count; i++) {
        const struct bench_compare_config *config = &base->configs[i];
        uint32_t workload = config->columns[BENCH_COMPARE_WORKLOAD];
        if (config->cell == SIZE_MAX || work->compare->cells[config->cell].name != NULL)
            continue;
        find_varying(work, workload, varies);
        for (size_t k = i; error == 0 && k < base->config_count; k++)
            if (base->configs[k].cell != SIZE_MAX &&
                base->configs[k].columns[BENCH_COMPARE_WORKLOAD] == workload)
                error = name_cell(work, &base->configs[k], varies);
    }
    free(varies);
    return error;
}

/* Where only the runtime's knobs differ, the answers are to be the same. */
static bool
are_answers_alike(const struct bench_compare_work *work) {
    for (size_t i = BENCH_COMPARE_KNOBS; i < work->column_count; i++)
        if (work->is_free[i] && strncmp(work->names[i], "gc.", 3) != 0 &&
            strncmp(work->names[i], "alloc.", 6) != 0)
            return false;
    return true;
}

static bool
is_with_itself(const struct bench_compare *compare) {
    for (size_t i = 0; i < compare->cell_count; i++)
        if (compare->cells[i].base_id != compare->cells[i].new_id)
            return false;
    return compare->is_one_run;
}

int
bench_compare_match(struct bench_compare_work *work) {
    struct bench_compare *compare = work->compare;
    int error = name_columns(work);

    if (error == 0)
        error = take_choices(work);
    for (size_t i = 0; error == 0 && i < BENCH_COMPARE_SIDES; i++)
        error = load_configs(work, &work->halves[i]);
    if (error == 0) {
        match_configs(work);
        error = add_cells(work);
    }
    if (error != 0)
        return error;
    if (compare->cell_count == 0)
        return refuse_strangers(work);
    if (is_with_itself(compare))
        return bench_compare_refuse(work, -EINVAL,
                                    "both sides are the same configurations of one run: fix a knob "
                                    "to a value on each, RUN:KNOB=VALUE");
    compare->base.configs = work->halves[0].config_count;
    compare->new.configs = work->halves[1].config_count;
    work->same_answers = are_answers_alike(work);
    return name_cells(work);
}
