/* SPDX-License-Identifier: MIT
 *
 * report/compared.c: see report/compared.h. The rows come worst first, as bench_compare_read leaves them;
 * those that are the same are only counted.
 */
#include "bench/report/compared.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"
#include "bench/figure.h"
#include "bench/figure/batch.h"
#include "bench/figure/forest.h"
#include "bench/report/chart.h"
#include "bench/report/table.h"
#include "bench/report/words.h"

enum {
    ROWS_MOST = 30,
};

/* ---- Rows -------------------------------------------------------------------------------------- */

static void
write_value(const char *unit, double value, FILE *out) {
    char text[24];
    if (strcmp(unit, "ns") == 0)
        bench_figure_time(value, text);
    else if (strcmp(unit, "bytes") == 0)
        bench_figure_bytes(value, text);
    else
        snprintf(text, sizeof(text), isnan(value) ? "n/a" : "%.6g", value);
    fprintf(out, "<td>%s</td>", text);
}

static void
write_interval(const struct bench_compare_row *row, FILE *out) {
    if (isfinite(row->low) && isfinite(row->high) && !row->is_exact)
        fprintf(out, "<small>%.3f to %.3f</small>", row->low, row->high);
}

static void
write_row(const struct bench_compare_row *row, FILE *out) {
    bool is_better = row->verdict == BENCH_COMPARE_BETTER;
    bool is_worse = row->verdict == BENCH_COMPARE_WORSE;
    bench_report_words_between(out, "<tr><th scope=\"row\">", row->cell->name, "</th>");
    bench_report_words_between(out, "<td class=\"text\"><code>", row->metric->name, "</code></td>");
    write_value(row->metric->unit, row->base, out);
    write_value(row->metric->unit, row->new, out);
    fprintf(out, isfinite(row->ratio) ? "<td>%.3f×" : "<td>n/a", row->ratio);
    write_interval(row, out);
    fprintf(out, "</td><td class=\"text\"><strong%s>%s</strong>",
            is_better  ? " class=\"less\""
            : is_worse ? " class=\"more\""
                       : "",
            bench_compare_verdict_word(row->verdict));
    if (row->verdict == BENCH_COMPARE_NOISY && row->blocks_needed > row->blocks)
        fprintf(out, "<small>%zu more blocks would probably do</small>",
                row->blocks_needed - row->blocks);
    fputs("</td></tr>\n", out);
}

static void
write_rows(const struct bench_report_several *several, size_t index,
           const struct bench_compare *compare, FILE *out) {
    const char *base = several->labels[0], *new = several->labels[index];
    size_t told = compare->row_count - compare->count.of[BENCH_COMPARE_SAME], written = 0;
    if (told == 0)
        return;
    fprintf(out,
            "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Differences of run "
            "%zu\"><table class=\"differences\">\n<caption>What differs, worst "
            "first</caption>\n<thead><tr><th "
            "scope=\"col\">Configuration</th><th scope=\"col\" class=\"text\">Metric</th>",
            index + 1);
    bench_report_words_between(out, "<th scope=\"col\">", base, "</th>");
    bench_report_words_between(out, "<th scope=\"col\">", new, "</th>");
    fputs("<th scope=\"col\">Ratio</th><th scope=\"col\" class=\"text\">Verdict</th></tr></thead>\n"
          "<tbody>\n",
          out);
    for (size_t i = 0; i < compare->row_count && written < ROWS_MOST; i++)
        if (compare->rows[i].verdict != BENCH_COMPARE_SAME) {
            write_row(&compare->rows[i], out);
            written++;
        }
    fputs("</tbody></table></div>\n", out);
    if (written < told) {
        fprintf(out, "<p class=\"note\">%zu of %zu rows; all of them: <code>gcsweep compare ",
                written, told);
        bench_report_words_between(out, "", several->paths[0], " ");
        bench_report_words_between(out, "", several->paths[index], "</code></p>\n");
    }
}

/* ---- The forest -------------------------------------------------------------------------------- */

static void
write_forest_table(const void *context, FILE *out) {
    bench_figure_forest_export(context, out);
}

static int
write_forest_data(const struct bench_report_several *several, size_t index,
                  const struct bench_compare *compare, const char *id, FILE *out) {
    char *tsv = NULL, command[1024];
    size_t bytes = 0;
    FILE *table_out = open_memstream(&tsv, &bytes);
    if (!table_out)
        return -ENOMEM;
    bench_figure_forest_export(compare, table_out);
    fclose(table_out);
    snprintf(command, sizeof(command), "gcsweep plot forest %s %s -o forest.tsv", several->paths[0],
             several->paths[index]);
    const struct bench_report_table table = {id, "Ratios with their intervals", "row", command};
    int error = tsv ? bench_report_table_write(&table, tsv, out) : -ENOMEM;
    free(tsv);
    return error;
}

