/* SPDX-License-Identifier: MIT
 *
 * gate/text.c: the verdict for a person: in a terminal, as Markdown, and as GitHub's annotations. See gate.h.
 *
 * All three say first what it is, then a line for each group, then what to do.
 */
#include "bench/gate.h"

#include <math.h>
#include <string.h>

#include "bench/export/file.h"
#include "bench/figure.h"
#include "bench/metric.h"

enum {
    TEXT_GROUPS = 30,   /* in a terminal */
    MARKDOWN_ROWS = 500 /* a summary on GitHub is 1 MiB at most */
};

/* ---- Parts ------------------------------------------------------------------------------------------ */

char *
bench_gate_change(double base, double now, double ratio, char buffer[32]) {
    if (isfinite(ratio)) {
        double percent = 100 * (ratio - 1);
        snprintf(buffer, 32, fabs(percent) >= 1000 ? "%+.0f %%" : "%+.3g %%", percent);
    } else
        snprintf(buffer, 32, base == 0 && now != 0 ? "from 0" : "n/a");
    return buffer;
}

char *
bench_gate_value(const char *metric, double value, char buffer[40]) {
    enum bench_metric found = bench_metric_find(metric);
    bool is_measured = found != BENCH_METRIC_MOST && !bench_metric_row(found).deterministic;
    char text[24];

    if (is_measured && strcmp(bench_metric_row(found).unit, "ns") == 0)
        snprintf(buffer, 40, "%s", bench_figure_time(value, text));
    else if (is_measured && strcmp(bench_metric_row(found).unit, "bytes") == 0)
        snprintf(buffer, 40, "%s", bench_figure_bytes(value, text));
    else if (value == (double)(long long)value && fabs(value) < 1e15)
        snprintf(buffer, 40, "%lld", (long long)value);
    else
        snprintf(buffer, 40, "%.6g", value);
    return buffer;
}

static const char *
words_of(const struct bench_gate *gate, const struct bench_gate_row *row) {
    if (row->text != NULL)
        return row->text;
    return row->kind == BENCH_GATE_ANSWER ? "another digest"
           : row->kind == BENCH_GATE_GONE ? "the suite has it no more"
           : row->kind == BENCH_GATE_LOST ? "not counted any more"
           : gate->base_is_file           ? "not in the baseline"
                                          : "not in the other program";
}

void
bench_gate_row_print(const struct bench_gate *gate, const struct bench_gate_row *row, FILE *out) {
    char base[40], now[40], change[32], low[32], high[32];

    if (isnan(row->base)) {
        fputs(words_of(gate, row), out);
        return;
    }
    fprintf(out, "%s -> %s (%s", bench_gate_value(row->metric, row->base, base),
            bench_gate_value(row->metric, row->now, now),
            bench_gate_change(row->base, row->now, row->ratio, change));
    if (isfinite(row->low) && isfinite(row->high))
        fprintf(out, "; %s to %s", bench_gate_change(1, row->low, row->low, low),
                bench_gate_change(1, row->high, row->high, high));
    fputc(')', out);
    if (row->text != NULL)
        fprintf(out, ", rule %s", row->text);
    if (row->kind == BENCH_GATE_DOUBTFUL && row->blocks_needed > 0)
        fprintf(out, ", needs about %zu blocks", row->blocks_needed);
}

/* "+4 % to +11 %", or nothing. */
static void
print_range(const struct bench_gate_group *group, FILE *out) {
    char low[32], high[32];

    if (isnan(group->low))
        return;
    bench_gate_change(1, group->low, group->low, low);
    bench_gate_change(1, group->high, group->high, high);
    if (strcmp(low, high) == 0)
        fputs(low, out);
    else
        fprintf(out, "%s to %s", low, high);
}

static size_t
count_all(const struct bench_gate *gate) {
    return gate->now->config_count + gate->of[BENCH_GATE_GONE];
}

void
bench_gate_group_print(const struct bench_gate *gate, const struct bench_gate_group *group,
                       FILE *out) {
    if (group->count > 1) {
        fprintf(out, "in %zu of %zu", group->count, count_all(gate));
        fputs(isnan(group->low) ? "" : ", ", out);
        print_range(group, out);
        fputs("; ", out);
    }
    if (group->metric == NULL)
        fprintf(out, "%s: ", group->row->config);
    bench_gate_row_print(gate, group->row, out);
    if (group->metric != NULL)
        fprintf(out, " in %s", group->row->config);
}

const char *
bench_gate_first(const struct bench_gate *gate) {
    for (size_t i = 0; i < gate->group_count; i++)
        if (gate->groups[i].kind != BENCH_GATE_GONE &&
            bench_gate_baseline_find(gate->now, gate->groups[i].row->config) != NULL)
            return gate->groups[i].row->config;
    return NULL;
}

/* With quotes where a shell needs them. */
static void
print_word(const char *word, size_t length, FILE *out) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./=:,+@%";

    if (strspn(word, plain) >= length) {
        fwrite(word, 1, length, out);
        return;
    }
    fputc('\'', out);
    for (size_t i = 0; i < length; i++)
        if (word[i] == '\'')
            fputs("'\\''", out);
        else
            fputc(word[i], out);
    fputc('\'', out);
}

