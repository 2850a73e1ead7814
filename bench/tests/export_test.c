/* SPDX-License-Identifier: MIT
 *
 * export_test.c: what each format says of a small run (export_fixture.h), and what cannot be exported.
 */
#include "bench/export.h"

#include "bench/export/file.h"
#include "bench/hdr.h"
#include "bench/tests/export_fixture.h"
#include "bench/tests/trace_check.h"

struct document {
    char *text;
    char why[512];
    int error;
};

static bool
never(void) {
    return false;
}

static bool
at_once(void) {
    return true;
}

static int
set_up(void **state) {
    struct document *document = calloc(1, sizeof *document);

    assert_non_null(document);
    assert_int_equal(make_scratch(state), 0);
    document->text = calloc(1, EXPORT_TEXT_BYTES);
    assert_non_null(document->text);
    make_export(scratch_path("whole.db"), true);
    make_export(scratch_path("part.db"), false);
    *state = document;
    return 0;
}

static int
tear_down(void **state) {
    struct document *document = *state;

    free(document->text);
    free(document);
    return remove_scratch(state);
}

static void
write_until(struct document *document, const char *run, const char *format,
            const struct bench_export_choice *choice, bool (*stop)(void)) {
    static const struct bench_export_choice all = {0};
    struct bench_output output;

    assert_int_equal(
        bench_output_open(&output, scratch_path("out"), true, document->why, sizeof document->why),
        0);
    document->error = bench_export_write(scratch_path(run), bench_export_find(format),
                                         choice == NULL ? &all : choice, &output, stop,
                                         document->why, sizeof document->why);
    fflush(output.file);
    FILE *file = fopen(output.hidden, "r");
    assert_non_null(file);
    document->text[fread(document->text, 1, EXPORT_TEXT_BYTES - 1, file)] = '\0';
    fclose(file);
    bench_output_drop(&output);
}

static const char *
write_chosen(struct document *document, const char *format,
             const struct bench_export_choice *choice) {
    write_until(document, "whole.db", format, choice, never);
    if (document->error != 0)
        fail_msg("%s: %s", format, document->why);
    return document->text;
}

static json_t *
write_json(struct document *document, const char *format,
           const struct bench_export_choice *choice) {
    json_error_t error;
    json_t *parsed =
        json_loads(write_chosen(document, format, choice), JSON_REJECT_DUPLICATES, &error);

    if (parsed == NULL)
        fail_msg("%s is not one JSON document: %s at line %d", format, error.text, error.line);
    return parsed;
}

static void
assert_has(const char *text, const char *part) {
    if (strstr(text, part) == NULL)
        fail_msg("there should be %s in: %.2000s", part, text);
}

/* The value of a path such as "a/b"; numbers count into lists. */
static json_t *
at(json_t *value, const char *path) {
    char part[64];

    for (; *path != '\0' && value != NULL; path += *path == '/') {
        size_t length = strcspn(path, "/");
        snprintf(part, sizeof part, "%.*s", (int)length, path);
        value = json_is_array(value) ? json_array_get(value, strtoul(part, NULL, 10))
                                     : json_object_get(value, part);
        path += length;
    }
    return value;
}

static double
number_at(json_t *value, const char *path) {
    assert_true(json_is_number(at(value, path)));
    return json_number_value(at(value, path));
}

static void
assert_text_at(json_t *value, const char *path, const char *text) {
    assert_true(json_is_string(at(value, path)));
    assert_string_equal(json_string_value(at(value, path)), text);
}

/* ---- Tables and documents ----------------------------------------------------------------------------- */

