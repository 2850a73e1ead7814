/* SPDX-License-Identifier: MIT
 *
 * leader.c: the best and the worst so far. See leader.h.
 *
 * Configurations that are compared with the same one are a list that begins with it. Of each the figures of the last
 * block are kept, until both it and that one have been run in it; whichever comes second, the score is taken then.
 */
#include "bench/leader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/rank.h"

enum {
    FIGURES = 3,
    LABEL_LEAST = 6,
    LABEL_MOST = 48
};

static const int figures[FIGURES] = {BENCH_METRIC_WALL_NS, BENCH_METRIC_LATENCY_P99_NS,
                                     BENCH_METRIC_PEAK_RSS_BYTES};

struct standing {
    size_t next;    /* in the list of its reference, + 1; 0: the last one */
    int64_t block;  /* that the values are of; 0: there are none */
    int64_t scored; /* the last block that has a score */
    double values[FIGURES];
    double logs; /* sum of the scores' logarithms */
    size_t count;
};

struct bench_leader {
    const struct bench_plan *plan;
    struct standing standings[]; /* by configuration */
};

struct bench_leader *
bench_leader_create(const struct bench_plan *plan) {
    struct bench_leader *leader =
        calloc(1, sizeof *leader + plan->config_count * sizeof leader->standings[0]);

    if (leader == NULL)
        return NULL;
    leader->plan = plan;
    for (size_t i = 0; i < plan->config_count; i++) {
        struct standing *first = &leader->standings[plan->configs[i].reference];
        if (first == &leader->standings[i])
            continue;
        leader->standings[i].next = first->next;
        first->next = i + 1;
    }
    return leader;
}

void
bench_leader_destroy(struct bench_leader *leader) {
    free(leader);
}

static double
ratio_of(double value, double reference) {
    return reference > 0 ? value / reference : NAN;
}

/* If both have been run in this block, and it has not been scored yet. */
static void
score(struct standing *one, const struct standing *reference) {
    double found;

    if (one->block == 0 || one->block != reference->block || one->scored == one->block)
        return;
    found = bench_report_rank_score(ratio_of(one->values[0], reference->values[0]),
                                    ratio_of(one->values[1], reference->values[1]),
                                    ratio_of(one->values[2], reference->values[2]));
    one->scored = one->block;
    if (isnan(found))
        return;
    one->logs += log(found);
    one->count++;
}

void
bench_leader_take(struct bench_leader *leader, const struct bench_plan_cell *cell,
                  const struct bench_record *record) {
    size_t first = leader->plan->configs[cell->config].reference;
    struct standing *own = &leader->standings[cell->config];

    if (record->state != BENCH_CELL_FINISHED)
        return;
    own->block = cell->block;
    for (size_t i = 0; i < FIGURES; i++)
        own->values[i] = record->has[figures[i]] ? record->values[figures[i]] : NAN;
    score(own, &leader->standings[first]);
    if (cell->config == first)
        for (size_t i = own->next; i != 0; i = leader->standings[i - 1].next)
            score(&leader->standings[i - 1], own);
}

/* ---- Telling ---------------------------------------------------------------------------------------- */

static double
mean_of(const struct standing *standing) {
    return exp(standing->logs / (double)standing->count);
}

/* "a.b=1 c.d=2" becomes "1 2". */
static void
leave_values(char *text) {
    char *to = text, *word = text; /* word: where what was kept of this one begins */

    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '=') {
            to = word;
            continue;
        }
        *to++ = *from;
        if (*from == ' ')
            word = to;
    }
    *to = '\0';
}

/* The workload's name as well, if there are several; without the knobs' names if there is no room for them. */
static const char *
name_of(const struct bench_leader *leader, size_t config, size_t room, char *text, size_t bytes) {
    const struct bench_plan *plan = leader->plan;
    bool several =
        plan->configs[0].cell.workload != plan->configs[plan->config_count - 1].cell.workload;

    snprintf(text, bytes, "%s%s%s", several ? plan->configs[config].cell.workload->name : "",
             several ? " " : "", plan->configs[config].label);
    if (strlen(text) > room)
        leave_values(text);
    return text;
}

void
bench_leader_tell(const struct bench_leader *leader, size_t room, char *ret_text, size_t bytes) {
    enum {
        WORDS = sizeof "best  0.001x, worst  0.001x"
    };
    size_t best = 0, worst = 0, known = 0, label = room > WORDS ? (room - WORDS) / 2 : 0;
    char one[320], other[320];

    ret_text[0] = '\0';
    for (size_t i = 0; i < leader->plan->config_count; i++) {
        const struct standing *standing = &leader->standings[i];
        if (standing->count == 0)
            continue;
        if (known == 0 || mean_of(standing) < mean_of(&leader->standings[best]))
            best = i;
        if (known == 0 || mean_of(standing) > mean_of(&leader->standings[worst]))
            worst = i;
        known++;
    }
    if (known < 2 || best == worst || label < LABEL_LEAST)
        return;
    label = label < LABEL_MOST ? label : LABEL_MOST;
    snprintf(ret_text, bytes, "best %.*s %.2fx, worst %.*s %.2fx", (int)label,
             name_of(leader, best, label, one, sizeof one), mean_of(&leader->standings[best]),
             (int)label, name_of(leader, worst, label, other, sizeof other),
             mean_of(&leader->standings[worst]));
}
