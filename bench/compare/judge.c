/* SPDX-License-Identifier: MIT
 *
 * compare/judge.c: which rows fail by which rule, in which order they are read, and the answer in one sentence.
 *
 * A rule on a timed row fires only where the change is sure: what is beyond its bound by chance is said,
 * and fails nothing. A count that changed with neither way being better is worse only if a rule says so.
 */
#include "bench/compare/file.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare/stats.h"
#include "bench/say.h"

static const char *const classes[] = {"deterministic", "timed"};

/* ---- Rules ------------------------------------------------------------------------------------------- */

static int
refuse_rule(const char *text, char *why, size_t why_bytes) {
    snprintf(
        why, why_bytes,
        "'%s' is no rule: METRIC>5%% (surely more, by more than 5 %%), METRIC<5%%, METRIC (any "
        "sure worsening) or METRIC!= (any sure change), in quotes for the shell",
        text);
    return -EINVAL;
}

static bool
read_percent(const char *text, double *ret_percent) {
    char *end;

    if (strspn(text, "0123456789.") == 0)
        return false;
    *ret_percent = strtod(text, &end);
    return (strcmp(end, "%") == 0 || strcmp(end, " %") == 0) && isfinite(*ret_percent);
}

int
bench_compare_rule_parse(const char *text, struct bench_compare_rule *ret_rule, char *why,
                         size_t why_bytes) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.*?";
    struct bench_compare_rule rule = {.kind = BENCH_COMPARE_RULE_WORSE};
    size_t length = strspn(text, letters);
    const char *rest = text + length + strspn(text + length, " ");

    if (length == 0 || strlen(text) >= sizeof rule.text)
        return refuse_rule(text, why, why_bytes);
    strcpy(rule.text, text);
    memcpy(rule.pattern, text, length);
    if (strcmp(rest, "!=") == 0)
        rule.kind = BENCH_COMPARE_RULE_CHANGED;
    else if (*rest == '>' || *rest == '<') {
        rule.kind = *rest == '>' ? BENCH_COMPARE_RULE_ABOVE : BENCH_COMPARE_RULE_BELOW;
        if (!read_percent(rest + 1 + strspn(rest + 1, " "), &rule.percent))
            return refuse_rule(text, why, why_bytes);
    } else if (*rest != '\0')
        return refuse_rule(text, why, why_bytes);
    *ret_rule = rule;
    return 0;
}

static bool
is_about(const struct bench_compare_rule *rule, const struct bench_compare_metric *metric) {
    if (strcmp(rule->pattern, classes[0]) == 0)
        return metric->is_deterministic;
    if (strcmp(rule->pattern, classes[1]) == 0)
        return !metric->is_deterministic;
    return fnmatch(rule->pattern, metric->name, 0) == 0;
}

static int
find_metric(const struct bench_compare *compare, const struct bench_compare_rule *rule, char *why,
            size_t why_bytes) {
    const char *names[1024];
    char hint[BENCH_COMPARE_RULE_BYTES];
    size_t count = 0;

    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (strcmp(rule->pattern, classes[i]) == 0)
            return 0;
        names[count++] = classes[i];
    }
    for (size_t i = 0; i < compare->metric_count; i++) {
        if (is_about(rule, &compare->metrics[i]))
            return 0;
        if (count + 1 < sizeof names / sizeof names[0])
            names[count++] = compare->metrics[i].name;
    }
    names[count] = NULL;
    bench_say_nearest(bench_say_guess(rule->pattern, names), hint, sizeof hint);
    snprintf(why, why_bytes, "--fail-on %s: no such metric is compared%s", rule->text, hint);
    return -ENOENT;
}

/* Beyond the rule's bound, sure or not. A change from or to 0 is beyond any. */
static bool
is_beyond(const struct bench_compare_rule *rule, const struct bench_compare_row *row) {
    double bound = rule->percent / 100;

    if (rule->kind == BENCH_COMPARE_RULE_ABOVE)
        return isnan(row->ratio) ? row->new > row->base : row->ratio > 1 + bound;
    if (rule->kind == BENCH_COMPARE_RULE_BELOW)
        return isnan(row->ratio) ? row->new < row->base : row->ratio < 1 - bound;
    return rule->kind == BENCH_COMPARE_RULE_CHANGED || row->verdict == BENCH_COMPARE_WORSE;
}

static bool
fails_anyway(const struct bench_compare_row *row) {
    return row->verdict == BENCH_COMPARE_WORSE && (strcmp(row->metric->name, "finished") == 0 ||
                                                   strcmp(row->metric->name, "other_answers") == 0);
}