static int
write_forest(const struct bench_report_several *several, size_t index,
             const struct bench_compare *compare, struct bench_figure_batch *batch, FILE *out,
             char *why, size_t why_bytes) {
    char id[32], label_id[48], note_id[48];
    const struct bench_figure_picture picture = {.name = "forest",
                                                 .title = "",
                                                 .caption = "",
                                                 .write = write_forest_table,
                                                 .context = compare,
                                                 .format = "page"};
    int error = bench_figure_batch_add(batch, &picture, why, why_bytes);
    if (!error)
        error = bench_figure_batch_draw(batch, why, why_bytes);
    if (error)
        return error;
    snprintf(id, sizeof(id), "forest-%zu", index + 1);
    snprintf(label_id, sizeof(label_id), "%s-title", id);
    snprintf(note_id, sizeof(note_id), "%s-reading", id);
    fprintf(out,
            "<figure class=\"forest\" aria-labelledby=\"%s\">\n<figcaption><h4 id=\"%s\">Ratios "
            "with their intervals</h4>\n<p class=\"note\" id=\"%s\">",
            label_id, label_id, note_id);
    bench_report_words_between(out, "Each is ", several->labels[index], " over ");
    bench_report_words_between(out, "", several->labels[0],
                               ": left of 1 is less. What differs comes first; the band is what is "
                               "too small to count.</p></figcaption>\n");
    error = bench_report_chart_embed("forest", bench_figure_batch_path(batch, 0), label_id, note_id,
                                     out, why, why_bytes);
    if (!error)
        error = write_forest_data(several, index, compare, id, out);
    fputs("</figure>\n", out);
    return error;
}

/* Without gnuplot there is no page at all, and other charts say so. */
static void
try_forest(const struct bench_report_several *several, size_t index,
           const struct bench_compare *compare, FILE *out) {
    struct bench_figure_batch *batch = NULL;
    char why[512] = "";
    int error = bench_figure_batch_open(&batch, why, sizeof(why));
    if (!error)
        error = write_forest(several, index, compare, batch, out, why, sizeof(why));
    if (error)
        bench_report_words_between(out, "<p class=\"note\">", why, "</p>\n");
    bench_figure_batch_close(batch);
}

/* ---- The whole --------------------------------------------------------------------------------- */

/* What it comes to, and behind a colon what that means. */
static void
write_sentence(const char *sentence, FILE *out) {
    const char *colon = strstr(sentence, ": ");
    int length = colon ? (int)(colon - sentence) : (int)strlen(sentence);
    char head[256];
    snprintf(head, sizeof(head), "%.*s", length, sentence);
    bench_report_words_between(out, "<p class=\"best\">", head, "</p>\n");
    if (colon) {
        const char first[] = {(char)toupper((unsigned char)colon[2]), '\0'};
        bench_report_words_between(out, "<p>", first, "");
        bench_report_words_between(out, "", *first ? colon + 3 : "", "</p>\n");
    }
}

static void
write_compare(const struct bench_report_several *several, size_t index,
              const struct bench_compare *compare, FILE *out) {
    write_sentence(compare->sentence, out);
    fprintf(out, "<p>Both runs have %zu configuration%s.</p>\n", compare->cell_count,
            compare->cell_count == 1 ? "" : "s");
    if (compare->warning_count) {
        fputs("<ul>\n", out);
        for (size_t i = 0; i < compare->warning_count; i++)
            bench_report_words_between(out, "<li>", compare->warnings[i], "</li>\n");
        fputs("</ul>\n", out);
    }
    if (compare->lone_count)
        fprintf(out, "<p>%zu more %s only in one of the two.</p>\n", compare->lone_count,
                compare->lone_count == 1 ? "is" : "are");
    fputs("</div>\n", out);
    if (compare->row_count > compare->count.of[BENCH_COMPARE_SAME])
        try_forest(several, index, compare, out);
    write_rows(several, index, compare, out);
}

void
bench_report_compared_write(const struct bench_report_several *several, size_t index, FILE *out) {
    struct bench_compare compare;
    struct bench_compare_options options = bench_compare_defaults();
    char why[512] = "";
    bench_report_words_between(out, "<div class=\"verdict\">\n<h3>", several->labels[index],
                               " against ");
    bench_report_words_between(out, "", several->labels[0], "</h3>\n");
    if (bench_compare_read(several->paths[0], several->paths[index], &options, &compare, why,
                           sizeof(why))) {
        bench_report_words_between(out, "<p class=\"best\">They cannot be compared</p>\n<p>", why,
                                   "</p>\n</div>\n");
        return;
    }
    write_compare(several, index, &compare, out);
    bench_compare_fini(&compare);
}
