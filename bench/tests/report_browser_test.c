/* SPDX-License-Identifier: MIT
 *
 * report_browser_test.c: the page as a browser sees it. A frame as wide as a phone or a desk holds the page;
 * a script beside it measures and leaves what it found in the document, which Chromium prints. What takes real
 * keys, and axe-core, is done by data/report_browser.mjs, where npm can fetch what it needs.
 */
#include "bench/report.h"

#include "bench/tests/report_fixture.h"

#define BROWSER                                                                                    \
    "chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "                \
    "--disable-background-networking --disable-component-update --disable-sync "                   \
    "--allow-file-access-from-files --hide-scrollbars --enable-logging=stderr "                    \
    "--user-data-dir='%s' "

/* %d: width; %s: the frame's other attributes. */
static const char probe[] =
    "<!DOCTYPE html><meta charset=\"utf-8\"><body style=\"margin:0\">\n"
    "<iframe id=\"f\" src=\"run.html\" style=\"border:0;width:%dpx;height:900px\" %s></iframe>"
    "<pre id=\"o\"></pre>\n"
    "<script>\n"
    "const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255;\n"
    "  return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });\n"
    "  return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };\n"
    "const contrast = (a, b) => { const x = light(a), y = light(b);\n"
    "  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };\n"
    "onload = () => {\n"
    "  const d = f.contentDocument, style = e => f.contentWindow.getComputedStyle(e);\n"
    "  const all = (what, e = d) => [...e.querySelectorAll(what)];\n"
    "  all('details').forEach(e => e.open = true);\n"
    "  const ground = style(d.querySelector('figure')).backgroundColor;\n"
    "  const probe = d.createElement('i'); probe.style.color = 'var(--grid)'; "
    "d.body.append(probe);\n"
    "  const grid = style(probe).color;\n"
    "  const shown = all('figure svg').filter(e => e.getBoundingClientRect().width > 200);\n"
    "  const texts = shown.flatMap(s => all('text', s));\n"
    "  const pixels = t => parseFloat(style(t).fontSize) * t.ownerSVGElement.clientWidth /\n"
    "    t.ownerSVGElement.viewBox.baseVal.width;\n"
    "  const lines = shown.flatMap(s => all('path', s)).map(p => style(p).stroke)\n"
    "    .filter(c => c != 'none' && c != grid);\n"
    "  const found = [\n"
    "    'scrolls ' + (d.documentElement.scrollWidth > d.documentElement.clientWidth ? 'yes' : "
    "'no'),\n"
    "    'charts ' + shown.length, 'unseen ' + (all('figure').length - shown.length),\n"
    "    'dark ' + (light(ground) < 0.2 ? 'yes' : 'no'),\n"
    "    'faint-texts ' + texts.filter(t => contrast(style(t).fill, ground) < 4.5).length,\n"
    "    'faint-lines ' + lines.filter(c => contrast(c, ground) < 3).length,\n"
    "    'small-texts ' + texts.filter(t => pixels(t) < 10).length,\n"
    "    'buttons ' + all('th button').length, 'filters ' + all('.filter').length,\n"
    "  ];\n"
    "  const input = d.getElementById('filter'), button = all('.configs th button')[1];\n"
    "  const rows = () => all('.configs tbody tr').filter(r => !r.hidden);\n"
    "  const names = () => rows().map(r => r.cells[0].textContent.replace(/\\D/g, '')).join();\n"
    "  if (input) {\n"
    "    const sort = () => { button.click();\n"
    "      found.push('sorted ' + button.parentNode.ariaSort + ' ' + names()); };\n"
    "    sort(); sort(); sort();\n"
    "    input.value = 'ARENA=512 churn'; input.dispatchEvent(new Event('input'));\n"
    "    found.push('filtered ' + names(), d.querySelector('[role=status]').textContent);\n"
    "  }\n"
    "  console.log('probe was here');\n"
    "  o.textContent = found.join(';') + ';';\n"
    "};\n"
    "</script>\n";

static char *
run_browser(const char *arguments, const char *out) {
    char command[4096];
    snprintf(command, sizeof(command), BROWSER "%s 2>'%s' >'%s'", scratch_path("browser"),
             arguments, scratch_path("log"), scratch_path(out));
    int status = system(command);
    snprintf(command, sizeof(command), "rm -rf '%s'", scratch_path("browser"));
    assert_int_equal(system(command), 0);
    assert_int_equal(status, 0);
    return read_whole(scratch_path(out));
}

