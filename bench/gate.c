/* SPDX-License-Identifier: MIT
 *
 * gate.c: what differs, how bad that is, and the sentence about it. See gate.h.
 */
#include "bench/gate.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/metric.h"

const char *
bench_gate_kind_word(enum bench_gate_kind kind) {
    static const char *const words[] = {
        [BENCH_GATE_FAILED] = "failed",
        [BENCH_GATE_ANSWER] = "answer",
        [BENCH_GATE_GONE] = "gone",
        [BENCH_GATE_UNKNOWN] = "unknown",
        [BENCH_GATE_OTHER] = "other",
        [BENCH_GATE_WORSE] = "worse",
        [BENCH_GATE_CHANGED] = "changed",
        [BENCH_GATE_LOST] = "lost",
        [BENCH_GATE_SLOWER] = "measured worse",
        [BENCH_GATE_DOUBTFUL] = "doubtful",
        [BENCH_GATE_BETTER] = "better",
        [BENCH_GATE_NEW] = "new",
        [BENCH_GATE_FASTER] = "measured better",
    };
    return words[kind];
}

const char *
bench_gate_level_word(enum bench_gate_level level) {
    return level == BENCH_GATE_RED ? "red" : level == BENCH_GATE_WARN ? "warn" : "told";
}

/* ---- Rows ------------------------------------------------------------------------------------------- */

struct judge {
    struct bench_gate *gate;
    const struct bench_compare_rule *rules;
    size_t rule_count, room;
    int error;
};

static void
add(struct judge *judge, const struct bench_gate_row *row) {
    struct bench_gate *gate = judge->gate;

    if (gate->row_count == judge->room) {
        size_t room = judge->room == 0 ? 64 : 2 * judge->room;
        void *grown = realloc(gate->rows, room * sizeof *gate->rows);
        if (grown == NULL) {
            judge->error = -ENOMEM;
            return;
        }
        gate->rows = grown;
        judge->room = room;
    }
    gate->rows[gate->row_count++] = *row;
}

static void
add_plain(struct judge *judge, enum bench_gate_kind kind, const char *config, const char *metric,
          size_t line, const char *text) {
    bool is_red = kind <= BENCH_GATE_CHANGED || kind == BENCH_GATE_LOST;

    add(judge, &(struct bench_gate_row){.kind = kind,
                                        .level = is_red ? BENCH_GATE_RED : BENCH_GATE_TOLD,
                                        .config = config,
                                        .metric = metric,
                                        .base = NAN,
                                        .now = NAN,
                                        .ratio = NAN,
                                        .low = NAN,
                                        .high = NAN,
                                        .line = line,
                                        .text = text});
}

bool
bench_gate_rule_matches(const struct bench_compare_rule *rule, const char *metric,
                        bool is_deterministic) {
    if (strcmp(rule->pattern, "deterministic") == 0)
        return is_deterministic;
    if (strcmp(rule->pattern, "timed") == 0)
        return !is_deterministic;
    return fnmatch(rule->pattern, metric, 0) == 0;
}

/* The rule that a counter's change breaks, or NULL. */
static const char *
broken_rule(const struct judge *judge, const char *metric, double base, double now, bool is_worse) {
    for (size_t i = 0; i < judge->rule_count; i++) {
        const struct bench_compare_rule *rule = &judge->rules[i];
        double bound = fabs(base) * rule->percent / 100;
        bool breaks = rule->kind == BENCH_COMPARE_RULE_CHANGED ||
                      (rule->kind == BENCH_COMPARE_RULE_WORSE && is_worse) ||
                      (rule->kind == BENCH_COMPARE_RULE_ABOVE && now - base > bound) ||
                      (rule->kind == BENCH_COMPARE_RULE_BELOW && base - now > bound);
        if (breaks && bench_gate_rule_matches(rule, metric, true))
            return rule->text;
    }
    return NULL;
}

static void
judge_count(struct judge *judge, const char *config, const struct bench_gate_count *base,
            const struct bench_gate_count *now) {
    enum bench_metric metric = bench_metric_find(base->name);
    const char *better = metric == BENCH_METRIC_MOST ? "none" : bench_metric_row(metric).better,
               *rule;
    bool is_more = now->value > base->value;
    enum bench_gate_kind kind = strcmp(better, "none") == 0                 ? BENCH_GATE_CHANGED
                                : (strcmp(better, "lower") == 0) == is_more ? BENCH_GATE_WORSE
                                                                            : BENCH_GATE_BETTER;

    judge->gate->compared++;
    if (now->value == base->value)
        return;
    rule = broken_rule(judge, base->name, base->value, now->value, kind == BENCH_GATE_WORSE);
    bool is_red = kind != BENCH_GATE_BETTER || rule != NULL;
    add(judge, &(struct bench_gate_row){.kind = kind,
                                        .level = is_red ? BENCH_GATE_RED : BENCH_GATE_TOLD,
                                        .config = config,
                                        .metric = base->name,
                                        .base = base->value,
                                        .now = now->value,
                                        .ratio = base->value == 0 ? NAN : now->value / base->value,
                                        .low = NAN,
                                        .high = NAN,
                                        .line = base->line,
                                        .text = kind == BENCH_GATE_BETTER ? rule : NULL});
}

