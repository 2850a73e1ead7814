/* SPDX-License-Identifier: MIT
 *
 * history/text.c: a history for a person, in the terminal or in Markdown; for a program, as JSON; and for a picture,
 * as the table of plots/history.gp.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "bench/figure.h"
#include "bench/figure/table.h"
#include "bench/glance.h"
#include "bench/history.h"
#include "bench/table.h"

const char *const bench_history_formats[BENCH_HISTORY_FORMAT_COUNT + 1] = {
    [BENCH_HISTORY_TEXT] = "text",
    [BENCH_HISTORY_MARKDOWN] = "markdown",
    [BENCH_HISTORY_TSV] = "tsv",
    [BENCH_HISTORY_JSON] = "json",
};

static const char *const turn_words[] = {
    [BENCH_HISTORY_STAYS] = "same",
    [BENCH_HISTORY_BETTER] = "better",
    [BENCH_HISTORY_WORSE] = "worse",
    [BENCH_HISTORY_OTHER] = "changed",
};

/* ---- Words ------------------------------------------------------------------------------------- */

static char *
print_value(const struct bench_history *history, double value, char text[BENCH_TABLE_TEXT_BYTES]) {
    if (isnan(value))
        snprintf(text, BENCH_TABLE_TEXT_BYTES, "n/a");
    else if (strcmp(history->unit, "ns") == 0)
        bench_table_time(value, text);
    else if (strcmp(history->unit, "bytes") == 0)
        bench_table_bytes(value, text);
    else if (fabs(value) < 1e15 && value == floor(value))
        snprintf(text, BENCH_TABLE_TEXT_BYTES, "%.0f", value);
    else
        snprintf(text, BENCH_TABLE_TEXT_BYTES, "%.4g", value);
    return text;
}

/* "+5.2 %", or "2.50x" where a percentage would say little, or "" from 0. */
static char *
print_step(double before, double after, char text[BENCH_TABLE_TEXT_BYTES]) {
    double ratio = after / before;
    *text = '\0';
    if (ratio >= 2)
        bench_table_ratio(ratio, text);
    else if (isfinite(ratio))
        snprintf(text, BENCH_TABLE_TEXT_BYTES, "%+.*f %%", fabs(ratio - 1) < 0.0995 ? 1 : 0,
                 100 * (ratio - 1));
    return text;
}

static const char *
group_name(size_t group, char text[8]) {
    if (group < 26)
        snprintf(text, 8, "%c", (char)('a' + group));
    else
        snprintf(text, 8, "%zu", group % 100000 + 1);
    return text;
}

/* "worse +5.2 %", or "worse, 3 of 24" of counts. */
static void
print_turn(const struct bench_history *history, const struct bench_history_run *run, char *ret_text,
           size_t bytes) {
    char step[BENCH_TABLE_TEXT_BYTES];
    *ret_text = '\0';
    if (run->turn == BENCH_HISTORY_STAYS)
        return;
    if (history->is_deterministic && history->common_count > 1)
        snprintf(ret_text, bytes, "%s, %zu of %zu", turn_words[run->turn], run->differing,
                 history->common_count);
    else
        snprintf(ret_text, bytes, "%s %s", turn_words[run->turn],
                 print_step(run->before, run->after, step));
}

/* One line about a change: from when on, from what to what, how sure. */
static void
write_turn(const struct bench_history *history, const struct bench_history_run *run,
           const char *indent, FILE *out) {
    char before[BENCH_TABLE_TEXT_BYTES], after[BENCH_TABLE_TEXT_BYTES],
        step[BENCH_TABLE_TEXT_BYTES];
    fprintf(out, "%s%s since %s (commit %s): %s to %s", indent, turn_words[run->turn], run->name,
            run->commit, print_value(history, run->before, before),
            print_value(history, run->after, after));
    if (*print_step(run->before, run->after, step))
        fprintf(out, ", %s", step);
    if (history->is_deterministic)
        fprintf(out, ", exactly; %zu of %zu configuration%s differ%s\n", run->differing,
                history->common_count, history->common_count == 1 ? "" : "s",
                run->differing == 1 ? "s" : "");
    else
        fprintf(out, ", p = %.3f\n", run->p);
}

