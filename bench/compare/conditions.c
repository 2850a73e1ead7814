/* SPDX-License-Identifier: MIT
 *
 * compare/conditions.c: under which conditions the two sides ran. What makes a comparison meaningless
 * refuses it; what makes it worth less is a warning. The commit is neither: it is what most comparisons are
 * about.
 */
#include "bench/compare/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/stats.h"
#include "bench/env.h"

enum {
    FACT_BYTES = 512,
    NOISE_NS = 200000, /* less than this late is nothing */
    NOISE_RATIO = 3
};

struct versions {
    struct bench_compare_work *work;
    const char *workload; /* that of base */
    int64_t version;
};

static int
compare_version(void *context, const struct bench_store_workload *workload) {
    const struct versions *versions = context;
    struct bench_compare_work *work = versions->work;

    if (strcmp(workload->name, versions->workload) != 0 || workload->version == versions->version)
        return 0;
    return bench_compare_refuse(work, -EINVAL,
                                "they cannot be compared: version of workload %s is %lld in %s and "
                                "%lld in %s, which does other work; run both with one program, or "
                                "choose others with :workload=NAME",
                                workload->name, (long long)versions->version,
                                work->compare->base.text, (long long)workload->version,
                                work->compare->new.text);
}

static bool
has_workload(const struct bench_compare *compare, const char *name) {
    for (size_t i = 0; i < compare->cell_count; i++)
        if (strcmp(compare->cells[i].workload, name) == 0)
            return true;
    return false;
}

static int
compare_versions(void *context, const struct bench_store_workload *workload) {
    struct bench_compare_work *work = context;
    struct versions versions = {work, workload->name, workload->version};

    if (!has_workload(work->compare, workload->name))
        return 0;
    return bench_store_each_workload(work->halves[1].store, compare_version, &versions);
}

static void
read_fact(struct bench_compare_half *half, enum bench_store_facts which, const char *key,
          const char *absent, char value[FACT_BYTES]) {
    if (bench_store_fact(half->store, which, key, value, FACT_BYTES) != 0)
        snprintf(value, FACT_BYTES, "%s", absent);
}

static void
compare_fact(struct bench_compare_work *work, enum bench_store_facts which, const char *key) {
    char values[BENCH_COMPARE_SIDES][FACT_BYTES];

    for (size_t i = 0; i < BENCH_COMPARE_SIDES; i++)
        read_fact(&work->halves[i], which, key, "unknown", values[i]);
    if (strcmp(values[0], values[1]) != 0)
        bench_compare_warn(work->compare, "%s differs, and times with it: %s in %s, %s in %s", key,
                           values[0], work->compare->base.text, values[1], work->compare->new.text);
}