/* Both are sorted by name. */
static void
judge_counts(struct judge *judge, const struct bench_gate_config *base,
             const struct bench_gate_config *now) {
    size_t i = 0, k = 0;

    while (i < base->count_count || k < now->count_count) {
        int order = i == base->count_count  ? 1
                    : k == now->count_count ? -1
                                            : strcmp(base->counts[i].name, now->counts[k].name);
        if (order == 0)
            judge_count(judge, now->name, &base->counts[i], &now->counts[k]);
        else if (order < 0)
            add_plain(judge, BENCH_GATE_LOST, now->name, base->counts[i].name, base->counts[i].line,
                      NULL);
        else
            add_plain(judge, BENCH_GATE_NEW, now->name, now->counts[k].name, base->line, NULL);
        i += order <= 0;
        k += order >= 0;
    }
}

static void
judge_config(struct judge *judge, const struct bench_gate_config *base,
             const struct bench_gate_config *now) {
    if (now->trouble != NULL)
        add_plain(judge, BENCH_GATE_FAILED, now->name, NULL, base == NULL ? 0 : base->line,
                  now->trouble);
    else if (base == NULL || base->trouble != NULL)
        add_plain(judge, BENCH_GATE_UNKNOWN, now->name, NULL, 0,
                  base == NULL ? NULL : base->trouble);
    else if (base->version != now->version || base->seed != now->seed)
        add_plain(judge, BENCH_GATE_OTHER, now->name, NULL, base->line,
                  base->seed != now->seed ? "another seed" : "another version of the workload");
    else {
        if (strcmp(base->digest, now->digest) != 0)
            add_plain(judge, BENCH_GATE_ANSWER, now->name, NULL, base->digest_line, NULL);
        judge_counts(judge, base, now);
    }
}

static void
judge_configs(struct judge *judge) {
    const struct bench_gate_baseline *base = judge->gate->base, *now = judge->gate->now;

    for (size_t i = 0; i < now->config_count; i++)
        judge_config(judge, bench_gate_baseline_find(base, now->configs[i].name), &now->configs[i]);
    for (size_t i = 0; i < base->config_count; i++)
        if (bench_gate_baseline_find(now, base->configs[i].name) == NULL)
            add_plain(judge, BENCH_GATE_GONE, base->configs[i].name, NULL, base->configs[i].line,
                      NULL);
    /* A program of another time may not know everything; a file was accepted as it is. */
    for (size_t i = 0; !judge->gate->base_is_file && i < judge->gate->row_count; i++)
        if (judge->gate->rows[i].kind == BENCH_GATE_UNKNOWN)
            judge->gate->rows[i].level = BENCH_GATE_TOLD;
}

/* What it is called here. */
static const char *
name_of(const struct bench_gate *gate, const struct bench_compare_cell *cell) {
    for (size_t i = 0; i < gate->now->config_count; i++)
        if (gate->now->configs[i].id == cell->new_id)
            return gate->now->configs[i].name;
    return cell->name;
}

static void
judge_time(struct judge *judge, const struct bench_compare_row *row) {
    bool is_red = row->rule >= 0;
    enum bench_gate_kind kind = row->verdict == BENCH_COMPARE_BETTER ? BENCH_GATE_FASTER
                                : is_red || row->verdict == BENCH_COMPARE_WORSE
                                    ? BENCH_GATE_SLOWER
                                    : BENCH_GATE_DOUBTFUL;

    if (!is_red && !row->would_fail && row->verdict != BENCH_COMPARE_WORSE &&
        row->verdict != BENCH_COMPARE_BETTER)
        return;
    add(judge,
        &(struct bench_gate_row){.kind = kind,
                                 .level = is_red                      ? BENCH_GATE_RED
                                          : kind == BENCH_GATE_FASTER ? BENCH_GATE_TOLD
                                                                      : BENCH_GATE_WARN,
                                 .config = name_of(judge->gate, row->cell),
                                 .metric = row->metric->name,
                                 .base = row->base,
                                 .now = row->new,
                                 .ratio = row->ratio,
                                 .low = row->low,
                                 .high = row->high,
                                 .text = is_red ? judge->gate->times->rules[row->rule].text : NULL,
                                 .blocks_needed = row->blocks_needed});
}

