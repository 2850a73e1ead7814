/* SPDX-License-Identifier: MIT
 *
 * export_tools_test.c: exports as other people's programs read them. Called with the program's path. What is not
 * installed is skipped: libbenchmark-tools with python3-scipy, python3-jsonschema, python3-prometheus-client, and
 * the package hdr-histogram-js, which npm fetches if there is a network.
 */
#include <sys/stat.h>

#include "bench/tests/export_fixture.h"

static const char *program;

static int
set_up(void **state) {
    if (make_scratch(state) != 0 || chdir(scratch) != 0 || mkdir("results", 0777) != 0)
        return -1;
    make_export("results/whole.db", true);
    return 0;
}

static int
tear_down(void **state) {
    char command[512];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static bool
works(const char *command) {
    char whole[512];
    snprintf(whole, sizeof whole, "(%s) >tool.log 2>&1", command);
    return system(whole) == 0;
}

static void
need(const char *command, const char *what) {
    if (works(command))
        return;
    print_message("# skipped: %s is not here\n", what);
    skip();
}

static void
export_as(const char *arguments) {
    char command[1024];
    snprintf(command, sizeof command, "'%s' export whole %s", program, arguments);
    assert_int_equal(system(command), 0);
}

static void
write_script(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void
assert_works(const char *command) {
    if (works(command))
        return;
    char *log = read_whole("tool.log");
    fail_msg("%s: %s", command, log);
}

/* ---- Python's -------------------------------------------------------------------------------------------- */

#define PYTHON "/usr/bin/python3 "

static void
test_tools_jsonschema_accepts_the_document(void **state) {
    (void)state;
    need(PYTHON "-c 'import jsonschema'", "python3-jsonschema");
    export_as("-o whole.json");
    write_script("check.py",
                 "import json, sys, jsonschema\n"
                 "schema = json.load(open(sys.argv[1]))\n"
                 "jsonschema.Draft202012Validator.check_schema(schema)\n"
                 "document = json.load(open('whole.json'))\n"
                 "jsonschema.Draft202012Validator(schema).validate(document)\n"
                 "del document['configs'][0]['cells'][0]['seed']\n"
                 "assert not jsonschema.Draft202012Validator(schema).is_valid(document)\n");
    assert_works(PYTHON "check.py '" BENCH_EXPORT_SCHEMA "'");
}

static void
test_tools_google_benchmark_compares_two_exports(void **state) {
    (void)state;
    need("test -f /usr/share/benchmark/compare.py && " PYTHON "-c 'import scipy'",
         "libbenchmark-tools with python3-scipy");
    export_as("-o one.gbench.json --config 1");
    export_as("-o two.gbench.json --config 1 --cell 1..4");
    assert_works(PYTHON "/usr/share/benchmark/compare.py --no-color -d report.json benchmarks "
                        "one.gbench.json two.gbench.json");
    json_t *report = json_load_file("report.json", 0, NULL);
    json_t *first = json_array_get(report, 0);
    assert_string_equal(json_string_value(json_object_get(first, "name")),
                        "churn/alloc.backend=pool");
    assert_int_equal(json_array_size(json_object_get(first, "measurements")), 4);
    json_decref(report);
}

static void
test_tools_prometheus_reads_the_gauges(void **state) {
    (void)state;
    need(PYTHON "-c 'import prometheus_client.openmetrics.parser'", "python3-prometheus-client");
    export_as("-o whole.om");
    write_script("check.py",
                 "from prometheus_client.openmetrics.parser import text_string_to_metric_families\n"
                 "families = {f.name: f for f in text_string_to_metric_families("
                 "open('whole.om').read())}\n"
                 "wall = families['gcsweep_wall_seconds']\n"
                 "assert wall.unit == 'seconds' and wall.type == 'gauge'\n"
                 "assert [s.value for s in wall.samples] == [0.04]\n"
                 "assert wall.samples[0].labels['alloc_backend'] == 'pool'\n"
                 "assert len(families['gcsweep_cells'].samples) == 12\n");
    assert_works(PYTHON "check.py");
}

static void
test_tools_python_reads_the_table_and_the_tests(void **state) {
    (void)state;
    need(PYTHON "-c 'import csv, xml.etree'", "python3");
    export_as("-o whole.csv");
    export_as("-o whole.xml");
    write_script("check.py",
                 "import csv, xml.etree.ElementTree as xml\n"
                 "rows = list(csv.DictReader(open('whole.csv', newline='', errors='replace')))\n"
                 "assert len(rows) == 9 and rows[2]['wall_ns'] == '30000000'\n"
                 "assert rows[7]['why'].startswith('quote \" comma, less < and & backslash')\n"
                 "suites = list(xml.parse('whole.xml').getroot())\n"
                 "assert [s.get('errors') for s in suites] == ['0', '2']\n"
                 "assert [len(s.findall('testcase')) for s in suites] == [7, 2]\n");
    assert_works(PYTHON "check.py");
}

/* ---- An independent decoder -------------------------------------------------------------------------------- */

static void
test_tools_hdr_histogram_js_reads_log_and_distribution(void **state) {
    (void)state;
    need("command -v node && command -v npm", "node with npm");
    need("timeout 60 npm install --silent --no-audit --no-fund hdr-histogram-js@3.0.1",
         "hdr-histogram-js (or the network)");
    export_as("-o whole.hlog");
    export_as("-o whole.hgrm --config 1");
    write_script(
        "check.js",
        "const hdr = require('hdr-histogram-js'), fs = require('fs'), assert = "
        "require('assert');\n"
        "const reader = new hdr.HistogramLogReader(fs.readFileSync('whole.hlog', 'utf8'), 64);\n"
        "const sum = hdr.build({highestTrackableValue: 3600000000000, bitBucketSize: 64});\n"
        "let lines = 0, one;\n"
        "while ((one = reader.nextIntervalHistogram()) !== null) {\n"
        "  lines++;\n"
        "  assert.strictEqual(one.totalCount, 100);\n"
        "  if (one.tag === 'churn;alloc.backend=pool/latency') sum.add(one);\n"
        "}\n"
        "assert.strictEqual(lines, 14);\n"
        "const own = hdr.build({highestTrackableValue: 3600000000000, bitBucketSize: 64});\n"
        "for (let block = 1; block <= 7; block++)\n"
        "  for (let i = 0; i < 100; i++) own.recordValue((1000 + i) * block);\n"
        "const rows = h => h.outputPercentileDistribution().split('#')[0];\n"
        "assert.strictEqual(rows(sum), rows(own));\n"
        "const ours = fs.readFileSync('whole.hgrm', 'utf8').split('#')[0].trim().split('\\n');\n"
        "const theirs = rows(own).trim().split('\\n');\n"
        "assert.strictEqual(ours.length, theirs.length);\n"
        "ours.slice(2).forEach((row, i) => {\n"
        "  const a = row.trim().split(/ +/).map(Number);\n"
        "  const b = theirs[i + 2].trim().split(/ +/).map(Number);\n"
        "  assert.deepStrictEqual(a.slice(1), b.slice(1));\n"
        "  assert(a[0] <= b[0] && a[0] > b[0] * 0.999);\n"
        "});\n");
    assert_works("node check.js");
}

#define UNIT(test_) cmocka_unit_test_setup_teardown(test_, set_up, tear_down)

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        UNIT(test_tools_jsonschema_accepts_the_document),
        UNIT(test_tools_google_benchmark_compares_two_exports),
        UNIT(test_tools_prometheus_reads_the_gauges),
        UNIT(test_tools_python_reads_the_table_and_the_tests),
        UNIT(test_tools_hdr_histogram_js_reads_log_and_distribution),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: export_tools_test PROGRAM\n");
        return 2;
    }
    program = realpath(argv[1], NULL);
    return program == NULL ? 2 : cmocka_run_group_tests_name("export tools", tests, NULL, NULL);
}