/* ---- The table --------------------------------------------------------------------------------- */

enum {
    COLUMN_BEGUN,
    COLUMN_RUN,
    COLUMN_COMMIT,
    COLUMN_GROUP,
    COLUMN_BLOCKS,
    COLUMN_MEDIAN,
    COLUMN_LEAST,
    COLUMN_GREATEST,
    COLUMN_RATIO,
    COLUMN_CHANGE,
    COLUMN_COUNT,
    CELL_BYTES = 160
};

static const char *const headings[COLUMN_COUNT] = {"begun",     "run",    "commit", "group",
                                                   "blocks",    "median", "least",  "greatest",
                                                   "to before", "change"};

static bool
is_shown(const struct bench_history *history, int column) {
    return column != COLUMN_GROUP || history->group_count > 1;
}

static void
fill_cell(const struct bench_history *history, const struct bench_history_run *run, int column,
          char *ret_text) {
    char name[8];
    *ret_text = '\0';
    switch (column) {
    case COLUMN_BEGUN:
        snprintf(ret_text, CELL_BYTES, "%.10s %.5s", run->created,
                 strlen(run->created) > 11 ? run->created + 11 : "");
        break;
    case COLUMN_RUN:
        snprintf(ret_text, CELL_BYTES, "%s", run->name);
        break;
    case COLUMN_COMMIT:
        snprintf(ret_text, CELL_BYTES, "%.24s", run->commit);
        break;
    case COLUMN_GROUP:
        snprintf(ret_text, CELL_BYTES, "%s", group_name(run->group, name));
        break;
    case COLUMN_BLOCKS:
        snprintf(ret_text, CELL_BYTES, run->blocks ? "%zu" : "parts", run->blocks);
        break;
    case COLUMN_MEDIAN:
        print_value(history, run->value, ret_text);
        break;
    case COLUMN_LEAST:
        print_value(history, run->low, ret_text);
        break;
    case COLUMN_GREATEST:
        print_value(history, run->high, ret_text);
        break;
    case COLUMN_RATIO:
        if (isfinite(run->ratio))
            snprintf(ret_text, CELL_BYTES, "%.*fx", fabs(run->ratio - 1) < 0.0995 ? 3 : 2,
                     run->ratio);
        break;
    case COLUMN_CHANGE:
        print_turn(history, run, ret_text, CELL_BYTES);
        break;
    }
}

static void
write_table(const struct bench_history *history, FILE *out) {
    const char *shown[COLUMN_COUNT + 1] = {NULL};
    struct bench_table table;
    char cell[CELL_BYTES];
    size_t columns = 0;
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (is_shown(history, i))
            shown[columns++] = headings[i];
    bench_table_init(&table, shown);
    for (size_t i = 0; i < history->count; i++)
        for (int column = 0; !history->runs[i].why && column < COLUMN_COUNT; column++) {
            fill_cell(history, &history->runs[i], column, cell);
            if (is_shown(history, column))
                bench_table_put(&table, cell);
        }
    bench_table_print(&table, out);
    bench_table_fini(&table);
}

