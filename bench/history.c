/* SPDX-License-Identifier: MIT
 *
 * history.c: from run files to a series, see history.h.
 */
#include "bench/history.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/array.h"
#include "bench/history/change.h"
#include "bench/history/common.h"
#include "bench/history/read.h"
#include "bench/say.h"
#include "bench/summary.h"

/* ---- One value for each run -------------------------------------------------------------------- */

/* The values of one configuration in a run: *ret_count of them, in order of block. */
static const struct bench_history_value *
find_values(const struct bench_history_run *run, uint32_t config, size_t *ret_count) {
    size_t low = 0, high = run->value_count, end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run->values[middle].config < config)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < run->value_count && run->values[end].config == config;)
        end++;
    *ret_count = end - low;
    return &run->values[low];
}

static bool
is_sound(const struct bench_history *history, uint32_t config) {
    for (size_t i = 0; i < history->count; i++) {
        size_t count;
        const struct bench_history_value *values = find_values(&history->runs[i], config, &count);
        for (size_t k = 0; !history->runs[i].why && k < count; k++)
            if (values[k].value <= 0)
                return false;
    }
    return true;
}

/* Those that can be in a geometric mean come first; the others are counted. */
static void
sort_out_unsound(struct bench_history *history) {
    size_t sound = 0;
    for (size_t i = 0; history->common_count > 1 && i < history->common_count; i++) {
        uint32_t config = history->common[i];
        if (!is_sound(history, config))
            continue;
        history->common[i] = history->common[sound];
        history->common[sound++] = config;
    }
    history->unsound = history->common_count > 1 ? history->common_count - sound : 0;
}

struct
    block { /* of a run: the sum of what its configurations have, of logarithms if there are several */
    int64_t block;
    double sum;
    size_t count;
};

static int
compare_blocks(const void *left, const void *right) {
    const struct block *a = left, *b = right;
    return (a->block > b->block) - (a->block < b->block);
}

/* One row for each value of a configuration that counts, then one for each block. */
static size_t
sum_blocks(const struct bench_history *history, const struct bench_history_run *run,
           struct block *blocks) {
    size_t rows = 0, sound = history->common_count - history->unsound, merged = 0;
    for (size_t i = 0; i < sound; i++) {
        size_t count;
        const struct bench_history_value *values = find_values(run, history->common[i], &count);
        for (size_t k = 0; k < count; k++) {
            double value = history->common_count > 1 ? log(values[k].value) : values[k].value;
            blocks[rows++] = (struct block){values[k].block, value, 1};
        }
    }
    if (rows)
        qsort(blocks, rows, sizeof(*blocks), compare_blocks);
    for (size_t i = 0; i < rows; i++) {
        if (merged && blocks[merged - 1].block == blocks[i].block) {
            blocks[merged - 1].sum += blocks[i].sum;
            blocks[merged - 1].count++;
        } else {
            blocks[merged++] = blocks[i];
        }
    }
    return merged;
}

/* Where no block is whole (a failed cell in each): of the configurations' medians. */
static double
find_value_of_medians(const struct bench_history *history, const struct bench_history_run *run,
                      double *scratch) {
    size_t sound = history->common_count - history->unsound;
    double sum = 0;
    for (size_t i = 0; i < sound; i++) {
        size_t count;
        const struct bench_history_value *values = find_values(run, history->common[i], &count);
        for (size_t k = 0; k < count; k++)
            scratch[k] = values[k].value;
        double median = bench_array_median(scratch, count);
        sum += sound > 1 ? log(median) : median;
    }
    return sound > 1 ? exp(sum / (double)sound) : sum;
}

