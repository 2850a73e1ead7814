/* SPDX-License-Identifier: MIT
 *
 * csv_python_test.c: random files are read as /usr/bin/python3 reads them. Called with the path of csv_corpus.py.
 * Versions before 3.11 refuse a zero in a file; then there is none in it.
 */
#include <stdio.h>
#include <unistd.h>

#include "workloads/rng.h"
#include "workloads/tests/csv_expected.h"

enum {
    ROUNDS = 20,
    FILES = 200, /* of a round */
    FILE_MOST = 300,
    PATH_BYTES = 4096
};

static const char *script;

/* Mostly what means something. */
static void
write_file(struct wl_rng *rng, const char *path) {
    static const char *const parts[] = {"\"",
                                        "\"",
                                        "\"\"",
                                        ",",
                                        ",",
                                        "\n",
                                        "\r\n",
                                        "\r",
                                        "a",
                                        "b ",
                                        "\xc3\xa4",
                                        "\xe9\xa1\x9e",
                                        "\xf0\x9f\x98\x80",
                                        "12.5",
                                        "12345678",
                                        "'",
                                        "\\",
                                        ";",
                                        "\xff",
                                        "\xef\xbb\xbf",
                                        "\x0b",
                                        "\x1c",
                                        "\xc2\x85",
                                        "\xe2\x80\xa8"};
    const uint32_t count = sizeof parts / sizeof parts[0];
    uint32_t length = wl_rng_below(rng, FILE_MOST), most = 9 + wl_rng_below(rng, count - 8);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    for (uint32_t i = 0; i < length; i++)
        assert_true(fputs(parts[wl_rng_below(rng, most)], file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
compare_round(struct wl_rng *rng, const char *directory) {
    char *command = malloc(FILES * 32 + 2 * PATH_BYTES);
    json_error_t error;

    assert_non_null(command);
    size_t length = (size_t)sprintf(command, "cd '%s' && /usr/bin/python3 '%s'", directory, script);
    for (int i = 0; i < FILES; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%d", directory, i);
        write_file(rng, path);
        length += (size_t)sprintf(command + length, " %d", i);
    }
    FILE *output = popen(command, "r");
    assert_non_null(output);
    json_t *corpus = json_loadf(output, JSON_ALLOW_NUL, &error);
    assert_int_equal(pclose(output), 0);
    if (corpus == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(json_array_size(json_object_get(corpus, "files")), FILES);
    compare_files(corpus);
    json_decref(corpus);
    free(command);
}

static void
test_csv_read_takes_random_files_as_python_does(void **state) {
    char directory[] = "csv-python-XXXXXX", command[64];
    struct wl_rng rng;

    (void)state;
    if (access("/usr/bin/python3", X_OK) != 0) {
        print_message("# skipped: there is no /usr/bin/python3\n");
        skip();
    }
    assert_non_null(mkdtemp(directory));
    wl_rng_init(&rng, 1);
    for (int i = 0; i < ROUNDS; i++)
        compare_round(&rng, directory);
    snprintf(command, sizeof command, "rm -r '%s'", directory);
    assert_int_equal(system(command), 0);
}

int
main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_read_takes_random_files_as_python_does),
    };
    script = argc == 2 ? realpath(argv[1], NULL) : NULL;
    if (script == NULL) {
        fprintf(stderr, "usage: csv_python_test CSV_CORPUS.PY\n");
        return 2;
    }
    return cmocka_run_group_tests_name("workloads/csv_python", tests, NULL, NULL);
}