/* What the script found, to be freed. `scheme` is 0 for dark, 1 for light. The console has the script's own
 * line and nothing else, but for the browser's about a script that may not run. */
static char *
look(int width, int scheme, const char *frame) {
    char arguments[1024];
    FILE *out = fopen(scratch_path("probe.html"), "w");
    assert_non_null(out);
    fprintf(out, probe, width, frame);
    fclose(out);
    snprintf(arguments, sizeof(arguments),
             "--window-size=1300,1000 --virtual-time-budget=1000 "
             "--blink-settings=preferredColorScheme=%d --dump-dom "
             "'file://%s'",
             scheme, scratch_path("probe.html"));
    char *dom = run_browser(arguments, "dom"), *log = read_whole(scratch_path("log"));
    assert_contains(log, "probe was here");
    assert_int_equal(count_of(log, "CONSOLE"), *frame ? 2 : 1);
    free(log);
    return dom;
}

static void
assert_sound(int width, int scheme) {
    char *dom = look(width, scheme, "");
    assert_contains(dom, "scrolls no;");
    assert_contains(dom, "unseen 0;");
    assert_lacks(dom, "charts 0;");
    assert_contains(dom, scheme ? "dark no;" : "dark yes;");
    assert_contains(dom, "faint-texts 0;");
    assert_contains(dom, "faint-lines 0;");
    assert_contains(dom, "small-texts 0;");
    free(dom);
}

static void
make_page(const struct fixture *fixture) {
    char why[256] = "";
    if (!has_gnuplot() || system("command -v chromium >/dev/null 2>&1") != 0)
        skip();
    make_run(fixture, scratch_path("run.db"));
    if (bench_report_write(scratch_path("run.db"), scratch_path("run.html"), why, sizeof(why)))
        fail_msg("the report should be written: %s", why);
}

static void
test_page_is_legible_on_a_phone_and_a_desk_light_and_dark(void **state) {
    (void)state;
    make_page(&(struct fixture){
        .configs = 12, .blocks = 3, .latencies = 20000, .grows = true, .collects = true});
    assert_sound(390, 0);
    assert_sound(1200, 1);
}

static void
test_page_of_two_runs_fits_a_phone(void **state) {
    char why[256] = "";
    (void)state;
    make_page(&(struct fixture){.configs = 2, .blocks = 3, .latencies = 2000});
    make_run(&(struct fixture){.configs = 3, .blocks = 3, .latencies = 2000},
             scratch_path("two.db"));
    const char *const runs[] = {scratch_path("run.db"), scratch_path("two.db")};
    assert_int_equal(
        bench_report_write_several(runs, 2, scratch_path("run.html"), why, sizeof(why)), 0);
    assert_sound(390, 1);
}

static void
test_page_with_long_names_fits_a_phone(void **state) {
    (void)state;
    make_page(&(struct fixture){
        .configs = 3,
        .blocks = 1,
        .latencies = 10,
        .last_fails = true,
        .run_name =
            "a-name-of-a-run-that-goes-on-and-on-without-any-place-to-break-it-in-two-or-three",
        .labels = {
            "alloc.backend=pool alloc.arena=1MiB alloc.pool=16KiB alloc.thp=never alloc.small=512",
            "alloc.backend=a-value-that-has-no-end-of-its-own-and-no-blank-either-in-all-its-"
            "length"}});
    assert_sound(390, 1);
}

/* Wall times fall from the first configuration to the last. */
static void
test_tables_sort_and_filter(void **state) {
    (void)state;
    make_page(&(struct fixture){.configs = 3, .blocks = 1, .latencies = 100});
    char *dom = look(1200, 1, "");
    assert_contains(dom, "buttons 10;filters 1;");
    assert_contains(dom, "sorted ascending 1024,512,256;sorted descending 256,512,1024;"
                         "sorted null 256,512,1024;");
    assert_contains(dom, "filtered 512;1 of 3 configurations;");
    free(dom);
}