static void
judge_row(const struct bench_compare *compare, struct bench_compare_row *row) {
    row->rule = fails_anyway(row) ? BENCH_COMPARE_RULE_ALWAYS : BENCH_COMPARE_RULE_NONE;
    row->would_fail = false;
    if (row->verdict == BENCH_COMPARE_WORSE && strcmp(row->metric->better, "none") == 0)
        row->verdict = BENCH_COMPARE_CHANGED; /* as it was before other rules judged it */
    for (size_t i = 0; row->rule == BENCH_COMPARE_RULE_NONE && i < compare->rule_count; i++) {
        const struct bench_compare_rule *rule = &compare->rules[i];
        if (!is_about(rule, row->metric) || !is_beyond(rule, row))
            continue;
        if (row->is_sure)
            row->rule = (int)i;
        else
            row->would_fail =
                rule->kind == BENCH_COMPARE_RULE_ABOVE || rule->kind == BENCH_COMPARE_RULE_BELOW;
    }
    if (row->rule >= 0 && row->verdict == BENCH_COMPARE_CHANGED)
        row->verdict = BENCH_COMPARE_WORSE;
}

/* ---- Order ------------------------------------------------------------------------------------------- */

static int
rank_of(const struct bench_compare_row *row) {
    static const int ranks[] = {[BENCH_COMPARE_WORSE] = 0,
                                [BENCH_COMPARE_BETTER] = 1,
                                [BENCH_COMPARE_CHANGED] = 2,
                                [BENCH_COMPARE_NOISY] = 3,
                                [BENCH_COMPARE_SAME] = 4};
    return 2 * ranks[row->verdict] + (row->rule == BENCH_COMPARE_RULE_NONE);
}

static double
size_of(const struct bench_compare_row *row) {
    return isnan(row->ratio) ? INFINITY : fabs(log(row->ratio));
}

static int
by_weight(const void *a, const void *b) {
    const struct bench_compare_row *left = a, *right = b;
    int ranks[] = {rank_of(left), rank_of(right)};
    double sizes[] = {size_of(left), size_of(right)};

    if (ranks[0] != ranks[1])
        return ranks[0] < ranks[1] ? -1 : 1;
    if (sizes[0] != sizes[1])
        return sizes[0] > sizes[1] ? -1 : 1;
    if (left->metric != right->metric)
        return left->metric < right->metric ? -1 : 1;
    return left->cell < right->cell ? -1 : left->cell > right->cell;
}

static void
count_rows(struct bench_compare *compare) {
    compare->count = (struct bench_compare_count){0};
    compare->failed = 0;
    for (size_t i = 0; i < compare->metric_count; i++)
        compare->metrics[i].rows = (struct bench_compare_count){0};
    for (size_t i = 0; i < compare->row_count; i++) {
        const struct bench_compare_row *row = &compare->rows[i];
        struct bench_compare_metric *metric = &compare->metrics[row->metric - compare->metrics];
        metric->rows.of[row->verdict]++;
        metric->rows.all++;
        compare->count.of[row->verdict]++;
        compare->count.all++;
        compare->failed += row->rule != BENCH_COMPARE_RULE_NONE;
    }
}

/* ---- The answer ---------------------------------------------------------------------------------------- */

static enum bench_compare_verdict
whole_verdict(const struct bench_compare_count *count) {
    if (count->of[BENCH_COMPARE_WORSE] > 0)
        return BENCH_COMPARE_WORSE;
    if (count->of[BENCH_COMPARE_BETTER] > 0)
        return BENCH_COMPARE_BETTER;
    if (count->of[BENCH_COMPARE_CHANGED] > 0)
        return BENCH_COMPARE_CHANGED;
    return count->of[BENCH_COMPARE_NOISY] > 0 ? BENCH_COMPARE_NOISY : BENCH_COMPARE_SAME;
}

/* ", most of all METRIC of CELL (+5.2 %)" */
static void
write_extreme(const struct bench_compare_row *row, const char *word, FILE *file) {
    char change[BENCH_COMPARE_TEXT_BYTES];

    fprintf(file, "; %s is %s of %s (%s)", word, row->metric->name, row->cell->name,
            isnan(row->ratio) ? row->new > row->base ? "from 0" : "to 0"
                              : bench_compare_change(row->ratio, change));
}

/* How many more blocks would settle most of what is noisy. */
static void
write_blocks(const struct bench_compare *compare, FILE *file) {
    size_t count = 0;
    double *needed = malloc((compare->count.of[BENCH_COMPARE_NOISY] + 1) * sizeof *needed);

    for (size_t i = 0; needed != NULL && i < compare->row_count; i++)
        if (compare->rows[i].verdict == BENCH_COMPARE_NOISY && compare->rows[i].blocks_needed > 0)
            needed[count++] = (double)(compare->rows[i].blocks_needed - compare->rows[i].blocks);
    if (2 * count > compare->count.of[BENCH_COMPARE_NOISY]) {
        double median = bench_compare_stats_median(needed, count);
        fprintf(file, " (%.0f more block%s would probably settle half of these)", ceil(median),
                ceil(median) == 1 ? "" : "s");
    }
    free(needed);
}

