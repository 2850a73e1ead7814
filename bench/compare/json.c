/* SPDX-License-Identifier: MIT
 *
 * compare/json.c: a comparison for programs: JSON, and JUnit's XML. Written as it goes, since a large
 * comparison has more rows than it would be kind to keep twice.
 */
#include "bench/compare/file.h"

#include <math.h>
#include <string.h>

#include "bench/export/file.h"

/* ---- JSON ----------------------------------------------------------------------------------------------- */

static void
write_number(FILE *file, const char *key, double value) {
    fprintf(file, ", \"%s\": ", key);
    bench_export_number(file, value);
}

static void
write_text(FILE *file, const char *key, const char *text) {
    fputs(", ", file);
    bench_export_field(file, key, text);
}

static void
write_side(FILE *file, const char *key, const struct bench_compare_side *side) {
    fprintf(file, ",\n  \"%s\": {", key);
    bench_export_field(file, "selection", side->text);
    write_text(file, "path", side->path);
    write_text(file, "commit", side->commit);
    fprintf(file, ", \"configurations\": %zu}", side->configs);
}

static void
write_counts(FILE *file, const struct bench_compare_count *count) {
    fprintf(file,
            "{\"all\": %zu, \"worse\": %zu, \"better\": %zu, \"changed\": %zu, \"same\": %zu, "
            "\"noisy\": %zu}",
            count->all, count->of[BENCH_COMPARE_WORSE], count->of[BENCH_COMPARE_BETTER],
            count->of[BENCH_COMPARE_CHANGED], count->of[BENCH_COMPARE_SAME],
            count->of[BENCH_COMPARE_NOISY]);
}

static void
write_head(const struct bench_compare *compare, FILE *file) {
    fputs("{\n  \"schema\": \"gcsweep.compare/1\"", file);
    fputs(",\n  ", file);
    bench_export_field(file, "verdict", bench_compare_verdict_name(compare->verdict));
    fputs(",\n  ", file);
    bench_export_field(file, "sentence", compare->sentence);
    fprintf(file, ",\n  \"failed\": %zu", compare->failed);
    write_side(file, "base", &compare->base);
    write_side(file, "new", &compare->new);
    fputs(",\n  \"confidence\": ", file);
    bench_export_number(file, compare->options.confidence);
    fputs(",\n  \"floor\": ", file);
    bench_export_number(file, compare->options.floor);
    fprintf(file,
            ",\n  \"draws\": %u,\n  \"tests\": %zu,\n  \"blocks\": %zu,\n  \"one_run\": %s"
            ",\n  \"disturbed\": %s,\n  \"uneven\": %s,\n  \"counts\": ",
            compare->options.draws, compare->test_count, compare->least_blocks,
            compare->is_one_run ? "true" : "false", compare->is_disturbed ? "true" : "false",
            compare->is_uneven ? "true" : "false");
    write_counts(file, &compare->count);
    fputs(",\n  \"fail_on\": [", file);
    for (size_t i = 0; i < compare->rule_count; i++) {
        fputs(i == 0 ? "" : ", ", file);
        bench_export_json(file, compare->rules[i].text);
    }
    fputs("],\n  \"warnings\": [", file);
    for (size_t i = 0; i < compare->warning_count; i++) {
        fputs(i == 0 ? "\n    " : ",\n    ", file);
        bench_export_json(file, compare->warnings[i]);
    }
    fputs("],\n  \"one_sided\": [", file);
    for (size_t i = 0; i < compare->lone_count; i++) {
        fprintf(file, "%s\n    {", i == 0 ? "" : ",");
        bench_export_field(file, "cell", compare->lone[i].name);
        write_text(file, "side", compare->lone[i].in_base ? "base" : "new");
        write_text(file, "why", compare->lone[i].why);
        fputc('}', file);
    }
    fputc(']', file);
}

static void
write_metrics(const struct bench_compare *compare, FILE *file) {
    const char *before = "\n    {";

    fputs(",\n  \"metrics\": [", file);
    for (size_t i = 0; i < compare->metric_count; i++) {
        const struct bench_compare_metric *metric = &compare->metrics[i];
        if (metric->rows.all == 0)
            continue;
        fputs(before, file);
        before = ",\n    {";
        bench_export_field(file, "metric", metric->name);
        write_text(file, "unit", metric->unit);
        write_text(file, "better", metric->better);
        fprintf(file, ", \"deterministic\": %s", metric->is_deterministic ? "true" : "false");
        write_number(file, "ratio", metric->ratio);
        write_number(file, "low", metric->low);
        write_number(file, "high", metric->high);
        fprintf(file, ", \"cells\": %zu, \"counts\": ", metric->mean_rows);
        write_counts(file, &metric->rows);
        fputc('}', file);
    }
    fputc(']', file);
}

