/* SPDX-License-Identifier: MIT
 *
 * report_rank.c: which configurations of a group stand out.
 *
 * The front is found by asking each configuration whether any other beats it: no worse in both wall time
 * and peak memory, and better in one. Equal ones do not beat each other, so both are on the front.
 */
#include "bench/report_rank.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static double
score_of(const struct bench_report_config *config) {
    const double ratios[] = {config->wall_ratio, config->p99_ratio, config->peak_ratio};
    double logs = 0;
    size_t count = 0;
    for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
        if (isfinite(ratios[i]) && ratios[i] > 0) {
            logs += log(ratios[i]);
            count++;
        }
    return count ? exp(logs / (double)count) : NAN;
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
        if (config->cells && config->finished == config->cells && config->score < least) {
            least = config->score;
            group->best = i;
        }
    }
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
        group->configs[i].score = score_of(&group->configs[i]);
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