static void
write_counts(const struct bench_compare *compare, FILE *file) {
    static const struct {
        enum bench_compare_verdict verdict;
        const char *words;
    } parts[] = {{BENCH_COMPARE_WORSE, "worse"},
                 {BENCH_COMPARE_BETTER, "better"},
                 {BENCH_COMPARE_CHANGED, "changed without being either"},
                 {BENCH_COMPARE_SAME, "the same"},
                 {BENCH_COMPARE_NOISY, "too noisy to say"}};
    const char *before = "";

    fprintf(file, "of %zu rows ", compare->count.all);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t count = compare->count.of[parts[i].verdict];
        if (count == 0)
            continue;
        fprintf(file, "%s%zu %s %s", before, count, count == 1 ? "is" : "are", parts[i].words);
        before = ", ";
        if (parts[i].verdict == BENCH_COMPARE_NOISY)
            write_blocks(compare, file);
    }
}

/* What the means over all cells surely say of the figures that one looks at first. */
static void
write_means(const struct bench_compare *compare, FILE *file) {
    static const char *const names[] = {"wall_ns", "latency_p99_ns", "gc.pause_max_ns",
                                        "peak_rss_bytes"};
    char change[BENCH_COMPARE_TEXT_BYTES];
    const char *before = " On the whole ";

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t k = 0; k < compare->metric_count; k++) {
            const struct bench_compare_metric *metric = &compare->metrics[k];
            bool is_sure = (metric->low > 1 || metric->high < 1) &&
                           !(compare->is_uneven && strcmp(metric->unit, "ns") == 0);
            if (strcmp(metric->name, names[i]) != 0 || !is_sure || metric->mean_rows < 2 ||
                fabs(log(metric->ratio)) < log1p(compare->options.floor))
                continue;
            fprintf(file, "%s%s %s", before, metric->name,
                    bench_compare_change(metric->ratio, change));
            before = ", ";
        }
    if (before[0] == ',')
        fputc('.', file);
}

static const struct bench_compare_row *
first_with(const struct bench_compare *compare, enum bench_compare_verdict verdict) {
    for (size_t i = 0; i < compare->row_count; i++)
        if (compare->rows[i].verdict == verdict)
            return &compare->rows[i];
    return NULL;
}

static int
write_sentence(struct bench_compare *compare) {
    static const char *const leads[] = {
        [BENCH_COMPARE_SAME] = "The same",
        [BENCH_COMPARE_BETTER] = "Better",
        [BENCH_COMPARE_WORSE] = "Worse",
        [BENCH_COMPARE_NOISY] = "No difference is sure",
        [BENCH_COMPARE_CHANGED] = "Different, but neither better nor worse",
    };
    const struct bench_compare_row *worst = first_with(compare, BENCH_COMPARE_WORSE),
                                   *best = first_with(compare, BENCH_COMPARE_BETTER);
    char *text = NULL;
    size_t bytes;
    FILE *file = open_memstream(&text, &bytes);

    if (file == NULL)
        return -ENOMEM;
    fprintf(file, "%s: ",
            compare->row_count == 0         ? "Nothing to compare"
            : worst != NULL && best != NULL ? "Better here, worse there"
                                            : leads[compare->verdict]);
    write_counts(compare, file);
    if (worst != NULL)
        write_extreme(worst, "worst", file);
    if (best != NULL)
        write_extreme(best, "best", file);
    fputc('.', file);
    write_means(compare, file);
    if (fclose(file) != 0) {
        free(text);
        return -ENOMEM;
    }
    free(compare->sentence);
    compare->sentence = text;
    return 0;
}

int
bench_compare_judge(struct bench_compare *compare, const struct bench_compare_rule *rules,
                    size_t rule_count, char *why, size_t why_bytes) {
    struct bench_compare_rule *copy = malloc((rule_count + 1) * sizeof *copy);

    if (copy == NULL) {
        snprintf(why, why_bytes, "out of memory");
        return -ENOMEM;
    }
    for (size_t i = 0; i < rule_count; i++)
        if (find_metric(compare, &rules[i], why, why_bytes) != 0) {
            free(copy);
            return -ENOENT;
        }
    memcpy(copy, rules, rule_count * sizeof *copy);
    free(compare->rules);
    compare->rules = copy;
    compare->rule_count = rule_count;
    for (size_t i = 0; i < compare->row_count; i++)
        judge_row(compare, &compare->rows[i]);
    qsort(compare->rows, compare->row_count, sizeof *compare->rows, by_weight);
    count_rows(compare);
    compare->verdict = whole_verdict(&compare->count);
    if (write_sentence(compare) == 0)
        return 0;
    snprintf(why, why_bytes, "out of memory");
    return -ENOMEM;
}