static int
find_value(const struct bench_history *history, struct bench_history_run *run) {
    size_t sound = history->common_count - history->unsound;
    bool is_mean = history->common_count > 1;
    run->value = run->low = run->high = run->ratio = run->p = run->before = run->after = NAN;
    if (run->why || sound == 0)
        return 0;
    struct block *blocks = calloc(run->value_count, sizeof(*blocks));
    double *values = calloc(run->value_count, sizeof(*values));
    if (blocks && values) {
        size_t count = sum_blocks(history, run, blocks);
        for (size_t i = 0; i < count; i++)
            if (blocks[i].count == sound)
                values[run->blocks++] =
                    is_mean ? exp(blocks[i].sum / (double)sound) : blocks[i].sum;
        if (run->blocks) {
            run->value = bench_array_median(values, run->blocks);
            run->low = values[0];
            run->high = values[run->blocks - 1];
        } else {
            run->value = find_value_of_medians(history, run, values);
        }
    }
    int error = blocks && values ? 0 : -ENOMEM;
    free(blocks);
    free(values);
    return error;
}

/* ---- Groups ------------------------------------------------------------------------------------ */

static const char *
group_key(const struct bench_history *history, const struct bench_history_run *run) {
    return history->is_deterministic ? run->seed : run->machine;
}

static int
find_groups(struct bench_history *history) {
    size_t *counts = calloc(history->count + 1, sizeof(*counts));
    int error = counts ? 0 : -ENOMEM;
    for (size_t i = 0; !error && i < history->count; i++) {
        struct bench_history_run *run = &history->runs[i];
        const char *key = group_key(history, run);
        size_t group = 0;
        if (run->why)
            continue;
        while (group < history->group_count && strcmp(history->groups[group], key) != 0)
            group++;
        if (group == history->group_count) {
            error = bench_array_grow(&history->groups, group, sizeof(*history->groups));
            if (!error && !(history->groups[history->group_count++] = strdup(key)))
                error = -ENOMEM;
        }
        run->group = group;
        if (!error && ++counts[group] > history->most_runs)
            history->most_runs = counts[group];
    }
    free(counts);
    return error;
}

/* ---- Changes ----------------------------------------------------------------------------------- */

static enum bench_history_turn
find_turn(const struct bench_history *history, double before, double after) {
    if (strcmp(history->better, "none") == 0 || before == after)
        return BENCH_HISTORY_OTHER;
    return (after < before) == (strcmp(history->better, "lower") == 0) ? BENCH_HISTORY_BETTER
                                                                       : BENCH_HISTORY_WORSE;
}

/* Configurations of which a block that both runs have differs. */
static size_t
count_differing(const struct bench_history *history, const struct bench_history_run *before,
                const struct bench_history_run *after) {
    size_t differing = 0;
    for (size_t i = 0; i < history->common_count; i++) {
        size_t left_count, right_count, right = 0;
        const struct bench_history_value *lefts =
            find_values(before, history->common[i], &left_count);
        const struct bench_history_value *rights =
            find_values(after, history->common[i], &right_count);
        bool differs = false;
        for (size_t left = 0; left < left_count; left++) {
            while (right < right_count && rights[right].block < lefts[left].block)
                right++;
            differs |= right < right_count && rights[right].block == lefts[left].block &&
                       rights[right].value != lefts[left].value;
        }
        differing += differs;
    }
    return differing;
}

static void
compare_exactly(const struct bench_history *history, const struct bench_history_run *before,
                struct bench_history_run *run) {
    run->differing = count_differing(history, before, run);
    if (run->differing == 0)
        return;
    run->before = before->value;
    run->after = run->value;
    run->turn = find_turn(history, before->value, run->value);
}

/* Of one group: `members` are its runs. */
static int
find_group_changes(struct bench_history *history, struct bench_history_run **members,
                   size_t count) {
    struct bench_history_change *changes;
    size_t change_count;
    double *values = calloc(count + 1, sizeof(*values));
    if (!values)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        values[i] = members[i]->value;
        if (i)
            members[i]->ratio = values[i] / values[i - 1];
        if (i && history->is_deterministic)
            compare_exactly(history, members[i - 1], members[i]);
    }
    int error = 0;
    if (!history->is_deterministic) {
        error = bench_history_change_find(values, count, history->floor, &changes, &change_count);
        for (size_t i = 0; !error && i < change_count; i++) {
            struct bench_history_run *run = members[changes[i].at];
            run->before = changes[i].before;
            run->after = changes[i].after;
            run->p = changes[i].p;
            run->turn = find_turn(history, run->before, run->after);
        }
        if (!error)
            free(changes);
    }
    free(values);
    return error;
}