static void
test_page_without_scripts_lacks_nothing_and_offers_nothing(void **state) {
    (void)state;
    make_page(&(struct fixture){.configs = 3, .blocks = 1, .latencies = 100});
    char *dom = look(390, 1, "sandbox=\"allow-same-origin\"");
    assert_contains(dom, "charts 3;");
    assert_contains(dom, "scrolls no;");
    assert_contains(dom, "buttons 0;filters 0;");
    free(dom);
}

/* The greatest count of a tree of pages is that of the whole. */
static long
count_pages(const char *path) {
    FILE *file = fopen(path, "rb");
    static char bytes[4 << 20];
    long most = 0;
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof(bytes) - 1, file);
    fclose(file);
    for (char *at = bytes; (at = memmem(at, length - (size_t)(at - bytes), "/Count ", 7));) {
        at += 7;
        long count = strtol(at, NULL, 10);
        most = count > most ? count : most;
    }
    return most;
}

/* Where the PDF can be read, it is looked into. */
static void
test_page_prints_with_its_answer(void **state) {
    char arguments[1200], command[4096];
    (void)state;
    make_page(&(struct fixture){.configs = 3, .blocks = 5, .latencies = 20000});
    snprintf(arguments, sizeof(arguments), "--print-to-pdf='%s' 'file://%s'",
             scratch_path("run.pdf"), scratch_path("run.html"));
    snprintf(command, sizeof(command), BROWSER "%s 2>'%s'", scratch_path("browser"), arguments,
             scratch_path("log"));
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof(command), "rm -rf '%s'", scratch_path("browser"));
    assert_int_equal(system(command), 0);
    char *pdf = read_whole(scratch_path("run.pdf"));
    assert_memory_equal(pdf, "%PDF", 4);
    free(pdf);
    assert_true(count_pages(scratch_path("run.pdf")) <= 3);
    if (system("command -v pdftotext >/dev/null 2>&1") != 0)
        return;
    snprintf(command, sizeof(command), "pdftotext '%s' '%s'", scratch_path("run.pdf"),
             scratch_path("run.txt"));
    assert_int_equal(system(command), 0);
    char *text = read_whole(scratch_path("run.txt"));
    assert_contains(text, "Use alloc.arena=1024KiB");
    assert_contains(text, "What it risks");
    assert_contains(text, "Latency by percentile");
    free(text);
}

static void
test_page_satisfies_axe_and_a_keyboard(void **state) {
    char command[4096];
    (void)state;
    make_page(&(struct fixture){
        .configs = 3, .blocks = 2, .latencies = 2000, .collects = true, .last_fails = true});
    snprintf(command, sizeof(command),
             "mkdir -p '%s' && cd '%s' && command -v node >/dev/null && timeout 90 npm install "
             "--silent --no-audit --no-fund --no-save playwright-core@1.40.1 axe-core@4.8.2 "
             ">/dev/null 2>&1",
             scratch_path("npm"), scratch_path("npm"));
    bool is_there = system(command) == 0;
    if (is_there) {
        snprintf(command, sizeof(command),
                 "cd '%s' && timeout 120 node '%s/report_browser.mjs' \"$(command -v chromium)\" "
                 "'%s' >'%s' 2>&1",
                 scratch_path("npm"), BENCH_TESTS_DATA, scratch_path("run.html"),
                 scratch_path("found"));
        if (system(command) != 0)
            print_message("# the browser's script ended badly\n");
    }
    snprintf(command, sizeof(command), "rm -rf '%s'", scratch_path("npm"));
    assert_int_equal(system(command), 0);
    if (!is_there) {
        print_message("# npm cannot fetch axe-core and playwright-core here\n");
        skip();
    }
    char *found = read_whole(scratch_path("found"));
    if (strcmp(found, "done\n") != 0)
        fail_msg("%s", found);
    free(found);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_is_legible_on_a_phone_and_a_desk_light_and_dark),
        cmocka_unit_test(test_page_of_two_runs_fits_a_phone),
        cmocka_unit_test(test_page_with_long_names_fits_a_phone),
        cmocka_unit_test(test_tables_sort_and_filter),
        cmocka_unit_test(test_page_without_scripts_lacks_nothing_and_offers_nothing),
        cmocka_unit_test(test_page_prints_with_its_answer),
        cmocka_unit_test(test_page_satisfies_axe_and_a_keyboard),
    };
    return cmocka_run_group_tests_name("report_browser", tests, make_scratch, remove_scratch);
}
