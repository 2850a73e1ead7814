/* SPDX-License-Identifier: MIT
 *
 * fuzz_main.c: drives a fuzz target where libFuzzer does not: as a quick test, and with compilers
 * that have no fuzzer. It knows of libFuzzer's arguments those that ./x fuzz gives and ignores the
 * rest: files and directories are inputs, -max_total_time=N goes on drawing inputs for N seconds.
 *
 * An input is drawn from its own number and the run's seed, so it does not depend on the ones before.
 * Half of them are bytes, half are letters, digits and punctuation that get further into a parser.
 * A target that is not content aborts; the last line printed says near which input that was.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/tests/seed.h"

enum {
    INPUT_BYTES_MAX = 4096,
    ROUND_INPUTS = 500
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile sig_atomic_t is_time_over;

static void
end_time(int number) {
    (void)number;
    is_time_over = 1;
}

/* Short inputs are the more likely ones: each doubling of the size is as likely as the one before. */
static size_t
draw_input(uint64_t seed, uint64_t index, uint8_t *ret_data) {
    static const char letters[] = "abcdefgimnorstuy0123456789=.,:-+_ \n\"KMGB";
    struct test_random random;
    size_t size;

    test_random_init(&random, seed ^ (index * UINT64_C(0xd1342543de82ef95)));
    size = test_random_below(&random, (uint64_t)1 << test_random_below(&random, 13));
    for (size_t i = 0; i < size; i++)
        ret_data[i] = index % 2 == 0
                          ? (uint8_t)test_random_next(&random)
                          : (uint8_t)letters[test_random_below(&random, sizeof letters - 1)];
    return size;
}

/* A copy of the exact size, so that a tool sees a read past the end. */
static void
try_input(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    (void)LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int
try_file(const char *path) {
    static uint8_t data[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL) {
        perror(path);
        return 1;
    }
    size = fread(data, 1, sizeof data, file);
    fclose(file);
    try_input(data, size);
    return 0;
}

static int
try_path(const char *path) {
    struct stat status;
    struct dirent *entry;
    DIR *directory;
    char name[4096];
    int failed = 0;

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return try_file(path);
    directory = opendir(path);
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        failed |= try_file(name);
    }
    if (directory != NULL)
        closedir(directory);
    return failed;
}

int
main(int argc, char **argv) {
    static uint8_t data[INPUT_BYTES_MAX];
    unsigned seconds = 0;
    uint64_t seed = test_seed(), inputs = 0;
    int failed = 0;

    printf("1..1\n");
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-max_total_time=", 16) == 0)
            seconds = (unsigned)strtoul(argv[i] + 16, NULL, 10);
        else if (argv[i][0] != '-')
            failed |= try_path(argv[i]);
    }
    signal(SIGALRM, end_time);
    alarm(seconds);
    do {
        if (seconds == 0 || inputs % (100 * ROUND_INPUTS) == 0)
            printf("# inputs from %llu\n", (unsigned long long)inputs);
        fflush(stdout);
        for (int i = 0; i < ROUND_INPUTS; i++, inputs++)
            try_input(data, draw_input(seed, inputs, data));
    } while (seconds == 0 ? inputs < 4 * ROUND_INPUTS : !is_time_over);
    printf("%s 1 - survives %llu inputs\n", failed ? "not ok" : "ok", (unsigned long long)inputs);
    return failed;
}
