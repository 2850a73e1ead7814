/* SPDX-License-Identifier: MIT
 *
 * find.c: see find.h.
 */
#include "bench/find.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/say.h"

static bool
ends_in(const char *name, const char *end) {
    size_t length = strlen(name), end_length = strlen(end);
    return length > end_length && strcmp(name + length - end_length, end) == 0;
}

/* The run under results/ that `run` was meant to be; empty when there is none. */
static void
guess_run(const char *run, char *ret_name, size_t bytes) {
    struct dirent **entries = NULL;
    int count = scandir("results", &entries, NULL, alphasort);
    *ret_name = '\0';
    if (count < 0)
        return;
    const char **names = calloc((size_t)count + 1, sizeof(*names));
    size_t used = 0;
    for (int i = 0; i < count && names; i++)
        if (ends_in(entries[i]->d_name, ".db")) {
            entries[i]->d_name[strlen(entries[i]->d_name) - 3] = '\0';
            names[used++] = entries[i]->d_name;
        }
    const char *nearest = names ? bench_say_guess(run, names) : NULL;
    if (nearest)
        snprintf(ret_name, bytes, "%s", nearest);
    free(names);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
}

int
bench_find_run(const char *run, char *ret_path, size_t path_bytes, char *why, size_t why_bytes) {
    static const char *const forms[][2] = {
        {"results/", ""}, {"results/", ".db"}, {"", ""}, {"", ".db"}};
    struct stat status;
    char path[4096], nearest[256], hint[300];
    for (size_t i = strchr(run, '/') ? 2 : 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s%s%s", forms[i][0], run, forms[i][1]);
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
            snprintf(ret_path, path_bytes, "%s", path);
            return 0;
        }
    }
    guess_run(run, nearest, sizeof(nearest));
    bench_say_nearest(*nearest ? nearest : NULL, hint, sizeof(hint));
    snprintf(why, why_bytes, "%s: there is no such run, here or under results/%s", run, hint);
    return -ENOENT;
}
