/* SPDX-License-Identifier: MIT
 *
 * preload.c: finding another malloc. See preload.h.
 *
 * The library is looked up and checked before a process is started with it, because the dynamic linker
 * only warns about one that it cannot load and goes on with the system's malloc: the figures would bear
 * the wrong name.
 */
#include "bench/preload.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/say.h"

extern char **environ;

const struct bench_preload_library *
bench_preload_libraries(void) {
    static const char *const jemalloc[] = {"libjemalloc.so.2", "libjemalloc.so", NULL};
    static const char *const mimalloc[] = {"libmimalloc.so.2.0", "libmimalloc.so.2",
                                           "libmimalloc.so", NULL};
    static const char *const tcmalloc[] = {"libtcmalloc_minimal.so.4", "libtcmalloc.so.4",
                                           "libtcmalloc_minimal.so", NULL};
    static const struct bench_preload_library libraries[] = {
        {"jemalloc", "libjemalloc2", jemalloc},
        {"mimalloc", "libmimalloc2.0", mimalloc},
        {"tcmalloc", "libtcmalloc-minimal4", tcmalloc},
        {0},
    };

    return libraries;
}

static int __attribute__((format(printf, 4, 5)))
explain(int error, char *why, size_t why_bytes, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(why, why_bytes, format, arguments);
    va_end(arguments);
    return error;
}

/* ---- Directories -------------------------------------------------------------------------------- */

/* The directory of the C library that this process runs with, where its siblings are as well. */
static void
find_own_directory(char *ret_path, size_t bytes) {
    Dl_info library = {0};
    const char *slash = NULL;

    if (dladdr(dlsym(RTLD_DEFAULT, "getauxval"), &library) != 0 && library.dli_fname != NULL)
        slash = strrchr(library.dli_fname, '/');
    snprintf(ret_path, bytes, "%.*s", slash == NULL ? 0 : (int)(slash - library.dli_fname),
             slash == NULL ? "" : library.dli_fname);
}

char **
bench_preload_directories(void) {
    static const char *const usual[] = {"/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib"};
    const char *listed = getenv("LD_LIBRARY_PATH");
    char own[BENCH_PRELOAD_PATH_BYTES], *text, *word, *rest = NULL;
    size_t text_bytes, count = 0, limit = 2;
    char **directories;

    find_own_directory(own, sizeof own);
    text_bytes = (listed == NULL ? 0 : strlen(listed)) + strlen(own) + 64;
    for (const char *at = listed; at != NULL && *at != '\0'; at++)
        limit += *at == ':';
    limit += 1 + sizeof usual / sizeof usual[0];
    directories = malloc(limit * sizeof *directories + text_bytes);
    if (directories == NULL)
        return NULL;
    text = (char *)(directories + limit);
    snprintf(text, text_bytes, "%s:%s:%s:%s:%s:%s", listed == NULL ? "" : listed, own, usual[0],
             usual[1], usual[2], usual[3]);
    for (word = strtok_r(text, ":", &rest); word != NULL; word = strtok_r(NULL, ":", &rest))
        directories[count++] = word;
    directories[count] = NULL;
    return directories;
}

/* ---- Finding ------------------------------------------------------------------------------------ */

/* Whether the file is a shared library of this machine's word size. */
static int
check_library(const char *path) {
    unsigned char start[EI_NIDENT + sizeof(uint16_t)];
    uint16_t type;
    ssize_t length;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    length = read(fd, start, sizeof start);
    close(fd);
    if (length != (ssize_t)sizeof start || memcmp(start, ELFMAG, SELFMAG) != 0 ||
        start[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32))
        return -ENOEXEC;
    memcpy(&type, start + EI_NIDENT, sizeof type);
    return type == ET_DYN ? 0 : -ENOEXEC;
}

static int
find_path(const char *path, struct bench_preload *ret_preload, char *why, size_t why_bytes) {
    const char *last = strrchr(path, '/') + 1;
    int error = check_library(path);

    /* The dynamic linker splits its list at colons and spaces, and knows no way to quote them. */
    if (strlen(path) >= sizeof ret_preload->path || strpbrk(path, ": ") != NULL)
        return explain(-ENOEXEC, why, why_bytes,
                       "a path with a colon or a space cannot be preloaded: %s", path);
    if (error == -ENOEXEC || error == -EISDIR)
        return explain(-ENOEXEC, why, why_bytes, "%s is not a shared library", path);
    if (error < 0)
        return explain(-ENOENT, why, why_bytes, "cannot preload %s: %s", path, strerror(-error));
    snprintf(ret_preload->label, sizeof ret_preload->label, "%.*s",
             (int)(sizeof ret_preload->label - 1), last);
    snprintf(ret_preload->path, sizeof ret_preload->path, "%s", path);
    return 0;
}

static int
find_library(const struct bench_preload_library *library, char *const *directories,
             struct bench_preload *ret_preload, char *why, size_t why_bytes) {
    char path[BENCH_PRELOAD_PATH_BYTES];

    for (const char *const *file = library->files; *file != NULL; file++)
        for (char *const *directory = directories; *directory != NULL; directory++) {
            int length = snprintf(path, sizeof path, "%s/%s", *directory, *file);
            if (length >= (int)sizeof path || find_path(path, ret_preload, why, why_bytes) < 0)
                continue;
            snprintf(ret_preload->label, sizeof ret_preload->label, "%s", library->name);
            return 0;
        }
    return explain(-ENOENT, why, why_bytes,
                   "%s is not installed: %s not found (apt-get install %s)", library->name,
                   library->files[0], library->package);
}

int
bench_preload_find(const char *what, char *const *directories, struct bench_preload *ret_preload,
                   char *why, size_t why_bytes) {
    const char *names[8];
    char hint[96];
    size_t count = 0;

    if (strchr(what, '/') != NULL)
        return find_path(what, ret_preload, why, why_bytes);
    for (const struct bench_preload_library *library = bench_preload_libraries();
         library->name != NULL; library++) {
        if (strcmp(library->name, what) == 0)
            return find_library(library, directories, ret_preload, why, why_bytes);
        names[count++] = library->name;
    }
    names[count] = NULL;
    return explain(-EINVAL, why, why_bytes,
                   "no allocator is called '%s'%s (jemalloc, mimalloc, tcmalloc, all, or a path)",
                   what, bench_say_nearest(bench_say_guess(what, names), hint, sizeof hint));
}

/* ---- Environment -------------------------------------------------------------------------------- */

char **
bench_preload_environment(char *const *from, const char *path) {
    static const char name[] = "LD_PRELOAD=";
    const char *before = NULL;
    size_t count = 0, kept = 0, text_bytes;
    char **variables, *text;

    if (from == NULL)
        from = environ;
    for (; from[count] != NULL; count++)
        if (strncmp(from[count], name, sizeof name - 1) == 0)
            before = from[count] + sizeof name - 1;
    text_bytes =
        sizeof name + (path == NULL ? 0 : strlen(path)) + 1 + (before == NULL ? 0 : strlen(before));
    variables = malloc((count + 2) * sizeof *variables + text_bytes);
    if (variables == NULL)
        return NULL;
    text = (char *)(variables + count + 2);
    for (size_t i = 0; i < count; i++)
        if (path == NULL || strncmp(from[i], name, sizeof name - 1) != 0)
            variables[kept++] = from[i];
    if (path != NULL) {
        snprintf(text, text_bytes, "%s%s%s%s", name, path, before == NULL ? "" : ":",
                 before == NULL ? "" : before);
        variables[kept++] = text;
    }
    variables[kept] = NULL;
    return variables;
}