static int
find_changes(struct bench_history *history) {
    struct bench_history_run **members =
        calloc(history->count + 1, sizeof(struct bench_history_run *));
    int error = members ? 0 : -ENOMEM;
    for (size_t group = 0; !error && group < history->group_count; group++) {
        size_t count = 0;
        for (size_t i = 0; i < history->count; i++)
            if (!history->runs[i].why && history->runs[i].group == group &&
                !isnan(history->runs[i].value))
                members[count++] = &history->runs[i];
        error = find_group_changes(history, members, count);
    }
    free(members);
    if (!error && !history->is_deterministic && history->most_runs < BENCH_HISTORY_CHANGE_RUNS)
        error = bench_history_common_note(
            history,
            "too few runs to tell a change from noise: %d that can be compared are needed, "
            "here are %zu",
            BENCH_HISTORY_CHANGE_RUNS, history->most_runs);
    return error;
}

/* ---- Reading ----------------------------------------------------------------------------------- */

static int
compare_runs(const void *left, const void *right) {
    const struct bench_history_run *a = left, *b = right;
    int order = strcmp(a->created, b->created);
    return order ? order : strcmp(a->path, b->path);
}

static int
read_runs(struct bench_history_reader *reader, const char *const *paths, size_t count, char *why,
          size_t why_bytes) {
    struct bench_history *history = reader->history;
    int error = 0;
    for (size_t i = 0; !error && i < count; i++) {
        struct bench_history_run *run = &history->runs[history->count++];
        run->path = strdup(paths[i]);
        error = run->path ? bench_history_read_facts(reader, run, why, why_bytes) : -ENOMEM;
    }
    if (error)
        return error;
    qsort(history->runs, history->count, sizeof(*history->runs), compare_runs);
    for (size_t i = 0; !error && i < history->count; i++)
        error = bench_history_read_values(reader, &history->runs[i], why, why_bytes);
    return error;
}

static int
refuse_metric(const struct bench_history_reader *reader, char *why, size_t why_bytes) {
    const char **names = calloc(reader->metric_count + 1, sizeof(*names));
    char hint[128] = "";
    for (size_t i = 0; names && i < reader->metric_count; i++)
        names[i] = reader->metrics[i];
    if (names)
        bench_say_nearest(bench_say_guess(reader->options->metric, names), hint, sizeof(hint));
    snprintf(why, why_bytes, "no run has a metric %s%s (gcsweep list metrics shows all)",
             reader->options->metric, hint);
    free(names);
    return -EINVAL;
}

/* The name in NAME=VALUE that is nothing which a configuration has. */
static int
check_only(const struct bench_history_reader *reader, const char *only, char *why,
           size_t why_bytes) {
    size_t length = strcspn(only, "="), count = 0;
    char name[256], hint[128];
    const char **names = calloc(reader->knob_count + 3, sizeof(*names));
    bool is_known = false;
    if (!names)
        return -ENOMEM;
    names[count++] = "workload";
    names[count++] = "engine";
    for (size_t i = 0; i < reader->knob_count; i++)
        names[count++] = reader->knobs[i].name;
    snprintf(name, sizeof(name), "%.*s", (int)length, only);
    for (size_t i = 0; i < count; i++)
        is_known |= strcmp(names[i], name) == 0;
    if (only[length] != '=' || length == 0)
        snprintf(why, why_bytes, "--only %s: give NAME=VALUE, e.g. workload=churn", only);
    else if (!is_known)
        snprintf(why, why_bytes, "--only %s: no run has a knob %s%s", only, name,
                 bench_say_nearest(bench_say_guess(name, names), hint, sizeof(hint)));
    free(names);
    return only[length] == '=' && length && is_known ? 0 : -EINVAL;
}

