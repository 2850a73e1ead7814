/* SPDX-License-Identifier: MIT
 *
 * preload.h: finding another malloc by name, and the environment that starts a process with it.
 */
#ifndef BENCH_PRELOAD_H
#define BENCH_PRELOAD_H

#include <stddef.h>

struct bench_preload_library {
    const char *name;         /* "jemalloc" */
    const char *package;      /* Debian's, that has it */
    const char *const *files; /* names of the library, the preferred one first; NULL-terminated */
};

/* The mallocs that are known by name, ended by one without a name. */
const struct bench_preload_library *bench_preload_libraries(void);

enum {
    BENCH_PRELOAD_PATH_BYTES = 4096,
    BENCH_PRELOAD_LABEL_BYTES = 64
};

struct bench_preload {
    char label[BENCH_PRELOAD_LABEL_BYTES]; /* the name, or the path's last part */
    char path[BENCH_PRELOAD_PATH_BYTES];
};

/* Where the dynamic linker's libraries are: LD_LIBRARY_PATH, the directory of this process's own C
 * library, and the usual ones. A NULL-terminated vector to be freed in one; NULL: out of memory. */
char **bench_preload_directories(void);

/* `what` is a known name or a path (anything with a slash). 0; -EINVAL: no such name; -ENOENT: not there;
 * -ENOEXEC: there, but not a shared library. After a failure `why` has one line about it. */
int bench_preload_find(const char *what, char *const *directories,
                       struct bench_preload *ret_preload, char *why, size_t why_bytes);

/* The environment `from`, NULL for this process's, with the library preloaded before any that already is; NULL for
 * `path` changes nothing. To be freed in one, its strings being those of `from`; NULL: out of memory. */
char **bench_preload_environment(char *const *from, const char *path);

#endif
