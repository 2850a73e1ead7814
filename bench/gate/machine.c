/* SPDX-License-Identifier: MIT
 *
 * gate/machine.c: the verdict for programs: JUnit's XML, which shows each configuration as a test, and JSON. See gate.h.
 */
#include "bench/gate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "bench/export/file.h"

/* ---- JUnit ------------------------------------------------------------------------------------------ */

static int
by_config(const void *one, const void *other) {
    const struct bench_gate_row *const *a = one, *const *b = other;
    int order = strcmp((*a)->config, (*b)->config);
    return order != 0 ? order : *a < *b ? -1 : *a > *b;
}

static void
write_case_line(const struct bench_gate *gate, const struct bench_gate_row *row, FILE *out) {
    char *text = NULL;
    size_t bytes;
    FILE *line = open_memstream(&text, &bytes);

    if (line == NULL)
        return;
    fprintf(line, "%s%s%s: ", bench_gate_kind_word(row->kind), row->metric == NULL ? "" : " ",
            row->metric == NULL ? "" : row->metric);
    bench_gate_row_print(gate, row, line);
    fputc('\n', line);
    fclose(line);
    bench_export_xml(out, text);
    free(text);
}

/* The rows of one configuration, `count` of them. */
static void
write_case(const struct bench_gate *gate, const char *name,
           const struct bench_gate_row *const *rows, size_t count, FILE *out) {
    size_t red = 0, failed = 0;

    for (size_t i = 0; i < count; i++) {
        red += rows[i]->level == BENCH_GATE_RED;
        failed += rows[i]->kind == BENCH_GATE_FAILED;
    }
    fputs("    <testcase classname=\"gcsweep gate\" name=\"", out);
    bench_export_xml(out, name);
    if (count == 0) {
        fputs("\"/>\n", out);
        return;
    }
    fputs("\">\n", out);
    if (red > 0)
        fprintf(out, "      <%s message=\"%zu of what is compared %s red\">",
                failed > 0 ? "error" : "failure", red, red == 1 ? "is" : "are");
    else
        fputs("      <system-out>", out);
    for (size_t i = 0; i < count; i++)
        if (red == 0 || rows[i]->level == BENCH_GATE_RED)
            write_case_line(gate, rows[i], out);
    fprintf(out, "</%s>\n    </testcase>\n",
            red == 0     ? "system-out"
            : failed > 0 ? "error"
                         : "failure");
}

/* Where the rows of a configuration begin among the sorted ones, and how many they are. */
static size_t
find_rows(const struct bench_gate_row *const *sorted, size_t count, const char *name,
          size_t *ret_first) {
    size_t low = 0, high = count, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle]->config, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < count && strcmp(sorted[end]->config, name) == 0;)
        end++;
    *ret_first = low;
    return end - low;
}

struct tally {
    size_t tests, failures, errors;
};

/* Each name once: what ran, what is missing, and what only times speak of. `out` NULL: only counts. */
static struct tally
each_case(const struct bench_gate *gate, const struct bench_gate_row *const *sorted, FILE *out) {
    struct tally tally = {0};
    size_t first;

    for (size_t i = 0; i < gate->now->config_count; i++)
        if (find_rows(sorted, gate->row_count, gate->now->configs[i].name, &first) == 0) {
            tally.tests++;
            if (out != NULL)
                write_case(gate, gate->now->configs[i].name, NULL, 0, out);
        }
    for (size_t i = 0; i < gate->row_count;) {
        size_t count = find_rows(sorted, gate->row_count, sorted[i]->config, &first);
        bool is_red = false, failed = false;
        for (size_t k = i; k < i + count; k++) {
            is_red |= sorted[k]->level == BENCH_GATE_RED;
            failed |= sorted[k]->kind == BENCH_GATE_FAILED;
        }
        tally.tests++;
        tally.failures += is_red && !failed;
        tally.errors += failed;
        if (out != NULL)
            write_case(gate, sorted[i]->config, sorted + i, count, out);
        i += count;
    }
    return tally;
}

void
bench_gate_junit_write(const struct bench_gate *gate, FILE *out) {
    const struct bench_gate_row **sorted = calloc(gate->row_count + 1, sizeof *sorted);
    struct tally tally;

    if (sorted == NULL)
        return;
    for (size_t i = 0; i < gate->row_count; i++)
        sorted[i] = &gate->rows[i];
    if (gate->row_count > 0)
        qsort(sorted, gate->row_count, sizeof *sorted, by_config);
    tally = each_case(gate, sorted, NULL);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gcsweep gate\">\n"
          "  <testsuite name=\"gcsweep gate ",
          out);
    bench_export_xml(out, gate->now->suite);
    fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", tally.tests, tally.failures,
            tally.errors);
    (void)each_case(gate, sorted, out);
    fputs("  </testsuite>\n</testsuites>\n", out);
    free(sorted);
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

static json_t *
number_json(double value) {
    if (!isfinite(value))
        return json_null();
    return fabs(value) < 9007199254740992.0 && value == (double)(json_int_t)value
               ? json_integer((json_int_t)value)
               : json_real(value);
}

static json_t *
text_json(const char *text) {
    return text == NULL ? json_null() : json_string(text);
}

static json_t *
row_json(const struct bench_gate_row *row) {
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "level",
                     bench_gate_level_word(row->level), "kind", bench_gate_kind_word(row->kind),
                     "cell", row->config, "metric", text_json(row->metric), "base",
                     number_json(row->base), "now", number_json(row->now), "ratio",
                     number_json(row->ratio), "low", number_json(row->low), "high",
                     number_json(row->high), "text", text_json(row->text));
}

int
bench_gate_json_write(const struct bench_gate *gate, const struct bench_gate_places *places,
                      FILE *out) {
    json_t *rows = json_array(), *counts = json_object(), *document;
    int error;

    for (size_t i = 0; i < gate->row_count; i++)
        json_array_append_new(rows, row_json(&gate->rows[i]));
    for (int kind = 0; kind < BENCH_GATE_KIND_COUNT; kind++)
        json_object_set_new(counts, bench_gate_kind_word((enum bench_gate_kind)kind),
                            json_integer((json_int_t)gate->of[kind]));
    document = json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
        "gcsweep.gate/1", "verdict", gate->is_red ? "red" : "green", "sentence", gate->sentence,
        "suite", gate->now->suite, "baseline", text_json(places->baseline), "configurations",
        (json_int_t)gate->now->config_count, "compared", (json_int_t)gate->compared, "counts",
        counts, "rows", rows, "results", text_json(places->run), "summary",
        text_json(places->summary), "junit", text_json(places->junit), "report",
        text_json(places->report), "charts", text_json(places->charts));
    if (document == NULL)
        return -ENOMEM;
    error = json_dumpf(document, out, JSON_INDENT(2)) == 0 ? 0 : -EIO;
    fputc('\n', out);
    json_decref(document);
    return error;
}