/* A name is a workload and settings; a space that does not begin one is a part of a value. */
static size_t
setting_bytes(const char *text) {
    for (size_t length = 0;; length++) {
        length += strcspn(text + length, " ");
        const char *next = text + length;
        if (*next == '\0' || strcspn(next + 1, "= ") < strcspn(next + 1, " "))
            return length;
    }
}

void
bench_gate_command_print(const struct bench_gate *gate, const char *name, FILE *out) {
    const struct bench_gate_config *config = bench_gate_baseline_find(gate->now, name);
    const char *rest = name + strcspn(name, " ");

    fprintf(out, "gcsweep run %.*s", (int)(rest - name), name);
    while (*rest == ' ') {
        size_t length = setting_bytes(++rest);
        fputs(" --set ", out);
        print_word(rest, length, out);
        rest += length;
    }
    if (config != NULL)
        fprintf(out, " --seed %llu", (unsigned long long)config->seed);
}

/* What of it is worth another baseline. */
static bool
can_be_accepted(const struct bench_gate *gate) {
    for (size_t i = 0; i < gate->row_count; i++)
        if (gate->rows[i].kind != BENCH_GATE_FAILED && gate->rows[i].kind != BENCH_GATE_SLOWER &&
            gate->rows[i].kind != BENCH_GATE_DOUBTFUL && gate->rows[i].kind != BENCH_GATE_FASTER)
            return gate->base_is_file;
    return false;
}

/* ---- The terminal ----------------------------------------------------------------------------------- */

static void
write_groups(const struct bench_gate *gate, FILE *out) {
    for (size_t i = 0; i < gate->group_count && i < TEXT_GROUPS; i++) {
        const struct bench_gate_group *group = &gate->groups[i];
        fprintf(out, "  %-4s  %-15s  %-26s  ", bench_gate_level_word(group->level),
                bench_gate_kind_word(group->kind), group->metric == NULL ? "" : group->metric);
        bench_gate_group_print(gate, group, out);
        fputc('\n', out);
    }
    if (gate->group_count > TEXT_GROUPS)
        fprintf(out, "  ... and %zu more such lines\n", gate->group_count - TEXT_GROUPS);
}

static void
write_warnings(const struct bench_gate *gate, const char *before, FILE *out) {
    for (size_t i = 0; gate->times != NULL && i < gate->times->warning_count; i++)
        fprintf(out, "%s%s\n", before, gate->times->warnings[i]);
}

void
bench_gate_text_write(const struct bench_gate *gate, const struct bench_gate_places *places,
                      FILE *out) {
    const char *first = bench_gate_first(gate);

    fprintf(out, "gate: %s\n", gate->sentence);
    write_groups(gate, out);
    write_warnings(gate, "  note  ", out);
    if (first != NULL) {
        fputs("look:    ", out);
        bench_gate_command_print(gate, first, out);
        fputc('\n', out);
    }
    if (can_be_accepted(gate))
        fprintf(out, "if it is meant: gcsweep gate --accept%s, and commit %s with the change\n",
                places->suite_argument == NULL ? "" : places->suite_argument, places->baseline);
    if (places->summary != NULL)
        fprintf(out, "all of it: %s\n", places->summary);
}

/* ---- Markdown --------------------------------------------------------------------------------------- */

/* Nothing in a cell of a table begins another one, markup, or HTML. */
static void
write_cell(const char *text, FILE *out) {
    for (const char *at = text; *at != '\0'; at++)
        if (*at == '\n' || *at == '\r')
            fputc(' ', out);
        else if (*at == '<')
            fputs("&lt;", out);
        else if (*at == '&')
            fputs("&amp;", out);
        else {
            if (strchr("|\\`*_[]~", *at) != NULL)
                fputc('\\', out);
            fputc(*at, out);
        }
}

/* The numbers of a row in three cells; where there are none, words in the last. */
static void
write_numbers(const struct bench_gate *gate, const struct bench_gate_row *row, FILE *out) {
    char text[40];

    if (isnan(row->base)) {
        fputs(" | | ", out);
        write_cell(words_of(gate, row), out);
        return;
    }
    fprintf(out, "%s | ", bench_gate_value(row->metric, row->base, text));
    fprintf(out, "%s | ", bench_gate_value(row->metric, row->now, text));
    fputs(bench_gate_change(row->base, row->now, row->ratio, text), out);
    if (isfinite(row->low) && isfinite(row->high)) {
        fprintf(out, " (%s to ", bench_gate_change(1, row->low, row->low, text));
        fprintf(out, "%s)", bench_gate_change(1, row->high, row->high, text));
    }
    if (row->text != NULL) {
        fputs(", rule ", out);
        write_cell(row->text, out);
    }
    if (row->kind == BENCH_GATE_DOUBTFUL && row->blocks_needed > 0)
        fprintf(out, ", needs about %zu blocks", row->blocks_needed);
}