/* ---- Groups ----------------------------------------------------------------------------------------- */

static double
distance(const struct bench_gate_row *row) {
    return isnan(row->ratio) || row->ratio <= 0 ? HUGE_VAL : fabs(log(row->ratio));
}

static int
compare_numbers(double one, double other) {
    return one < other ? -1 : one > other;
}

/* What is of one group lies side by side, what differs most first. */
static int
by_group(const void *one, const void *other) {
    const struct bench_gate_row *a = one, *b = other;
    int order = compare_numbers(a->level, b->level);

    if (order == 0)
        order = compare_numbers(a->kind, b->kind);
    if (order == 0 && a->metric != NULL && b->metric != NULL)
        order = strcmp(a->metric, b->metric);
    if (order == 0)
        order = -compare_numbers(distance(a), distance(b));
    return order == 0 ? strcmp(a->config, b->config) : order;
}

static bool
are_one_group(const struct bench_gate_row *one, const struct bench_gate_row *other) {
    return one->level == other->level && one->kind == other->kind &&
           (one->metric == other->metric || (one->metric != NULL && other->metric != NULL &&
                                             strcmp(one->metric, other->metric) == 0));
}

/* Within a level and a kind, what most configurations have comes first. */
static int
by_weight(const void *one, const void *other) {
    const struct bench_gate_group *a = one, *b = other;
    int order = compare_numbers(a->level, b->level);

    if (order == 0)
        order = compare_numbers(a->kind, b->kind);
    if (order == 0)
        order = -compare_numbers((double)a->count, (double)b->count);
    if (order == 0)
        order = -compare_numbers(distance(a->row), distance(b->row));
    return order == 0 && a->metric != NULL && b->metric != NULL ? strcmp(a->metric, b->metric)
                                                                : order;
}

static int
make_groups(struct bench_gate *gate) {
    if (gate->row_count > 0)
        qsort(gate->rows, gate->row_count, sizeof *gate->rows, by_group);
    gate->groups = calloc(gate->row_count + 1, sizeof *gate->groups);
    if (gate->groups == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < gate->row_count; i++) {
        const struct bench_gate_row *row = &gate->rows[i];
        if (i == 0 || !are_one_group(row - 1, row))
            gate->groups[gate->group_count++] = (struct bench_gate_group){.kind = row->kind,
                                                                          .level = row->level,
                                                                          .metric = row->metric,
                                                                          .low = NAN,
                                                                          .high = NAN,
                                                                          .row = row};
        struct bench_gate_group *group = &gate->groups[gate->group_count - 1];
        group->count++;
        group->low = fmin(group->low, row->ratio); /* of a number and NaN, the number */
        group->high = fmax(group->high, row->ratio);
    }
    if (gate->group_count > 0)
        qsort(gate->groups, gate->group_count, sizeof *gate->groups, by_weight);
    return 0;
}

/* ---- The sentence ----------------------------------------------------------------------------------- */

struct phrase {
    char *text;
    size_t bytes;
    bool is_begun;
};

static void say(struct phrase *phrase, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct phrase *phrase, const char *format, ...) {
    size_t length = strlen(phrase->text);
    va_list arguments;

    if (phrase->is_begun && length + 2 < phrase->bytes) {
        strcpy(phrase->text + length, ", ");
        length += 2;
    }
    phrase->is_begun = true;
    va_start(arguments, format);
    vsnprintf(phrase->text + length, phrase->bytes - length, format, arguments);
    va_end(arguments);
}

static const char *
plural(size_t count) {
    return count == 1 ? "" : "s";
}

static size_t
count_level(const struct bench_gate *gate, enum bench_gate_kind kind, enum bench_gate_level level) {
    size_t count = 0;

    for (size_t i = 0; i < gate->row_count; i++)
        count += gate->rows[i].kind == kind && gate->rows[i].level == level;
    return count;
}