static void
write_markdown_cell(const char *text, FILE *out) {
    for (; *text; text++) {
        if (strchr("|\\`*_<", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void
write_markdown_table(const struct bench_history *history, FILE *out) {
    char cell[CELL_BYTES];
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (is_shown(history, column))
            fprintf(out, "| %s ", headings[column]);
    fputs("|\n", out);
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (is_shown(history, column))
            fputs(column < COLUMN_BLOCKS || column == COLUMN_CHANGE ? "|:---" : "|---:", out);
    fputs("|\n", out);
    for (size_t i = 0; i < history->count; i++) {
        if (history->runs[i].why)
            continue;
        for (int column = 0; column < COLUMN_COUNT; column++) {
            fill_cell(history, &history->runs[i], column, cell);
            if (!is_shown(history, column))
                continue;
            fputs("| ", out);
            write_markdown_cell(cell, out);
            fputc(' ', out);
        }
        fputs("|\n", out);
    }
}

/* ---- A line of blocks -------------------------------------------------------------------------- */

/* One character a run; of more than the width, one for each so many: the median would hide what a change is, so the
 * last of them. A bar stands in front of the run with which a change begins. */
static void
write_spark(const struct bench_history *history, size_t group, const char *indent, FILE *out) {
    static const char *const fine[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const coarse[] = {"_", ".", "-", "=", "+", "*", "%", "#"};
    struct bench_glance glance = bench_glance_find(STDOUT_FILENO);
    const char *const *levels = glance.unicode ? fine : coarse;
    char low_text[BENCH_TABLE_TEXT_BYTES], high_text[BENCH_TABLE_TEXT_BYTES], name[8];
    double low = INFINITY, high = -INFINITY;
    size_t shown = 0, room = glance.width > 40 ? glance.width - 30 : 10;
    for (size_t i = 0; i < history->count; i++) {
        const struct bench_history_run *run = &history->runs[i];
        if (run->why || run->group != group || isnan(run->value))
            continue;
        low = fmin(low, run->value);
        high = fmax(high, run->value);
        shown++;
    }
    if (shown < 2)
        return;
    size_t each = (shown + room - 1) / room, at = 0;
    bool has_turned = false;
    fputs(indent, out);
    if (history->group_count > 1)
        fprintf(out, "%s  ", group_name(group, name));
    for (size_t i = 0; i < history->count; i++) {
        const struct bench_history_run *run = &history->runs[i];
        if (run->why || run->group != group || isnan(run->value))
            continue;
        has_turned |= run->turn != BENCH_HISTORY_STAYS;
        if (++at % each != 0 && at != shown)
            continue;
        double share = high > low ? (run->value - low) / (high - low) : 0;
        if (has_turned)
            fputs(glance.unicode ? "│" : "|", out);
        fputs(levels[(int)(share * 7.999)], out);
        has_turned = false;
    }
    fprintf(out, "  %s to %s\n", print_value(history, low, low_text),
            print_value(history, high, high_text));
}

/* ---- For a person ------------------------------------------------------------------------------ */

static size_t
count_turns(const struct bench_history *history) {
    size_t turns = 0;
    for (size_t i = 0; i < history->count; i++)
        turns += history->runs[i].turn != BENCH_HISTORY_STAYS;
    return turns;
}

static void
write_heading(const struct bench_history *history, const char *before, FILE *out) {
    char subject[512];
    bench_history_subject(history, subject, sizeof(subject));
    fprintf(out, "%s%s, %s, over %zu run%s\n", before, history->metric, subject, history->taken,
            history->taken == 1 ? "" : "s");
}

/* What there is to say behind the table; each line begins with `bullet`. */
static void
write_rest(const struct bench_history *history, const char *bullet, FILE *out) {
    char name[8];
    if (count_turns(history) == 0)
        fprintf(out, "%sno change%s\n", bullet, history->is_deterministic ? "" : " was found");
    for (size_t i = 0; i < history->count; i++)
        if (history->runs[i].turn != BENCH_HISTORY_STAYS)
            write_turn(history, &history->runs[i], bullet, out);
    for (size_t i = 0; history->group_count > 1 && i < history->group_count; i++)
        fprintf(out, "%sgroup %s, not held against others: %s%s\n", bullet, group_name(i, name),
                history->is_deterministic ? "seed " : "", history->groups[i]);
    for (size_t i = 0; i < history->count; i++)
        if (history->runs[i].why)
            fprintf(out, "%sleft out %s: %s\n", bullet, history->runs[i].name,
                    history->runs[i].why);
    for (size_t i = 0; i < history->note_count; i++)
        fprintf(out, "%snote: %s\n", bullet, history->notes[i]);
}

static void
write_text(const struct bench_history *history, FILE *out) {
    write_heading(history, "", out);
    fputc('\n', out);
    write_table(history, out);
    fputc('\n', out);
    for (size_t i = 0; i < history->group_count; i++)
        write_spark(history, i, "", out);
    write_rest(history, "", out);
}

static void
write_markdown(const struct bench_history *history, FILE *out) {
    write_heading(history, "### ", out);
    fputc('\n', out);
    write_markdown_table(history, out);
    fputc('\n', out);
    write_rest(history, "- ", out);
}

/* ---- For a program ----------------------------------------------------------------------------- */

static json_t *
number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *
text_json(const char *text) {
    json_t *json = json_string(text);
    return json ? json : json_string_nocheck("?");
}

static json_t *
run_json(const struct bench_history *history, const struct bench_history_run *run) {
    char name[8];
    json_t *json = json_object();
    json_object_set_new(json, "name", text_json(run->name));
    json_object_set_new(json, "path", text_json(run->path));
    json_object_set_new(json, "created", text_json(run->created));
    json_object_set_new(json, "commit", text_json(run->commit));
    if (run->why) {
        json_object_set_new(json, "why", text_json(run->why));
        return json;
    }
    json_object_set_new(json, "group", json_string(group_name(run->group, name)));
    json_object_set_new(json, "blocks", json_integer((json_int_t)run->blocks));
    json_object_set_new(json, "median", number(run->value));
    json_object_set_new(json, "low", number(run->low));
    json_object_set_new(json, "high", number(run->high));
    json_object_set_new(json, "ratio", number(run->ratio));
    json_object_set_new(json, "change", json_string(turn_words[run->turn]));
    if (history->is_deterministic)
        json_object_set_new(json, "differing", json_integer((json_int_t)run->differing));
    return json;
}

static json_t *
change_json(const struct bench_history_run *run) {
    char name[8];
    json_t *json = json_object();
    json_object_set_new(json, "run", text_json(run->name));
    json_object_set_new(json, "commit", text_json(run->commit));
    json_object_set_new(json, "group", json_string(group_name(run->group, name)));
    json_object_set_new(json, "verdict", json_string(turn_words[run->turn]));
    json_object_set_new(json, "before", number(run->before));
    json_object_set_new(json, "after", number(run->after));
    json_object_set_new(json, "ratio", number(run->after / run->before));
    json_object_set_new(json, "p", number(run->p));
    return json;
}

static json_t *
texts_json(char *const *texts, size_t count) {
    json_t *json = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(json, text_json(texts[i]));
    return json;
}

static void
add_runs(const struct bench_history *history, json_t *json) {
    json_t *runs = json_array(), *left_out = json_array(), *changes = json_array();
    for (size_t i = 0; i < history->count; i++) {
        const struct bench_history_run *run = &history->runs[i];
        json_array_append_new(run->why ? left_out : runs, run_json(history, run));
        if (run->turn != BENCH_HISTORY_STAYS)
            json_array_append_new(changes, change_json(run));
    }
    json_object_set_new(json, "runs", runs);
    json_object_set_new(json, "changes", changes);
    json_object_set_new(json, "left_out", left_out);
}

static int
write_json(const struct bench_history *history, FILE *out) {
    json_t *json = json_object(), *configs = json_array();
    for (size_t i = 0; i < history->common_count; i++)
        json_array_append_new(configs, text_json(history->configs[history->common[i]]));
    json_object_set_new(json, "schema", json_integer(1));
    json_object_set_new(json, "metric", text_json(history->metric));
    json_object_set_new(json, "unit", text_json(history->unit));
    json_object_set_new(json, "better", text_json(history->better));
    json_object_set_new(json, "deterministic", json_boolean(history->is_deterministic));
    json_object_set_new(json, "floor", number(history->floor));
    json_object_set_new(json, "configurations", configs);
    json_object_set_new(json, "left_out_of_mean", json_integer((json_int_t)history->unsound));
    json_object_set_new(json, "groups", texts_json(history->groups, history->group_count));
    add_runs(history, json);
    json_object_set_new(json, "notes", texts_json(history->notes, history->note_count));
    int error = json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) ? -EIO : 0;
    fputc('\n', out);
    json_decref(json);
    return error;
}

/* ---- For a picture ----------------------------------------------------------------------------- */

static void
write_number(double value, FILE *out) {
    isfinite(value) ? fprintf(out, "\t%.12g", value) : fputs("\tn/a", out);
}

/* The level of a timed metric from change to change; of the first segment, what the first change came from. */
static double
find_level(const struct bench_history *history, size_t group, size_t at) {
    for (size_t i = at + 1; i-- > 0;) {
        const struct bench_history_run *run = &history->runs[i];
        if (run->group == group && run->turn != BENCH_HISTORY_STAYS)
            return run->after;
    }
    for (size_t i = at + 1; i < history->count; i++) {
        const struct bench_history_run *run = &history->runs[i];
        if (run->group == group && run->turn != BENCH_HISTORY_STAYS)
            return run->before;
    }
    return NAN;
}

static void
write_group(const struct bench_history *history, size_t group, bool is_one_day, FILE *out) {
    char name[64] = "each run";
    size_t place = 0, rows = 0;
    if (history->group_count > 1) {
        memcpy(name, "group ", 7);
        group_name(group, name + 6);
    }
    bench_figure_begin_block(out, group == 0, name, *history->unit ? history->unit : "1");
    for (size_t i = 0; i < history->count; i++) {
        const struct bench_history_run *run = &history->runs[i];
        place += !run->why;
        if (run->why || run->group != group || isnan(run->value))
            continue;
        fprintf(out, "%zu", place);
        write_number(run->value, out);
        write_number(run->low, out);
        write_number(run->high, out);
        write_number(history->is_deterministic ? NAN : find_level(history, group, i), out);
        char turn[CELL_BYTES];
        print_turn(history, run, turn, sizeof(turn));
        fprintf(out, "\t%d\t%s\t", (int)run->turn, *turn ? turn : "-");
        bench_figure_write_cell(run->name, out);
        fputc('\t', out);
        fprintf(out, is_one_day && strlen(run->created) > 16 ? "%.5s\n" : "%.10s\n",
                run->created + (is_one_day && strlen(run->created) > 16 ? 11 : 0));
        rows++;
    }
    if (rows == 0)
        fputs("n/a\tn/a\tn/a\tn/a\tn/a\t0\t-\tn/a\tn/a\n", out);
}

static void
write_figure(const void *context, FILE *out) {
    const struct bench_history *history = context;
    bool is_one_day = true;
    for (size_t i = 1; i < history->count; i++)
        is_one_day &= strncmp(history->runs[0].created, history->runs[i].created, 10) == 0;
    for (size_t i = 0; i < history->group_count; i++)
        write_group(history, i, is_one_day, out);
}

int
bench_history_write(const struct bench_history *history, enum bench_history_format format,
                    FILE *out) {
    int error = 0;
    if (format == BENCH_HISTORY_TEXT)
        write_text(history, out);
    else if (format == BENCH_HISTORY_MARKDOWN)
        write_markdown(history, out);
    else if (format == BENCH_HISTORY_TSV)
        write_figure(history, out);
    else
        error = write_json(history, out);
    return error ? error : ferror(out) ? -EIO : 0;
}

int
bench_history_draw(const struct bench_history *history, const char *out, const char *format,
                   char *why, size_t why_bytes) {
    char title[640], caption[256], subject[512];
    size_t turns = count_turns(history);
    bench_history_subject(history, subject, sizeof(subject));
    snprintf(title, sizeof(title), "%s: %s", history->metric, subject);
    snprintf(caption, sizeof(caption), "%zu runs, %zu change%s%s", history->taken, turns,
             turns == 1 ? "" : "s", history->group_count > 1 ? ", by group" : "");
    return bench_figure_draw_written("history", title, caption, write_figure, history, out, format,
                                     why, why_bytes);
}
