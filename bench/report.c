/* SPDX-License-Identifier: MIT
 *
 * report.c: puts the page together.
 *
 * plots/report/page.html is the page with a {{slot}} for each part, style.css its looks; both are copied
 * in, so that the page reads nothing else. Everything is made in memory first: a page is whole or absent.
 */
#include "bench/report.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/figure.h"
#include "bench/figure/batch.h"
#include "bench/output.h"
#include "bench/report/answer.h"
#include "bench/report/chart.h"
#include "bench/report/data.h"
#include "bench/report/page.h"
#include "bench/report/several.h"
#include "bench/report/words.h"
#include "bench/say.h"
#include "bench/verb.h"

int
bench_report_status(int error) {
    return error == 0 ? BENCH_STATUS_DONE
           : error == -ENOPKG || error == -ENOSPC || error == -EACCES || error == -EROFS
               ? BENCH_STATUS_ENVIRONMENT
               : BENCH_STATUS_USAGE;
}

/* ---- Where a page goes ---------------------------------------------------------------------------- */

static bool
ends_in(const char *name, const char *end) {
    size_t length = strlen(name), end_length = strlen(end);
    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

void
bench_report_page_path(const char *db_path, char *ret_path, size_t path_bytes) {
    size_t length = strlen(db_path) - (ends_in(db_path, ".db") ? 3 : 0);
    snprintf(ret_path, path_bytes, "%.*s.html", (int)length, db_path);
}

void
bench_report_several_path(const char *const *db_paths, size_t count, char *ret_path,
                          size_t path_bytes) {
    size_t length = strlen(db_paths[0]) - (ends_in(db_paths[0], ".db") ? 3 : 0);
    snprintf(ret_path, path_bytes, "%.*s", (int)length, db_paths[0]);
    for (size_t i = 1; i < count; i++) {
        const char *slash = strrchr(db_paths[i], '/');
        const char *name = slash ? slash + 1 : db_paths[i];
        length = strlen(ret_path);
        snprintf(ret_path + length, path_bytes - length, "-%.*s",
                 (int)(strlen(name) - (ends_in(name, ".db") ? 3 : 0)), name);
    }
    length = strlen(ret_path);
    snprintf(ret_path + length, path_bytes - length, ".html");
}

/* ---- The page ---------------------------------------------------------------------------------- */

struct page {
    const struct bench_report_several *several;
    char *charts; /* made before the rest, since they alone can fail */
    char *style, *script;
};

static void
write_title(const struct bench_report_several *several, FILE *out) {
    for (size_t i = 0; i < several->count; i++)
        bench_report_words_between(out, i ? ", " : "", several->labels[i], "");
    fputs(" – gcsweep report", out);
}

static void
write_version(const struct bench_report_data *data, FILE *out) {
    bench_report_words_text(out, bench_report_data_run(data, "gcsweep"));
}

/* Each slot is filled from the one run, or from several. */
static const struct {
    const char *name;
    void (*write)(const struct bench_report_data *data, FILE *out);
    void (*write_several)(const struct bench_report_several *several, FILE *out);
} slots[] = {
    {"title", NULL, write_title},
    {"version", write_version, NULL},
    {"heading", bench_report_page_heading, bench_report_several_heading},
    {"asked", bench_report_page_asked, bench_report_several_asked},
    {"answer", bench_report_answer_write, bench_report_several_answer},
    {"table", bench_report_page_table, bench_report_several_table},
    {"environment", bench_report_page_environment, bench_report_several_environment},
    {"repeat", bench_report_page_repeat, bench_report_several_repeat},
    {"footer", bench_report_page_footer, NULL},
};

static bool
is_slot(const char *name, size_t length, const char *slot) {
    return strlen(slot) == length && strncmp(slot, name, length) == 0;
}

/* Fills one slot; false when there is none of that name. */
static bool
fill_slot(const struct page *page, const char *name, size_t length, FILE *out) {
    const struct {
        const char *name, *text;
    } texts[] = {{"style", page->style}, {"script", page->script}, {"charts", page->charts}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (is_slot(name, length, texts[i].name)) {
            fputs(texts[i].text, out);
            return true;
        }
    for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        if (!is_slot(name, length, slots[i].name))
            continue;
        /* Each slot has at least one of the two. */
        if (slots[i].write && (page->several->count == 1 || !slots[i].write_several))
            slots[i].write(&page->several->runs[0], out);
        else if (slots[i].write_several)
            slots[i].write_several(page->several, out);
        return true;
    }
    return false;
}

static int
fill_template(const struct page *page, const char *template, FILE *out, char *why,
              size_t why_bytes) {
    const char *slot;
    while ((slot = strstr(template, "{{")) != NULL) {
        const char *end = strstr(slot, "}}");
        fwrite(template, 1, (size_t)(slot - template), out);
        if (!end || !fill_slot(page, slot + 2, (size_t)(end - slot) - 2, out)) {
            snprintf(why, why_bytes, "report/page.html: unknown slot %.24s", slot);
            return -EINVAL;
        }
        template = end + 2;
    }
    fputs(template, out);
    return 0;
}

static char *
read_part(const char *name, char *why, size_t why_bytes) {
    char path[4096], *text = NULL;
    size_t capacity = 0;
    snprintf(path, sizeof(path), "%s/report/%s", bench_figure_plots_dir(), name);
    FILE *in = fopen(path, "r");
    if (!in || getdelim(&text, &capacity, '\0', in) < 0) {
        snprintf(why, why_bytes, "%s: cannot be read: set GCSWEEP_PLOTS to the directory of plots",
                 path);
        free(text);
        text = NULL;
    }
    if (in)
        fclose(in);
    return text;
}

static int
write_page(const struct bench_report_several *several, FILE *out, char *why, size_t why_bytes) {
    struct page page = {.several = several};
    size_t bytes = 0;
    char *template = read_part("page.html", why, why_bytes);
    page.style = template ? read_part("style.css", why, why_bytes) : NULL;
    page.script = page.style ? read_part("tables.js", why, why_bytes) : NULL;
    FILE *charts = page.script ? open_memstream(&page.charts, &bytes) : NULL;
    int error = charts ? bench_report_chart_write(several, charts, why, why_bytes) : -ENOENT;
    if (charts)
        fclose(charts);
    if (!error)
        error = fill_template(&page, template, out, why, why_bytes);
    free(page.charts);
    free(page.style);
    free(page.script);
    free(template);
    return error;
}

static int
put_page(const char *path, const char *text, size_t bytes, char *why, size_t why_bytes) {
    struct bench_output output;
    int error = bench_output_open(&output, path, true, why, why_bytes);
    if (error)
        return error;
    fwrite(text, 1, bytes, output.file);
    return bench_output_finish(&output, why, why_bytes);
}

int
bench_report_write_several(const char *const *db_paths, size_t count, const char *html_path,
                           char *why, size_t why_bytes) {
    struct bench_report_several several;
    int error = bench_report_several_read(db_paths, count, &several, why, why_bytes);
    if (error)
        return error;
    bench_report_chart_choose(&several);
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    error = out ? write_page(&several, out, why, why_bytes) : -ENOMEM;
    if (out && fclose(out))
        error = -ENOMEM;
    if (error == -ENOMEM)
        snprintf(why, why_bytes, "%s: out of memory while writing its report", db_paths[0]);
    if (!error)
        error = put_page(html_path, text, bytes, why, why_bytes);
    free(text);
    bench_report_several_fini(&several);
    return error;
}

int
bench_report_write(const char *db_path, const char *html_path, char *why, size_t why_bytes) {
    return bench_report_write_several(&db_path, 1, html_path, why, why_bytes);
}

/* ---- Pictures as files ------------------------------------------------------------------------- */

/* Anything but letters, digits, dots and dashes would be a nuisance in a file's name. */
static void
tame_name(char *name) {
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr(".-_", *name))
            *name = '-';
}