static int
check(const struct bench_history_reader *reader, char *why, size_t why_bytes) {
    const struct bench_history_options *options = reader->options;
    const struct bench_history *history = reader->history;
    bool has_config = false, has_value = false;
    if (!history->unit)
        return refuse_metric(reader, why, why_bytes);
    for (size_t i = 0; i < options->only_count; i++) {
        int error = check_only(reader, options->only[i], why, why_bytes);
        if (error)
            return error;
    }
    for (size_t i = 0; i < history->count; i++) {
        has_config |= history->runs[i].config_count > 0;
        has_value |= history->runs[i].value_count > 0;
    }
    if (!has_config)
        snprintf(why, why_bytes,
                 "no run has a configuration that was asked for: say less by --only");
    else if (!has_value)
        snprintf(why, why_bytes, "no cell that was asked for has %s", options->metric);
    return has_value ? 0 : -ENODATA;
}

static int
conclude(struct bench_history *history) {
    int error = bench_history_common_find(history);
    if (error)
        return error;
    sort_out_unsound(history);
    for (size_t i = 0; !error && i < history->count; i++)
        error = find_value(history, &history->runs[i]);
    if (!error)
        error = find_groups(history);
    if (!error)
        error = find_changes(history);
    if (!error && history->unsound)
        error = bench_history_common_note(
            history,
            "%zu of the %zu configurations have a value of 0 somewhere and are not in the "
            "geometric mean",
            history->unsound, history->common_count);
    return error;
}

int
bench_history_read(const struct bench_history_options *options, const char *const *paths,
                   size_t count, struct bench_history *ret_history, char *why, size_t why_bytes) {
    struct bench_history *history = ret_history;
    struct bench_history_reader reader = {.options = options, .history = history};
    *history = (struct bench_history){.floor = options->floor};
    history->metric = strdup(options->metric);
    history->runs = calloc(count + 1, sizeof(*history->runs));
    snprintf(why, why_bytes, "out of memory");
    int error = history->metric && history->runs ? 0 : -ENOMEM;
    if (!error)
        error = read_runs(&reader, paths, count, why, why_bytes);
    history->configs = bench_words_release(&reader.keys, &history->config_count);
    if (!error)
        error = check(&reader, why, why_bytes);
    if (!error)
        error = conclude(history);
    bench_history_reader_fini(&reader);
    if (error)
        bench_history_fini(history);
    return error;
}

static void
free_all(char **texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void
bench_history_fini(struct bench_history *history) {
    for (size_t i = 0; i < history->count; i++) {
        struct bench_history_run *run = &history->runs[i];
        char *texts[] = {run->path,    run->name, run->created, run->commit,
                         run->machine, run->seed, run->why};
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
            free(texts[k]);
        free(run->values);
    }
    free(history->runs);
    free_all(history->configs, history->config_count);
    free_all(history->groups, history->group_count);
    free_all(history->notes, history->note_count);
    free(history->common);
    free(history->metric);
    free(history->unit);
    free(history->better);
    *history = (struct bench_history){0};
}

/* "churn on rt gc.threshold0=700" of "churn/2 rt gc.threshold0=700". */
static void
describe(const char *key, char *ret_text, size_t bytes) {
    snprintf(ret_text, bytes, "%.*s on%s", (int)strcspn(key, "/"), key, key + strcspn(key, " "));
}

void
bench_history_subject(const struct bench_history *history, char *ret_text, size_t bytes) {
    if (history->common_count - history->unsound == 1)
        describe(history->configs[history->common[0]], ret_text, bytes);
    else
        snprintf(ret_text, bytes, "geometric mean of %zu configurations",
                 history->common_count - history->unsound);
}