static void
write_row(const struct bench_compare *compare, const struct bench_compare_row *row, FILE *file) {
    char remark[512];

    bench_export_field(file, "metric", row->metric->name);
    write_text(file, "cell", row->cell->name);
    write_text(file, "workload", row->cell->workload);
    write_text(file, "engine", row->cell->engine);
    write_number(file, "base", row->base);
    write_number(file, "new", row->new);
    write_number(file, "ratio", row->ratio);
    write_number(file, "low", row->low);
    write_number(file, "high", row->high);
    write_number(file, "p", row->p);
    write_number(file, "adjusted_p", row->adjusted_p);
    write_text(file, "verdict", bench_compare_verdict_name(row->verdict));
    write_text(file, "word", bench_compare_verdict_word(row->verdict));
    fprintf(file, ", \"deterministic\": %s, \"blocks\": %zu, \"blocks_needed\": ",
            row->is_exact ? "true" : "false", row->blocks);
    bench_export_number(file, row->blocks_needed == 0 ? NAN : (double)row->blocks_needed);
    if (row->is_exact)
        fprintf(file, ", \"blocks_changed\": %zu", row->blocks_changed);
    fprintf(file, ", \"failed\": %s", row->rule == BENCH_COMPARE_RULE_NONE ? "false" : "true");
    bench_compare_remark(compare, row, remark, sizeof remark);
    if (remark[0] != '\0')
        write_text(file, "remark", remark);
}

void
bench_compare_write_json(const struct bench_compare *compare, FILE *file) {
    write_head(compare, file);
    write_metrics(compare, file);
    fputs(",\n  \"rows\": [", file);
    for (size_t i = 0; i < compare->row_count; i++) {
        fputs(i == 0 ? "\n    {" : ",\n    {", file);
        write_row(compare, &compare->rows[i], file);
        fputc('}', file);
    }
    fputs("]\n}\n", file);
}

/* ---- JUnit
 * ------------------------------------------------------------------------------------------------- */

static bool
is_failure(const struct bench_compare_row *row) {
    return row->verdict == BENCH_COMPARE_WORSE || row->rule != BENCH_COMPARE_RULE_NONE;
}

static void
write_case(const struct bench_compare *compare, const struct bench_compare_row *row, FILE *file) {
    char remark[512], change[BENCH_COMPARE_TEXT_BYTES];

    fputs("    <testcase classname=\"", file);
    bench_export_xml(file, row->cell->name);
    fputs("\" name=\"", file);
    bench_export_xml(file, row->metric->name);
    bench_compare_remark(compare, row, remark, sizeof remark);
    if (!is_failure(row) && row->verdict != BENCH_COMPARE_NOISY) {
        fputs("\"/>\n", file);
        return;
    }
    fprintf(file, "\">\n      <%s message=\"", is_failure(row) ? "failure" : "skipped");
    bench_export_xml(file, bench_compare_verdict_word(row->verdict));
    fprintf(file, ": %s, from ", bench_compare_change(row->ratio, change));
    bench_export_number(file, row->base);
    fputs(" to ", file);
    bench_export_number(file, row->new);
    fputc(' ', file);
    bench_export_xml(file, row->metric->unit);
    fputs(remark[0] == '\0' ? "" : "; ", file);
    bench_export_xml(file, remark);
    fputs("\"/>\n    </testcase>\n", file);
}

void
bench_compare_write_junit(const struct bench_compare *compare, FILE *file) {
    size_t failures = 0, noisy = 0;

    for (size_t i = 0; i < compare->row_count; i++) {
        failures += is_failure(&compare->rows[i]);
        noisy += !is_failure(&compare->rows[i]) && compare->rows[i].verdict == BENCH_COMPARE_NOISY;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", file);
    bench_export_xml(file, compare->base.text);
    fputs(" -&gt; ", file);
    bench_export_xml(file, compare->new.text);
    fprintf(file, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
            compare->row_count, failures, noisy);
    fputs("    <properties>\n      <property name=\"sentence\" value=\"", file);
    bench_export_xml(file, compare->sentence);
    fputs("\"/>\n    </properties>\n", file);
    for (size_t i = 0; i < compare->row_count; i++)
        write_case(compare, &compare->rows[i], file);
    fputs("  </testsuite>\n</testsuites>\n", file);
}
