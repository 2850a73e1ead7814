/* SPDX-License-Identifier: MIT
 *
 * report_browser_test.c: the page as a browser sees it. A frame as wide as a phone or a desk holds the page;
 * a script beside it measures and leaves what it found in the document, which Chromium prints.
 */
#include "bench/report.h"

#include "bench/tests/report_fixture.h"

static const char probe[] =
    "<!DOCTYPE html><meta charset=\"utf-8\"><body style=\"margin:0\">\n"
    "<iframe id=\"f\" src=\"run.html\" style=\"border:0;width:%dpx;height:900px\"></iframe><pre "
    "id=\"o\"></pre>\n"
    "<script>\n"
    "const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255;\n"
    "  return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });\n"
    "  return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };\n"
    "const contrast = (a, b) => { const x = light(a), y = light(b);\n"
    "  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };\n"
    "onload = () => {\n"
    "  const d = f.contentDocument, style = e => f.contentWindow.getComputedStyle(e);\n"
    "  d.querySelectorAll('details').forEach(e => e.open = true);\n"
    "  const ground = style(d.querySelector('figure')).backgroundColor;\n"
    "  const probe = d.createElement('i'); probe.style.color = 'var(--grid)'; "
    "d.body.append(probe);\n"
    "  const grid = style(probe).color;\n"
    "  const shown = [...d.querySelectorAll('figure svg')].filter(e => "
    "e.getBoundingClientRect().width);\n"
    "  const texts = shown.flatMap(s => [...s.querySelectorAll('text')]);\n"
    "  const lines = shown.flatMap(s => [...s.querySelectorAll('path')].filter(p => "
    "!p.closest('defs')))\n"
    "    .map(p => style(p).stroke).filter(c => c != 'none' && c != grid);\n"
    "  o.textContent = [\n"
    "    'scrolls ' + (d.documentElement.scrollWidth > d.documentElement.clientWidth ? 'yes' : "
    "'no'),\n"
    "    'charts ' + shown.length,\n"
    "    'dark ' + (light(ground) < 0.2 ? 'yes' : 'no'),\n"
    "    'faint-texts ' + texts.filter(t => contrast(style(t).fill, ground) < 4.5).length,\n"
    "    'faint-lines ' + lines.filter(c => contrast(c, ground) < 3).length,\n"
    "    'small-texts ' + texts.filter(t => t.getBoundingClientRect().height < 10).length,\n"
    "  ].join(';') + ';';\n"
    "};\n"
    "</script>\n";

/* What the script found, to be freed. `scheme` is 0 for dark, 1 for light. */
static char *
look(int width, int scheme) {
    char command[2048];
    FILE *out = fopen(scratch_path("probe.html"), "w");
    assert_non_null(out);
    fprintf(out, probe, width);
    fclose(out);
    snprintf(command, sizeof(command),
             "chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
             "--disable-background-networking --disable-component-update --disable-sync "
             "--allow-file-access-from-files --user-data-dir='%s' --window-size=1300,1000 "
             "--blink-settings=preferredColorScheme=%d --dump-dom 'file://%s' 2>'%s' >'%s'",
             scratch_path("browser"), scheme, scratch_path("probe.html"), scratch_path("log"),
             scratch_path("dom"));
    int status = system(command);
    snprintf(command, sizeof(command), "rm -rf '%s'", scratch_path("browser"));
    assert_int_equal(system(command), 0);
    assert_int_equal(status, 0);
    return read_whole(scratch_path("dom"));
}

static void
assert_sound(int width, int scheme) {
    char *dom = look(width, scheme);
    assert_contains(dom, "scrolls no;");
    assert_contains(dom, "charts 3;");
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
    make_page(&(struct fixture){.configs = 12, .blocks = 3, .latencies = 20000});
    for (int scheme = 0; scheme <= 1; scheme++) {
        assert_sound(390, scheme);
        assert_sound(1200, scheme);
    }
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

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_is_legible_on_a_phone_and_a_desk_light_and_dark),
        cmocka_unit_test(test_page_with_long_names_fits_a_phone),
    };
    return cmocka_run_group_tests_name("report_browser", tests, make_scratch, remove_scratch);
}