static bool
has_engine(const struct bench_compare *compare, const char *prefix) {
    for (size_t i = 0; i < compare->cell_count; i++)
        if (strncmp(compare->cells[i].engine, prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static void
look_at_jobs(struct bench_compare_work *work) {
    for (size_t i = 0; i < BENCH_COMPARE_SIDES; i++) {
        const char *name = i == 0 ? work->compare->base.text : work->compare->new.text;
        char jobs[FACT_BYTES];
        if (i == 1 && work->compare->is_one_run)
            continue;
        read_fact(&work->halves[i], BENCH_STORE_RUN, "jobs", "1", jobs);
        if (strcmp(jobs, "1") == 0)
            continue;
        work->compare->is_disturbed = true;
        bench_compare_warn(
            work->compare,
            "cells of %s ran %s at once and disturbed each other: its times, marked ~, say "
            "little; sweep without --jobs",
            name, jobs);
    }
}

static void
look_at_completeness(struct bench_compare_work *work) {
    for (size_t i = 0; i < BENCH_COMPARE_SIDES; i++) {
        const char *name = i == 0 ? work->compare->base.text : work->compare->new.text;
        char complete[FACT_BYTES];
        read_fact(&work->halves[i], BENCH_STORE_RUN, "complete", "1", complete);
        if (strcmp(complete, "1") != 0 && (i == 0 || !work->compare->is_one_run))
            bench_compare_warn(work->compare,
                               "%s is not finished: cells still to be run are left out", name);
    }
}

struct noise {
    const struct bench_compare_half *half;
    double *values;
    size_t count;
};

static int
take_noise(void *context, int64_t config_id, size_t metric, double value) {
    struct noise *noise = context;
    const struct bench_compare_half *half = noise->half;
    size_t low = 0, high = half->config_count; /* configurations lie by id */

    (void)metric;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (half->configs[middle].id < config_id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == half->config_count || half->configs[low].id != config_id ||
        half->configs[low].cell == SIZE_MAX)
        return 0;
    if (bench_array_grow(&noise->values, noise->count, sizeof *noise->values))
        return -ENOMEM;
    noise->values[noise->count++] = value;
    return 0;
}

/* While a cell runs, the runner has nothing to do but to wake: how late it does is what others do to the
 * machine. Cells of one run share that; of two, one may have had it all. */
static int
look_at_noise(struct bench_compare_work *work) {
    static const char *const metrics[] = {"noise_max_ns"};
    double medians[BENCH_COMPARE_SIDES];
    int error = 0;

    for (size_t i = 0; i < BENCH_COMPARE_SIDES; i++) {
        struct noise noise = {.half = &work->halves[i]};
        if (error == 0)
            error = bench_store_each_of(noise.half->store, metrics, 1, take_noise, &noise);
        medians[i] = bench_compare_stats_median(noise.values, noise.count);
        free(noise.values);
    }
    bool is_new = medians[1] > medians[0];
    double more = medians[is_new], less = medians[!is_new];
    if (error != 0 || !(more > NOISE_NS && more > NOISE_RATIO * less))
        return error;
    work->compare->is_uneven = true;
    bench_compare_warn(
        work->compare,
        "the machine was busier during %s: there an idle process woke %.2f ms late, "
        "in the other run %.2f ms (median of the cells' worst). No time, marked ~, is called "
        "better or worse, or breaks a rule; sweep both again, at best in one run",
        is_new ? work->compare->new.text : work->compare->base.text, more / 1e6, less / 1e6);
    return 0;
}

/* Knobs that only one of the two programs knew, at their defaults. */
static void
look_at_knobs(struct bench_compare_work *work) {
    for (size_t i = BENCH_COMPARE_KNOBS; i < work->column_count; i++)
        for (size_t side = 0; side < BENCH_COMPARE_SIDES; side++) {
            const struct bench_compare_half *half = &work->halves[side];
            if (half->initial[i] != 0 && work->halves[!side].initial[i] == 0 &&
                (strncmp(work->names[i], "gc.", 3) == 0 ||
                 strncmp(work->names[i], "alloc.", 6) == 0))
                bench_compare_warn(work->compare, "%s is a knob that only %s has; it counts as %s",
                                   work->names[i],
                                   side == 0 ? work->compare->base.text : work->compare->new.text,
                                   bench_words_text(&work->words, half->initial[i]));
        }
}

int
bench_compare_conditions(struct bench_compare_work *work) {
    static const char *const keys[] = {BENCH_ENV_MATTERS(BENCH_ENV_AS_TEXT)};
    struct bench_compare *compare = work->compare;
    int error = bench_store_each_workload(work->halves[0].store, compare_versions, work);

    if (error != 0)
        return error;
    read_fact(&work->halves[0], BENCH_STORE_ENVIRONMENT, "commit", "unknown", compare->base.commit);
    read_fact(&work->halves[1], BENCH_STORE_ENVIRONMENT, "commit", "unknown", compare->new.commit);
    if (!compare->is_one_run) {
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            if (strcmp(keys[i], "commit") != 0)
                compare_fact(work, BENCH_STORE_ENVIRONMENT, keys[i]);
        if (has_engine(compare, "cpython"))
            compare_fact(work, BENCH_STORE_RUN, "python_version");
        look_at_knobs(work);
    }
    look_at_jobs(work);
    look_at_completeness(work);
    if (!compare->is_one_run)
        bench_compare_warn(compare, "two runs: cells of a block did not run side by side, so what "
                                    "changed on the machine in between is in the times as well");
    return compare->is_one_run ? 0 : look_at_noise(work);
}