static void
write_group_table(const struct bench_gate *gate, FILE *out) {
    fputs("\n| | | counter | configurations | change | most in | before | now | |\n"
          "|---|---|---|---:|---|---|---:|---:|---:|\n",
          out);
    for (size_t i = 0; i < gate->group_count; i++) {
        const struct bench_gate_group *group = &gate->groups[i];
        fprintf(out, "| %s | %s | ", bench_gate_level_word(group->level),
                bench_gate_kind_word(group->kind));
        write_cell(group->metric == NULL ? "" : group->metric, out);
        fprintf(out, " | %zu | ", group->count);
        print_range(group, out);
        fputs(" | ", out);
        write_cell(group->row->config, out);
        fputs(" | ", out);
        write_numbers(gate, group->row, out);
        fputs(" |\n", out);
    }
}

static void
write_row_table(const struct bench_gate *gate, FILE *out) {
    fprintf(out,
            "\n<details><summary>Each of the %zu differences</summary>\n\n"
            "| | | configuration | counter | before | now | |\n|---|---|---|---|---:|---:|---:|\n",
            gate->row_count);
    for (size_t i = 0; i < gate->row_count && i < MARKDOWN_ROWS; i++) {
        const struct bench_gate_row *row = &gate->rows[i];
        fprintf(out, "| %s | %s | ", bench_gate_level_word(row->level),
                bench_gate_kind_word(row->kind));
        write_cell(row->config, out);
        fputs(" | ", out);
        write_cell(row->metric == NULL ? "" : row->metric, out);
        fputs(" | ", out);
        write_numbers(gate, row, out);
        fputs(" |\n", out);
    }
    if (gate->row_count > MARKDOWN_ROWS)
        fprintf(out, "\n%zu more are in the JUnit file.\n", gate->row_count - MARKDOWN_ROWS);
    fputs("\n</details>\n", out);
}

void
bench_gate_markdown_write(const struct bench_gate *gate, const struct bench_gate_places *places,
                          FILE *out) {
    const char *first = bench_gate_first(gate);

    fprintf(out, "## gcsweep gate: %s\n\n", gate->is_red ? "red" : "green");
    write_cell(strchr(gate->sentence, ':') + 2, out);
    fputs("\n", out);
    if (gate->row_count > 0)
        write_group_table(gate, out);
    if (gate->times != NULL && gate->times->warning_count > 0) {
        fputs("\n", out);
        write_warnings(gate, "- ", out);
    }
    if (first != NULL) {
        fputs("\nTo look at one of them:\n\n    ./x ", out);
        char *command = NULL;
        size_t bytes;
        FILE *line = open_memstream(&command, &bytes);
        if (line != NULL) {
            bench_gate_command_print(gate, first, line);
            fclose(line);
            fputs(command + strlen("gcsweep "), out);
        }
        free(command);
        fputs("\n", out);
    }
    if (can_be_accepted(gate))
        fprintf(out,
                "\nIf the change is meant, accept it, and commit `%s` with what made it:\n\n"
                "    ./x gate --accept%s\n",
                places->baseline, places->suite_argument == NULL ? "" : places->suite_argument);
    if (gate->row_count > 1)
        write_row_table(gate, out);
}

/* ---- Annotations ------------------------------------------------------------------------------------ */

/* As GitHub's own toolkit escapes what stands in a workflow command. */
static void
write_command_text(const char *text, bool is_property, FILE *out) {
    for (; *text != '\0'; text++)
        if (*text == '%' || *text == '\r' || *text == '\n' ||
            (is_property && (*text == ':' || *text == ',')))
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            fputc(*text, out);
}

static void
write_annotation(const struct bench_gate *gate, const struct bench_gate_group *group, FILE *out) {
    char *text = NULL;
    size_t bytes;
    FILE *message = open_memstream(&text, &bytes);

    if (message == NULL)
        return;
    fprintf(message, "%s%s%s", group->metric == NULL ? "" : group->metric,
            group->metric == NULL ? "" : " ", bench_gate_kind_word(group->kind));
    fputs(group->metric == NULL ? ": " : " ", message);
    bench_gate_group_print(gate, group, message);
    fclose(message);
    fprintf(out, "::%s ", group->level == BENCH_GATE_RED ? "error" : "warning");
    if (gate->base_is_file && group->row->line > 0) {
        fputs("file=", out);
        write_command_text(gate->base->path, true, out);
        fprintf(out, ",line=%zu,", group->row->line);
    }
    fputs("title=gcsweep gate::", out);
    write_command_text(text, false, out);
    fputc('\n', out);
    free(text);
}

void
bench_gate_annotations_write(const struct bench_gate *gate, FILE *out) {
    size_t count = 0;

    while (count < gate->group_count && gate->groups[count].level != BENCH_GATE_TOLD)
        count++;
    size_t shown = count <= BENCH_GATE_ANNOTATIONS ? count : BENCH_GATE_ANNOTATIONS - 1;
    for (size_t i = 0; i < shown; i++)
        write_annotation(gate, &gate->groups[i], out);
    if (shown < count) {
        fprintf(out, "::%s title=gcsweep gate::%zu more; ", gate->is_red ? "error" : "warning",
                count - shown);
        write_command_text(gate->sentence, false, out);
        fputc('\n', out);
    }
}
