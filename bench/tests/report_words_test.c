/* SPDX-License-Identifier: MIT */
#include "bench/report/words.h"

#include "bench/tests/report_fixture.h"

static char *
escape(const char *raw) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    bench_report_words_text(out, raw);
    fclose(out);
    return text;
}

static void
assert_escaped(const char *raw, const char *expected) {
    char *text = escape(raw);
    assert_string_equal(text, expected);
    free(text);
}

static void
test_text_loses_its_markup(void **state) {
    (void)state;
    assert_escaped("a<b> & \"c\"", "a&lt;b&gt; &amp; &quot;c&quot;");
    assert_escaped("µ €", "µ €");
}

static void
test_text_has_nothing_that_xml_refuses(void **state) {
    (void)state;
    assert_escaped("a\x01z", "a\xef\xbf\xbdz");
    assert_escaped("a\xc3", "a\xef\xbf\xbd");
    assert_escaped("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
    assert_escaped("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_loses_its_markup),
        cmocka_unit_test(test_text_has_nothing_that_xml_refuses),
    };
    return cmocka_run_group_tests_name("report_words", tests, make_scratch, remove_scratch);
}