static int
add_pictures(const struct bench_report_data *data, const char *directory,
             struct bench_figure_batch *batch, char *why, size_t why_bytes) {
    size_t count;
    const struct bench_figure *figures = bench_figure_rows(&count);
    int error = 0;
    for (size_t i = 0; i < data->group_count * count && !error; i++) {
        const struct bench_report_group *group = &data->groups[i / count];
        const struct bench_figure *figure = &figures[i % count];
        char name[512], path[4096];
        if (!bench_figure_is_wanted(figure, group))
            continue;
        snprintf(name, sizeof(name), "%s-%s-%s.png", bench_report_data_run(data, "name"),
                 group->title, figure->name);
        tame_name(name);
        snprintf(path, sizeof(path), "%s/%s", directory, name);
        error = bench_figure_add(batch, figure, data, group, path, "png", why, why_bytes);
    }
    for (size_t i = 0; i < count && !error; i++) {
        char name[512], path[4096];
        if (!figures[i].export_run || !figures[i].is_in_run(data))
            continue;
        snprintf(name, sizeof(name), "%s-%s.png", bench_report_data_run(data, "name"),
                 figures[i].name);
        tame_name(name);
        snprintf(path, sizeof(path), "%s/%s", directory, name);
        error = bench_figure_add(batch, &figures[i], data, NULL, path, "png", why, why_bytes);
    }
    return error;
}

int
bench_report_pictures(const char *db_path, const char *directory,
                      void (*on_file)(void *context, const char *path), void *context, char *why,
                      size_t why_bytes) {
    struct bench_report_data data;
    struct bench_figure_batch *batch = NULL;
    int error = bench_report_data_read(db_path, &data, why, why_bytes);
    if (error)
        return error;
    if (mkdir(directory, 0777) && errno != EEXIST) {
        error = -errno;
        snprintf(why, why_bytes, "%s: cannot be made: %s", directory, strerror(errno));
    }
    if (!error)
        error = bench_figure_batch_open(&batch, why, why_bytes);
    if (!error)
        error = add_pictures(&data, directory, batch, why, why_bytes);
    if (!error)
        error = bench_figure_batch_draw(batch, why, why_bytes);
    for (size_t i = 0; !error && on_file && i < bench_figure_batch_count(batch); i++)
        on_file(context, bench_figure_batch_path(batch, i));
    bench_figure_batch_close(batch);
    bench_report_data_fini(&data);
    return error;
}
