/* SPDX-License-Identifier: MIT
 *
 * report/rank.c: which configurations of a group stand out.
 *
 * The front is found by asking each configuration whether any other beats it: no worse in both wall time
 * and peak memory, and better in one. Equal ones do not beat each other, so both are on the front.
 *
 * The sign test makes no assumption on how times are spread, and knows nothing of how many
 * configurations were tried: of twenty that are all the same, one may well look surely better.
 */
#include "bench/report/rank.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double
bench_report_rank_score(double wall_ratio, double p99_ratio, double peak_ratio) {
    const double ratios[] = {wall_ratio, p99_ratio, peak_ratio};
    double logs = 0;
    size_t count = 0;
    for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
        if (isfinite(ratios[i]) && ratios[i] > 0) {
            logs += log(ratios[i]);
            count++;
        }
    return count ? exp(logs / (double)count) : NAN;
}

double
bench_report_rank_luck(size_t wins, size_t blocks) {
    double chance = pow(0.5, (double)blocks), tail = 0; /* chance: of exactly k wins */
    for (size_t k = 0; k <= blocks; k++) {
        if (k >= wins)
            tail += chance;
        chance *= (double)(blocks - k) / (double)(k + 1);
    }
    return tail;
}

static bool
is_whole(const struct bench_report_config *config) {
    return config->cells && config->finished == config->cells;
}

static bool
is_beaten(const struct bench_report_config *one, const struct bench_report_config *other) {
    double t = one->median[BENCH_REPORT_WALL_NS], m = one->median[BENCH_REPORT_PEAK_BYTES];
    double ot = other->median[BENCH_REPORT_WALL_NS], om = other->median[BENCH_REPORT_PEAK_BYTES];
    return ot <= t && om <= m && (ot < t || om < m);
}

static void
find_front(struct bench_report_group *group) {
    for (size_t i = 0; i < group->count; i++) {
        struct bench_report_config *config = &group->configs[i];
        config->front = !isnan(config->median[BENCH_REPORT_WALL_NS]) &&
                        !isnan(config->median[BENCH_REPORT_PEAK_BYTES]);
        for (size_t j = 0; j < group->count && config->front; j++)
            config->front = !is_beaten(config, &group->configs[j]);
        if (!config->front)
            continue;
        size_t at = group->front_count++;
        double wall = config->median[BENCH_REPORT_WALL_NS];
        while (at > 0 && group->configs[group->front[at - 1]].median[BENCH_REPORT_WALL_NS] > wall) {
            group->front[at] = group->front[at - 1];
            at--;
        }
        group->front[at] = i;
    }
}

static void
find_best(struct bench_report_group *group) {
    double least = 1 - BENCH_REPORT_FLOOR;
    for (size_t i = 1; i < group->count; i++) {
        const struct bench_report_config *config = &group->configs[i];
        if (!config->is_elsewhere && is_whole(config) && config->score < least) {
            least = config->score;
            group->best = i;
        }
    }
    const struct bench_report_config *best = &group->configs[group->best];
    group->sure =
        group->best == 0 || bench_report_rank_luck(best->wins, best->pairs) <= BENCH_REPORT_LUCK;
}

int
bench_report_rank(struct bench_report_group *group) {
    group->front = calloc(group->count, sizeof(*group->front));
    group->order = calloc(group->count, sizeof(*group->order));
    bool *taken = calloc(group->count, sizeof(*taken));
    if (!group->front || !group->order || !taken) {
        free(taken);
        return -ENOMEM;
    }
    for (size_t i = 0; i < group->count; i++)
        group->configs[i].score =
            bench_report_rank_score(group->configs[i].wall_ratio, group->configs[i].p99_ratio,
                                    group->configs[i].peak_ratio);
    find_best(group);
    find_front(group);
    size_t count = 0;
    for (int pass = 0; pass < 4; pass++)
        for (size_t i = 0; i < group->count; i++) {
            bool wanted = pass == 0   ? i == 0
                          : pass == 1 ? i == group->best
                          : pass == 2 ? group->configs[i].front
                                      : true;
            if (wanted && !taken[i]) {
                taken[i] = true;
                group->order[count++] = i;
            }
        }
    free(taken);
    return 0;
}

/* ---- All groups together ----------------------------------------------------------------------- */

static const struct bench_report_config *
find_whole(const struct bench_report_group *group, const char *label) {
    for (size_t i = 0; i < group->count; i++)
        if (is_whole(&group->configs[i]) && strcmp(group->configs[i].label, label) == 0)
            return &group->configs[i];
    return NULL;
}

static bool
has_default(const struct bench_report_group *group, const char *label) {
    return strcmp(group->configs[0].label, label) == 0;
}

/* Over the groups with the default `common`. False when the setting is not there, or not whole, in one
 * of them. */
static bool
average(const struct bench_report_data *data, const char *common, const char *label,
        struct bench_report_overall *ret_overall) {
    struct bench_report_overall sum = {.label = label};
    for (size_t i = 0; i < data->group_count; i++) {
        if (data->groups[i].choices == 1 || !has_default(&data->groups[i], common))
            continue; /* with one setting only there is nothing to be said for another */
        const struct bench_report_config *config = find_whole(&data->groups[i], label);
        if (!config || isnan(config->score))
            return false;
        sum.score += log(config->score);
        sum.wall_ratio += log(config->wall_ratio);
        sum.p99_ratio += log(config->p99_ratio);
        sum.peak_ratio += log(config->peak_ratio);
        sum.pairs += config->pairs;
        sum.wins += config->wins;
        sum.groups++;
    }
    double count = (double)sum.groups;
    sum.score = exp(sum.score / count);
    sum.wall_ratio = exp(sum.wall_ratio / count);
    sum.p99_ratio = exp(sum.p99_ratio / count);
    sum.peak_ratio = exp(sum.peak_ratio / count);
    *ret_overall = sum;
    return true;
}

/* The first group with a choice that another one shares its default with, or NULL. */
static const struct bench_report_group *
find_common(const struct bench_report_data *data) {
    for (size_t i = 0; i < data->group_count; i++)
        for (size_t j = i + 1; j < data->group_count; j++)
            if (data->groups[i].choices > 1 && data->groups[j].choices > 1 &&
                has_default(&data->groups[j], data->groups[i].configs[0].label))
                return &data->groups[i];
    return NULL;
}

void
bench_report_rank_overall(struct bench_report_data *data) {
    struct bench_report_overall overall, other;
    const struct bench_report_group *first = find_common(data);
    const char *common = first ? first->configs[0].label : NULL;
    if (!first || !average(data, common, common, &overall))
        return;
    overall.is_default = true;
    double least = 1 - BENCH_REPORT_FLOOR;
    for (size_t i = 1; i < first->count; i++)
        if (!first->configs[i].is_elsewhere &&
            average(data, common, first->configs[i].label, &other) && other.score < least) {
            least = other.score;
            overall = other;
        }
    overall.sure = overall.is_default ||
                   bench_report_rank_luck(overall.wins, overall.pairs) <= BENCH_REPORT_LUCK;
    data->overall = overall;
}