/* How many rows of that level there are of each kind. */
static void
say_level(const struct bench_gate *gate, enum bench_gate_level level, struct phrase *phrase) {
    static const struct {
        enum bench_gate_kind kind;
        const char *noun, *what;
    } parts[] = {
        {BENCH_GATE_FAILED, "configuration", "did not finish"},
        {BENCH_GATE_ANSWER, "answer", "changed"},
        {BENCH_GATE_GONE, "configuration", "missing"},
        {BENCH_GATE_UNKNOWN, "configuration", "not in the baseline"},
        {BENCH_GATE_OTHER, "configuration", "not comparable"},
        {BENCH_GATE_WORSE, "counter", "worse"},
        {BENCH_GATE_CHANGED, "counter", "changed"},
        {BENCH_GATE_LOST, "counter", "missing"},
        {BENCH_GATE_SLOWER, "measure", "worse"},
        {BENCH_GATE_DOUBTFUL, "measure", "too noisy to say"},
        {BENCH_GATE_BETTER, "counter", "better"},
        {BENCH_GATE_NEW, "counter", "not in the baseline"},
        {BENCH_GATE_FASTER, "measure", "better"},
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t count = count_level(gate, parts[i].kind, level);
        if (count > 0)
            say(phrase, "%zu %s%s %s", count, parts[i].noun, plural(count), parts[i].what);
    }
}

static int
by_pointed_text(const void *one, const void *other) {
    const char *const *a = one, *const *b = other;
    return strcmp(*a, *b);
}

static int
count_red_configs(struct bench_gate *gate) {
    const char **names = calloc(gate->row_count + 1, sizeof *names);
    size_t count = 0;

    if (names == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < gate->row_count; i++)
        if (gate->rows[i].level == BENCH_GATE_RED)
            names[count++] = gate->rows[i].config;
    if (count > 0)
        qsort(names, count, sizeof *names, by_pointed_text);
    for (size_t i = 0; i < count; i++)
        gate->red_configs += i == 0 || strcmp(names[i - 1], names[i]) != 0;
    free(names);
    return 0;
}

static void
make_sentence(struct bench_gate *gate) {
    struct phrase phrase = {.text = gate->sentence, .bytes = sizeof gate->sentence};
    const char *base = gate->base_is_file ? gate->base->path : "the other program";

    gate->sentence[0] = '\0';
    if (gate->is_red) {
        say(&phrase, "red: ");
        phrase.is_begun = false;
        if (gate->levels[BENCH_GATE_RED] == 0)
            say(&phrase, "nothing could be compared");
        say_level(gate, BENCH_GATE_RED, &phrase);
        phrase.is_begun = false;
        say(&phrase, " (%zu of %zu configurations of %s, against %s)", gate->red_configs,
            gate->now->config_count + gate->of[BENCH_GATE_GONE], gate->now->suite, base);
    } else
        say(&phrase, "green: %zu counter%s of %zu configuration%s of %s are %s %s", gate->compared,
            plural(gate->compared), gate->now->config_count, plural(gate->now->config_count),
            gate->now->suite,
            gate->levels[BENCH_GATE_TOLD] > 0 ? "no worse than those of" : "as in", base);
    if (gate->levels[BENCH_GATE_WARN] > 0) {
        phrase.is_begun = false;
        say(&phrase, "; warns: ");
        phrase.is_begun = false;
        say_level(gate, BENCH_GATE_WARN, &phrase);
    }
    if (gate->levels[BENCH_GATE_TOLD] > 0) {
        phrase.is_begun = false;
        say(&phrase, "; also ");
        phrase.is_begun = false;
        say_level(gate, BENCH_GATE_TOLD, &phrase);
    }
}

/* ---- Judging ---------------------------------------------------------------------------------------- */

int
bench_gate_judge(struct bench_gate *gate, const struct bench_gate_baseline *base, bool base_is_file,
                 const struct bench_gate_baseline *now, const struct bench_compare *times,
                 const struct bench_compare_rule *rules, size_t rule_count) {
    struct judge judge = {.gate = gate, .rules = rules, .rule_count = rule_count};

    *gate =
        (struct bench_gate){.base = base, .now = now, .base_is_file = base_is_file, .times = times};
    judge_configs(&judge);
    for (size_t i = 0; times != NULL && i < times->row_count; i++)
        if (!times->rows[i].is_exact)
            judge_time(&judge, &times->rows[i]);
    if (judge.error == 0)
        judge.error = make_groups(gate);
    if (judge.error == 0)
        judge.error = count_red_configs(gate);
    for (size_t i = 0; i < gate->row_count; i++) {
        gate->of[gate->rows[i].kind]++;
        gate->levels[gate->rows[i].level]++;
    }
    /* Whoever compares nothing finds nothing. */
    gate->is_red = gate->levels[BENCH_GATE_RED] > 0 || gate->compared == 0;
    if (judge.error == 0)
        make_sentence(gate);
    else
        bench_gate_fini(gate);
    return judge.error;
}

void
bench_gate_fini(struct bench_gate *gate) {
    free(gate->rows);
    free(gate->groups);
    *gate = (struct bench_gate){.rows = NULL};
}