static void
test_export_csv_has_a_row_for_each_cell_as_rfc_4180_wants_it(void **state) {
    const char *text = write_chosen(*state, "csv", NULL);

    assert_ptr_equal(strstr(text, "cell,config,workload,engine,alloc.backend,block,position,seed,"
                                  "state,exit_status,signal,why,digest,started,elapsed_ns,"
                                  "churn.hits,gc.pause_max_ns,peak_rss_bytes,wall_ns\r\n"),
                     text);
    assert_int_equal(count_of(text, "\r\n"), 1 + EXPORT_GOOD + 2);
    assert_has(text, "\r\n3,1,churn,rt,pool,3,1,43,finished,0,,,0123456789abcdef,"
                     "2024-05-06T07:08:19Z,1500000000,0.30000000000000004,,1048576,30000000\r\n");
    assert_has(text, "failed,7,,\"quote \"\" comma, less < and & backslash \\ line\nend ");
    assert_has(text, "timeout,,9,");
}

static void
test_export_chosen_configurations_cells_and_metrics_alone(void **state) {
    struct bench_export_choice choice = {.metrics = "wall_ns,gc.*",
                                         .configs = {"1..9", "alloc.backend=system,pool", "1"},
                                         .config_count = 3,
                                         .cells = "2,5..6"};
    const char *text = write_chosen(*state, "csv", &choice);

    assert_has(text, ",elapsed_ns,gc.pause_max_ns,wall_ns\r\n");
    assert_int_equal(count_of(text, "\r\n"), 4);
    choice.configs[2] = "engine=rt";
    choice.cells = "8";
    text = write_chosen(*state, "csv", &choice);
    assert_int_equal(count_of(text, "\r\n"), 2);
    assert_has(text, "\r\n8,2,churn,rt,system,");
}

static void
test_export_json_says_everything_of_a_cell(void **state) {
    json_t *json = write_json(*state, "json", NULL);

    assert_text_at(json, "schema", "gcsweep.export/1");
    assert_text_at(json, "run/command", "gcsweep sweep quick --set 'a<b' --report");
    assert_true(number_at(json, "configs/0/cells/2/values/wall_ns") == 3e7);
    assert_true(number_at(json, "configs/0/cells/2/values/churn.hits") == 0.1 * 3);
    assert_true(number_at(json, "configs/0/knobs/alloc.arena/number") == 1048576);
    assert_int_equal(json_array_size(at(json, "configs/1/cells")), 2);
    assert_text_at(json, "configs/1/cells/0/why",
                   "quote \" comma, less < and & backslash \\ line\nend \x01 bad \xef\xbf\xbd good "
                   "\xc3\xa9");
    assert_int_equal(json_array_size(at(json, "metrics")), 4); /* not other.figure */
    json_decref(json);
}

