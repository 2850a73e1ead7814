/* SPDX-License-Identifier: MIT
 *
 * Libraries are looked for in a directory that the test makes; a file with the first bytes of a shared
 * library passes for one.
 */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/preload.h"

static char directory[] = "/tmp/preload-test-XXXXXX";
static char *directories[] = {(char *)"/nowhere", directory, NULL};

static int
make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static int
remove_directory(void **state) {
    (void)state;
    return rmdir(directory);
}

static const char *
path_in(const char *file) {
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", directory, file);
    return path;
}

static void
make_library(const char *path) {
    unsigned char start[EI_NIDENT + 2] = ELFMAG;
    uint16_t type = ET_DYN;
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    start[EI_CLASS] = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    memcpy(start + EI_NIDENT, &type, sizeof type);
    assert_int_equal(fwrite(start, 1, sizeof start, file), sizeof start);
    fclose(file);
}

static void
test_preload_finds_a_library_by_its_allocators_name(void **state) {
    struct bench_preload preload;
    char why[256];

    (void)state;
    make_library(path_in("libjemalloc.so.2"));
    assert_int_equal(bench_preload_find("jemalloc", directories, &preload, why, sizeof why), 0);
    assert_string_equal(preload.label, "jemalloc");
    assert_string_equal(preload.path, path_in("libjemalloc.so.2"));
    unlink(path_in("libjemalloc.so.2"));
}

static void
test_preload_prefers_the_first_of_a_librarys_names(void **state) {
    struct bench_preload preload;
    char why[256];

    (void)state;
    make_library(path_in("libmimalloc.so"));
    make_library(path_in("libmimalloc.so.2.0"));
    assert_int_equal(bench_preload_find("mimalloc", directories, &preload, why, sizeof why), 0);
    assert_string_equal(preload.path, path_in("libmimalloc.so.2.0"));
    unlink(path_in("libmimalloc.so"));
    unlink(path_in("libmimalloc.so.2.0"));
}

static void
test_preload_names_the_package_of_a_missing_library(void **state) {
    static const char *const packages[][2] = {{"jemalloc", "apt-get install libjemalloc2"},
                                              {"mimalloc", "apt-get install libmimalloc2.0"},
                                              {"tcmalloc", "apt-get install libtcmalloc-minimal4"}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct bench_preload preload;
        char why[256] = "";
        assert_int_equal(bench_preload_find(packages[i][0], directories, &preload, why, sizeof why),
                         -ENOENT);
        assert_non_null(strstr(why, packages[i][1]));
    }
}

static void
test_preload_suggests_the_nearest_name(void **state) {
    struct bench_preload preload;
    char why[256] = "";

    (void)state;
    assert_int_equal(bench_preload_find("mimaloc", directories, &preload, why, sizeof why),
                     -EINVAL);
    assert_non_null(strstr(why, "did you mean mimalloc?"));
}

static void
test_preload_takes_a_path_and_labels_it_by_its_last_part(void **state) {
    struct bench_preload preload;
    char why[256];

    (void)state;
    make_library(path_in("libmine.so.1"));
    assert_int_equal(
        bench_preload_find(path_in("libmine.so.1"), directories, &preload, why, sizeof why), 0);
    assert_string_equal(preload.label, "libmine.so.1");
    unlink(path_in("libmine.so.1"));
}

static void
test_preload_refuses_what_cannot_be_loaded(void **state) {
    struct bench_preload preload;
    char why[256] = "";
    FILE *text = fopen(path_in("libtext.so"), "w");

    (void)state;
    assert_non_null(text);
    fputs("/* GNU ld script, and long enough to have a header */\n", text);
    fclose(text);
    assert_int_equal(
        bench_preload_find(path_in("libtext.so"), directories, &preload, why, sizeof why),
        -ENOEXEC);
    assert_non_null(strstr(why, "not a shared library"));
    assert_int_equal(bench_preload_find("/nowhere/lib.so", directories, &preload, why, sizeof why),
                     -ENOENT);
    assert_non_null(strstr(why, "/nowhere/lib.so"));
    assert_int_equal(bench_preload_find(directory, directories, &preload, why, sizeof why),
                     -ENOEXEC);
    make_library(path_in("a b.so"));
    assert_int_equal(bench_preload_find(path_in("a b.so"), directories, &preload, why, sizeof why),
                     -ENOEXEC);
    unlink(path_in("a b.so"));
    unlink(path_in("libtext.so"));
}

static void
test_preload_looks_where_the_linker_does(void **state) {
    char **found;
    size_t count = 0, listed = 0;

    (void)state;
    setenv("LD_LIBRARY_PATH", "/one:/two", 1);
    found = bench_preload_directories();
    unsetenv("LD_LIBRARY_PATH");
    assert_non_null(found);
    assert_string_equal(found[0], "/one");
    assert_string_equal(found[1], "/two");
    for (; found[count] != NULL; count++)
        listed += strcmp(found[count], "/usr/lib") == 0;
    assert_int_equal(listed, 1);
    free(found);
}

static const char *
variable_in(char *const *environment, const char *name) {
    size_t length = strlen(name);
    const char *found = NULL;

    for (; *environment != NULL; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
            assert_null(found);
            found = *environment + length + 1;
        }
    return found;
}

static void
test_preload_environment_puts_the_library_first_and_keeps_the_rest(void **state) {
    char **environment;

    (void)state;
    setenv("PRELOAD_TEST", "kept", 1);
    setenv("LD_PRELOAD", "/lib/before.so", 1);
    environment = bench_preload_environment(NULL, "/lib/mine.so");
    assert_string_equal(variable_in(environment, "LD_PRELOAD"), "/lib/mine.so:/lib/before.so");
    assert_string_equal(variable_in(environment, "PRELOAD_TEST"), "kept");
    free(environment);
    environment = bench_preload_environment(NULL, NULL);
    assert_string_equal(variable_in(environment, "LD_PRELOAD"), "/lib/before.so");
    free(environment);
    unsetenv("LD_PRELOAD");
    environment = bench_preload_environment(NULL, "/lib/mine.so");
    assert_string_equal(variable_in(environment, "LD_PRELOAD"), "/lib/mine.so");
    free(environment);
}

int
main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_preload_finds_a_library_by_its_allocators_name),
        cmocka_unit_test(test_preload_prefers_the_first_of_a_librarys_names),
        cmocka_unit_test(test_preload_names_the_package_of_a_missing_library),
        cmocka_unit_test(test_preload_suggests_the_nearest_name),
        cmocka_unit_test(test_preload_takes_a_path_and_labels_it_by_its_last_part),
        cmocka_unit_test(test_preload_refuses_what_cannot_be_loaded),
        cmocka_unit_test(test_preload_looks_where_the_linker_does),
        cmocka_unit_test(test_preload_environment_puts_the_library_first_and_keeps_the_rest),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