/* As much of JSON Schema as export.schema.json uses. */
static bool
is_of_type(json_t *value, const char *type) {
    return (strcmp(type, "object") == 0 && json_is_object(value)) ||
           (strcmp(type, "array") == 0 && json_is_array(value)) ||
           (strcmp(type, "string") == 0 && json_is_string(value)) ||
           (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
           (strcmp(type, "number") == 0 && json_is_number(value)) ||
           (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
           (strcmp(type, "null") == 0 && json_is_null(value));
}

static bool
fits_type(json_t *value, json_t *type) {
    size_t index;
    json_t *one;

    if (json_is_string(type))
        return is_of_type(value, json_string_value(type));
    json_array_foreach(type, index, one) if (is_of_type(value, json_string_value(one))) return true;
    return type == NULL;
}

static bool
is_one_of(json_t *value, json_t *choices) {
    size_t index;
    json_t *one;

    json_array_foreach(choices, index, one) if (json_equal(one, value)) return true;
    return choices == NULL;
}

static bool fits(json_t *root, json_t *schema, json_t *value);

static bool
fits_object(json_t *root, json_t *schema, json_t *value) {
    json_t *more = json_object_get(schema, "additionalProperties"), *one;
    const char *key;
    size_t index;

    json_array_foreach(json_object_get(schema, "required"), index,
                       one) if (json_object_get(value, json_string_value(one)) ==
                                NULL) return false;
    json_object_foreach(value, key, one) {
        json_t *known = json_object_get(json_object_get(schema, "properties"), key);
        if (known != NULL ? !fits(root, known, one)
                          : json_is_false(more) || (more != NULL && !fits(root, more, one)))
            return false;
    }
    return true;
}

static bool
fits(json_t *root, json_t *schema, json_t *value) {
    const char *name = json_string_value(json_object_get(schema, "$ref"));
    json_t *items = json_object_get(schema, "items"), *constant = json_object_get(schema, "const");
    json_t *one;
    size_t index;

    if (name != NULL)
        return fits(root, json_object_get(json_object_get(root, "$defs"), strrchr(name, '/') + 1),
                    value);
    if (!fits_type(value, json_object_get(schema, "type")) ||
        !is_one_of(value, json_object_get(schema, "enum")) ||
        (constant != NULL && !json_equal(constant, value)))
        return false;
    if (json_is_integer(value) &&
        json_integer_value(value) < json_integer_value(json_object_get(schema, "minimum")))
        return false;
    json_array_foreach(value, index, one) if (!fits(root, items, one)) return false;
    return !json_is_object(value) || fits_object(root, schema, value);
}

static void
test_export_json_fits_the_published_schema(void **state) {
    struct document *document = *state;
    json_t *schema = json_load_file(BENCH_EXPORT_SCHEMA, 0, NULL);
    json_t *json = write_json(document, "json", NULL);

    assert_non_null(schema);
    assert_true(fits(schema, schema, json));
    json_object_del(at(json, "configs/0/cells/0"), "digest");
    assert_false(fits(schema, schema, json));
    json_decref(json);
    write_until(document, "part.db", "json", &(struct bench_export_choice){.partial = true}, never);
    assert_int_equal(document->error, 0);
    json = json_loads(document->text, 0, NULL);
    assert_true(fits(schema, schema, json));
    assert_text_at(json, "configs/1/cells/1/state", "planned");
    json_object_set_new(at(json, "configs/0/cells/0"), "state", json_string("unheard of"));
    assert_false(fits(schema, schema, json));
    json_decref(json);
    json_decref(schema);
}

/* ---- For benchmarks' tools ------------------------------------------------------------------------------ */

static void
test_export_gbench_has_repetitions_then_aggregates(void **state) {
    json_t *json = write_json(*state, "gbench", NULL), *entries = at(json, "benchmarks");

    assert_int_equal(json_array_size(entries), EXPORT_GOOD + 4 + 2);
    assert_text_at(entries, "0/name", "churn/alloc.backend=pool");
    assert_text_at(entries, "6/run_type", "iteration");
    assert_true(number_at(entries, "6/repetition_index") == 6);
    assert_true(number_at(entries, "6/real_time") == 7e7);
    assert_true(number_at(entries, "6/peak_rss_bytes") == 1048576);
    assert_text_at(entries, "8/aggregate_name", "median");
    assert_text_at(entries, "8/name", "churn/alloc.backend=pool_median");
    assert_text_at(entries, "8/run_name", "churn/alloc.backend=pool");
    assert_true(number_at(entries, "8/real_time") == 4e7);
    assert_text_at(entries, "11/name", "churn/alloc.backend=system");
    assert_true(json_is_true(at(entries, "11/error_occurred")));
    assert_text_at(json, "context/executable", "gcsweep");
    json_decref(json);
}

static void
test_export_bmf_has_medians_between_bounds(void **state) {
    json_t *json = write_json(*state, "bmf", NULL);
    json_t *measures = json_object_get(json, "churn alloc.backend=pool");

    assert_int_equal(json_object_size(json), 1); /* nothing of the other one finished */
    assert_true(number_at(measures, "wall_ns/value") == 4e7);
    assert_true(number_at(measures, "wall_ns/lower_value") == 1e7);
    assert_true(number_at(measures, "wall_ns/upper_value") == 7e7);
    assert_null(json_object_get(measures, "gc.pause_max_ns"));
    json_decref(json);
}

static void
test_export_medians_are_of_the_chosen_cells(void **state) {
    json_t *json = write_json(*state, "bmf", &(struct bench_export_choice){.cells = "2..4,8"});

    assert_true(number_at(json, "churn alloc.backend=pool/wall_ns/value") == 3e7);
    assert_true(number_at(json, "churn alloc.backend=pool/wall_ns/upper_value") == 4e7);
    json_decref(json);
}

static void
test_export_bounds_hold_the_median_by_counting_ranks(void **state) {
    double values[20];
    struct bench_export_summary summary;
    const size_t spare[][2] = {{1, 0}, {5, 0}, {6, 0}, {8, 0}, {9, 1}, {12, 2}, {20, 5}};

    (void)state;
    for (size_t k = 0; k < sizeof spare / sizeof spare[0]; k++) {
        size_t count = spare[k][0];
        for (size_t i = 0; i < count; i++)
            values[i] = (double)(count - i);
        bench_export_summary_of(values, count, &summary);
        assert_true(summary.low == 1 + (double)spare[k][1]);
        assert_true(summary.high == (double)(count - spare[k][1]));
        assert_true(summary.median == (double)(count + 1) / 2);
    }
}

static void
test_export_github_keeps_small_and_big_apart(void **state) {
    json_t *json = write_json(*state, "github", &(struct bench_export_choice){.metrics = "*"});

    assert_int_equal(json_array_size(json), 2);
    assert_text_at(json, "1/name", "churn alloc.backend=pool: wall_ns");
    assert_text_at(json, "1/unit", "ns");
    assert_true(number_at(json, "1/value") == 4e7);
    json_decref(json);
    json = write_json(*state, "github-bigger", NULL);
    assert_int_equal(json_array_size(json), 1);
    assert_text_at(json, "0/name", "churn alloc.backend=pool: churn.hits");
    json_decref(json);
}

static void
test_export_junit_counts_what_went_wrong(void **state) {
    struct document *document = *state;
    const char *text = write_chosen(document, "junit", NULL);

    assert_has(text, "<testsuite name=\"churn alloc.backend=pool\" tests=\"7\" failures=\"0\" "
                     "errors=\"0\" skipped=\"0\" time=\"10.500000000\" "
                     "timestamp=\"2024-05-06T07:08:19\">");
    assert_has(text, "tests=\"2\" failures=\"0\" errors=\"2\"");
    assert_has(text, "<error type=\"failed\" message=\"quote &quot; comma, less &lt; and &amp; "
                     "backslash \\ line&#10;end ? bad \xef\xbf\xbd good \xc3\xa9\">");
    assert_int_equal(count_of(text, "<testcase "), EXPORT_GOOD + 2);
    write_until(document, "part.db", "junit", &(struct bench_export_choice){.partial = true},
                never);
    assert_has(document->text, "skipped=\"1\"");
    assert_has(document->text, "<skipped message=");
}

static void
test_export_openmetrics_has_seconds_and_an_end(void **state) {
    const char *text = write_chosen(*state, "openmetrics", NULL);

    assert_has(text, "# TYPE gcsweep_wall_seconds gauge\n# UNIT gcsweep_wall_seconds seconds\n");
    assert_has(text, "\ngcsweep_wall_seconds{run=\"fixture\",workload=\"churn\",engine=\"rt\","
                     "label=\"alloc.backend=pool\",alloc_backend=\"pool\"} 0.04\n");
    assert_has(text, "# HELP gcsweep_gc_pause_max_seconds the \\\"longest\\\"\\\\\n");
    assert_has(text, ",state=\"timeout\"} 1\n");
    assert_has(text, "# UNIT gcsweep_peak_rss_bytes bytes\n");
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
}

/* ---- Over time -------------------------------------------------------------------------------------------- */

static void
test_export_chrome_has_work_collections_and_memory(void **state) {
    json_t *json = write_json(*state, "chrome", &(struct bench_export_choice){.cells = "3,8"});
    json_t *events = at(json, "traceEvents"), *event;
    size_t index, kinds[128] = {0};

    assert_sound_trace(json);
    json_array_foreach(events, index, event) {
        kinds[(int)json_string_value(at(event, "ph"))[0]]++;
        assert_string_not_equal(json_string_value(at(event, "name")), "mmu");
    }
    assert_int_equal(kinds['X'], 4); /* the work, the release, and two collections */
    assert_int_equal(kinds['C'], 7); /* of what was before the work, the last */
    assert_int_equal(kinds['M'], 5);
    assert_text_at(events, "0/args/name", "churn alloc.backend=pool, block 3");
    assert_true(number_at(events, "2/dur") == 30000);
    assert_text_at(events, "2/args/alloc.arena", "1MiB");
    assert_text_at(events, "4/name", "generation 2");
    assert_true(number_at(events, "4/ts") == 2.5 && number_at(events, "4/dur") == 1.001);
    assert_true(number_at(events, "6/ts") == 0 && number_at(events, "6/args/bytes") == 10);
    assert_text_at(events, "9/name", "operation");
    assert_true(number_at(events, "9/ts") == 0 && number_at(events, "9/args/ns") == 1.5);
    assert_true(number_at(events, "10/ts") == 7500 && number_at(events, "10/args/ns") == 4.5);
    assert_text_at(events, "11/name", "release");
    assert_true(number_at(events, "11/ts") == 30000 && number_at(events, "11/dur") == 500);
    json_decref(json);
}

struct sums {
    uint64_t latency, pause2;
    double first_s;
};

static int
add_interval(void *context, const struct bench_hdr_interval *interval) {
    struct sums *sums = context;

    assert_true(interval->length_s == 1.5);
    sums->first_s = interval->start_s;
    if (strcmp(interval->tag, "churn;alloc.backend=pool/latency") == 0)
        sums->latency += interval->hist->count;
    else if (strcmp(interval->tag, "churn;alloc.backend=pool/pause2") == 0)
        sums->pause2 += interval->hist->count;
    else
        fail_msg("tag %s", interval->tag);
    return 0;
}

static void
read_log(const char *text, struct sums *sums) {
    FILE *file = fmemopen((void *)text, strlen(text), "r");
    size_t line;

    *sums = (struct sums){0};
    assert_non_null(file);
    assert_int_equal(bench_hdr_log_read(file, add_interval, sums, &line), 0);
    fclose(file);
}

static void
test_export_hlog_has_every_histogram_and_names_cells_without(void **state) {
    struct sums sums;
    const char *text = write_chosen(*state, "hlog", NULL);

    read_log(text, &sums);
    assert_int_equal(sums.latency, 100 * EXPORT_GOOD);
    assert_int_equal(sums.pause2, 100 * EXPORT_GOOD);
    assert_true(sums.first_s == 10);
    assert_has(text, "#[cell 8 of configuration 2 is failed]\n");
    read_log(write_chosen(*state, "hlog", &(struct bench_export_choice){.histograms = "pause2"}),
             &sums);
    assert_int_equal(sums.latency, 0);
}

static void
test_export_hgrm_adds_up_the_cells_of_one_configuration(void **state) {
    const struct bench_export_choice first = {.configs = {"1"}, .config_count = 1};
    struct bench_hist *hist = malloc(sizeof *hist);
    const char *text = write_chosen(*state, "hgrm", &first);
    FILE *file = fmemopen((void *)text, strlen(text), "r");

    assert_true(hist != NULL && file != NULL);
    assert_int_equal(bench_hdr_hgrm_read(file, hist), 0);
    assert_int_equal(hist->count, 100 * EXPORT_GOOD);
    assert_int_equal(hist->greatest, 1099 * EXPORT_GOOD);
    fclose(file);
    free(hist);
}

/* ---- What cannot be ----------------------------------------------------------------------------------------- */

static void
assert_refused(struct document *document, const char *run, const char *format,
               const struct bench_export_choice *choice, int error, const char *part) {
    write_until(document, run, format, choice, never);
    if (document->error != error || strstr(document->why, part) == NULL)
        fail_msg("%s: %d, %s", format, document->error, document->why);
}

#define CHOICE(...)                                                                                \
    &(struct bench_export_choice) {                                                                \
        __VA_ARGS__                                                                                \
    }

static void
test_export_refuses_what_is_not_there_and_says_what_is(void **state) {
    struct document *document = *state;

    assert_refused(document, "part.db", "csv", NULL, -ENODATA, "--partial");
    assert_refused(document, "whole.db", "csv", CHOICE(.metrics = "wall_n"), -EINVAL,
                   "did you mean wall_ns?");
    assert_refused(document, "whole.db", "junit", CHOICE(.metrics = "wall_ns"), -EINVAL,
                   "junit has no metrics");
    assert_refused(document, "whole.db", "csv",
                   CHOICE(.configs = {"alloc.backed=pool"}, .config_count = 1), -EINVAL,
                   "did you mean alloc.backend?");
    assert_refused(document, "whole.db", "csv", CHOICE(.configs = {"x"}, .config_count = 1),
                   -EINVAL, "neither a number nor a range");
    assert_refused(document, "whole.db", "csv", CHOICE(.configs = {"7"}, .config_count = 1),
                   -ENODATA, "no configuration");
    assert_refused(document, "whole.db", "csv", CHOICE(.cells = "3..1"), -EINVAL, "--cell: 3..1");
    assert_refused(document, "whole.db", "hgrm", NULL, -EINVAL, "choose one with --config ID");
    assert_refused(document, "whole.db", "hgrm", CHOICE(.histograms = "latncy"), -EINVAL,
                   "did you mean latency?");
    assert_refused(document, "whole.db", "hgrm", CHOICE(.configs = {"2"}, .config_count = 1),
                   -ENODATA, "2 did not finish");
    assert_refused(document, "whole.db", "hlog", CHOICE(.histograms = "intended"), -ENODATA,
                   "no intended histogram");
}

static void
test_export_stops_when_told(void **state) {
    struct document *document = *state;

    write_until(document, "whole.db", "csv", NULL, at_once);
    assert_int_equal(document->error, -EINTR);
    assert_int_equal(count_of(document->text, "\r\n"), 2);
}

static void
test_export_formats_are_known_by_name_and_suffix(void **state) {
    size_t count;
    const struct bench_export_format *rows = bench_export_formats(&count);
    char path[64];

    (void)state;
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "some.run%s", rows[i].suffix);
        assert_ptr_equal(bench_export_guess(path), &rows[i]);
        assert_ptr_equal(bench_export_find(rows[i].name), &rows[i]);
    }
    assert_null(bench_export_guess("run.txt"));
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(void) {
    const struct CMUnitTest tests[] = {
        UNIT(test_export_csv_has_a_row_for_each_cell_as_rfc_4180_wants_it),
        UNIT(test_export_chosen_configurations_cells_and_metrics_alone),
        UNIT(test_export_json_says_everything_of_a_cell),
        UNIT(test_export_json_fits_the_published_schema),
        UNIT(test_export_gbench_has_repetitions_then_aggregates),
        UNIT(test_export_bmf_has_medians_between_bounds),
        UNIT(test_export_medians_are_of_the_chosen_cells),
        UNIT(test_export_bounds_hold_the_median_by_counting_ranks),
        UNIT(test_export_github_keeps_small_and_big_apart),
        UNIT(test_export_junit_counts_what_went_wrong),
        UNIT(test_export_openmetrics_has_seconds_and_an_end),
        UNIT(test_export_chrome_has_work_collections_and_memory),
        UNIT(test_export_hlog_has_every_histogram_and_names_cells_without),
        UNIT(test_export_hgrm_adds_up_the_cells_of_one_configuration),
        UNIT(test_export_refuses_what_is_not_there_and_says_what_is),
        UNIT(test_export_stops_when_told),
        UNIT(test_export_formats_are_known_by_name_and_suffix),
    };
    return cmocka_run_group_tests_name("bench/export", tests, NULL, NULL);
}
