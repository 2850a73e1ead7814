/* SPDX-License-Identifier: MIT
 *
 * run_file.c: names of runs, and new ones. See run_file.h.
 *
 * A new run is written under a name that nobody looks for, and folded, so that it is one file; a hard
 * link, which fails where there is a file already, then gives it its name in one step. Whoever is killed
 * before that, or has no room left, has left nothing that could be taken for a run.
 */
#include "bench/run_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/env.h"
#include "bench/measure.h"

enum {
    NUMBER_MAX = 100000
};

static bool
ends_in_db(const char *name) {
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".db") == 0;
}

void
bench_run_file_path(const char *run, char ret_path[BENCH_RUN_FILE_PATH_BYTES]) {
    const char *folder = strchr(run, '/') == NULL ? "results/" : "";
    snprintf(ret_path, BENCH_RUN_FILE_PATH_BYTES, "%s%s%s", folder, run,
             ends_in_db(run) ? "" : ".db");
}

void
bench_run_file_name(const char *path, char ret_name[BENCH_RUN_FILE_NAME_BYTES]) {
    const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;
    snprintf(ret_name, BENCH_RUN_FILE_NAME_BYTES, "%.*s",
             (int)strlen(base) - (ends_in_db(base) ? 3 : 0), base);
}

/* ---- What a new run holds --------------------------------------------------------------------------- */

static int
put_environment(void *context, const char *key, const char *value) {
    return bench_store_put_fact(context, BENCH_STORE_ENVIRONMENT, key, value);
}

static int
put_numbers(const struct bench_run_file *draft, struct bench_store *store) {
    const struct {
        const char *key;
        uint64_t number;
    } numbers[] = {{"seed", draft->seed},
                   {"repetitions", draft->repetitions},
                   {"sample_ns", draft->sample_ns},
                   {"time_limit_ns", draft->time_limit_ns},
                   {"memory_limit_bytes", draft->memory_limit_bytes},
                   {"jobs", draft->jobs},
                   {"whole_cells", draft->plan->whole_count}};
    int error = 0;

    for (size_t i = 0; error == 0 && i < sizeof numbers / sizeof numbers[0]; i++) {
        char value[32];
        snprintf(value, sizeof value, "%llu", (unsigned long long)numbers[i].number);
        error = bench_store_put_fact(store, BENCH_STORE_RUN, numbers[i].key, value);
    }
    return error;
}

/* Which Python engine cpython is. */
static int
put_python(const struct bench_suite *suite, struct bench_store *store) {
    int error = 0;

    for (size_t i = 0; error == 0 && i < suite->engine_count; i++) {
        if (!suite->engines[i].is_python)
            continue;
        error = bench_store_put_fact(store, BENCH_STORE_RUN, "python", suite->engines[i].path);
        if (error == 0)
            error = bench_store_put_fact(store, BENCH_STORE_RUN, "python_version",
                                         suite->engines[i].version);
    }
    return error;
}

static int
put_facts(const struct bench_run_file *draft, const char *path, struct bench_store *store) {
    char name[BENCH_RUN_FILE_NAME_BYTES], created[BENCH_MEASURE_UTC_BYTES];
    int error = put_numbers(draft, store);

    if (error == 0)
        error = put_python(draft->suite, store);
    bench_run_file_name(path, name);
    bench_measure_utc(created);
    const char *const facts[][2] = {{"name", name},
                                    {"suite", draft->suite->name},
                                    {"command", draft->command},
                                    {"created", created},
                                    {"complete", "0"},
                                    {"shard", draft->shard == NULL ? "1/1" : draft->shard},
                                    {"gcsweep", bench_env_version()}};
    for (size_t i = 0; error == 0 && i < sizeof facts / sizeof facts[0]; i++)
        error = bench_store_put_fact(store, BENCH_STORE_RUN, facts[i][0], facts[i][1]);
    return error;
}

struct filling {
    const struct bench_run_file *draft;
    const char *path;
};

static int
put_all(void *context, struct bench_store *store, char *why, size_t why_bytes) {
    const struct filling *filling = context;
    const struct bench_run_file *draft = filling->draft;
    int error = bench_store_begin(store);

    if (error == 0)
        error = put_facts(draft, filling->path, store);
    if (error == 0)
        error = bench_env_each(put_environment, store);
    if (error == 0)
        error = bench_plan_store(draft->plan, draft->suite, store);
    if (error == 0)
        error = bench_store_commit(store);
    if (error != 0)
        snprintf(why, why_bytes, "%s: %s", filling->path, bench_store_why(store));
    return error;
}

/* ---- How it comes to be ----------------------------------------------------------------------------- */

/* "folder/.name.PID.db" beside "folder/name.db". */
static int
draft_path(const char *path, char ret_path[BENCH_RUN_FILE_PATH_BYTES]) {
    const char *slash = strrchr(path, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - path), length;
    char name[BENCH_RUN_FILE_NAME_BYTES];

    bench_run_file_name(path, name);
    length = snprintf(ret_path, BENCH_RUN_FILE_PATH_BYTES, "%.*s.%s.%ld.db", folder, path, name,
                      (long)getpid());
    return length < BENCH_RUN_FILE_PATH_BYTES ? 0 : -ENAMETOOLONG;
}

/* With what SQLite keeps beside it: a new file must not meet an old one's journal. */
static void
remove_file(const char *hidden) {
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char path[BENCH_RUN_FILE_PATH_BYTES + 16];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(path, sizeof path, "%s%s", hidden, endings[i]);
        unlink(path);
    }
}

static int
write_draft(const char *hidden,
            int (*fill)(void *context, struct bench_store *store, char *why, size_t why_bytes),
            void *context, char *why, size_t why_bytes) {
    struct bench_store *store;
    int error;

    remove_file(hidden); /* of another process that had this number, and was killed */
    error = bench_store_open(hidden, BENCH_STORE_CREATE, &store, why, why_bytes);
    if (error == -ENOENT)
        why[0] = '\0'; /* it is the folder that is not there */
    if (error != 0)
        return error;
    error = fill(context, store, why, why_bytes);
    if (error == 0) { /* what stays behind in a WAL of the hidden name is lost */
        error = bench_store_fold(store);
        if (error != 0)
            snprintf(why, why_bytes, "%s: %s", hidden, bench_store_why(store));
    }
    bench_store_close(store);
    return error;
}

/* A name is on the disk when its folder is; where folders cannot be synchronised there is nothing to be done. */
static void
sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    char folder[BENCH_RUN_FILE_PATH_BYTES];
    int fd;

    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
             slash == NULL ? "." : path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/* File systems without hard links have a moment between the look and the renaming. */
static int
give_name(const char *hidden, const char *path) {
    if (link(hidden, path) == 0)
        return unlink(hidden) == 0 ? 0 : -errno;
    if (errno == EEXIST)
        return -EEXIST;
    if (access(path, F_OK) == 0)
        return -EEXIST;
    return rename(hidden, path) == 0 ? 0 : -errno;
}

/* What was said of the hidden name is said of the one that was asked for. */
static void
name_it(const char *said, const char *hidden, const char *path, char *why, size_t why_bytes) {
    size_t length = strlen(hidden);
    bool names_it = strncmp(said, hidden, length) == 0;

    snprintf(why, why_bytes, "%s%s", names_it ? path : "", names_it ? said + length : said);
}

int
bench_run_file_make(const char *path,
                    int (*fill)(void *context, struct bench_store *store, char *why,
                                size_t why_bytes),
                    void *context, char *why, size_t why_bytes) {
    char hidden[BENCH_RUN_FILE_PATH_BYTES], said[BENCH_RUN_FILE_PATH_BYTES + 256] = "";
    int error = access(path, F_OK) == 0 ? -EEXIST : draft_path(path, hidden);

    why[0] = '\0';
    if (error == 0) {
        error = write_draft(hidden, fill, context, said, sizeof said);
        name_it(said, hidden, path, why, why_bytes);
        if (error == 0)
            error = give_name(hidden, path);
        if (error == 0)
            sync_folder(path);
        else
            remove_file(hidden);
    }
    if (error == -ENOENT && why[0] == '\0')
        snprintf(why, why_bytes, "%s: there is no such folder", path);
    else if (error == -EEXIST)
        snprintf(why, why_bytes, "%s is there already: choose another --out, or --resume it", path);
    else if (error != 0 && why[0] == '\0')
        snprintf(why, why_bytes, "%s: %s", path, strerror(-error));
    return error;
}

static int
create_at(const struct bench_run_file *draft, const char *path, char *why, size_t why_bytes) {
    struct filling filling = {draft, path};
    return bench_run_file_make(path, put_all, &filling, why, why_bytes);
}

int
bench_run_file_folder(const char *run, char *why, size_t why_bytes) {
    if ((run != NULL && strchr(run, '/') != NULL) || mkdir("results", 0777) == 0 || errno == EEXIST)
        return 0;
    int error = -errno;
    snprintf(why, why_bytes, "results: %s", strerror(-error));
    return error;
}

int
bench_run_file_create(const struct bench_run_file *draft, const char *run,
                      char ret_path[BENCH_RUN_FILE_PATH_BYTES], struct bench_store **ret_store,
                      char *why, size_t why_bytes) {
    char numbered[BENCH_RUN_FILE_NAME_BYTES];
    int error = bench_run_file_folder(run, why, why_bytes);

    if (error != 0)
        return error;
    if (run != NULL) {
        bench_run_file_path(run, ret_path);
        error = create_at(draft, ret_path, why, why_bytes);
    } else {
        error = -EEXIST;
        for (int number = 1; error == -EEXIST && number < NUMBER_MAX; number++) {
            snprintf(numbered, sizeof numbered, "%s-%d", draft->suite->name, number);
            bench_run_file_path(numbered, ret_path);
            error = create_at(draft, ret_path, why, why_bytes);
        }
    }
    if (error != 0)
        return error;
    error = bench_store_open(ret_path, BENCH_STORE_RESUME, ret_store, why, why_bytes);
    if (error != 0)
        remove_file(ret_path); /* nothing is in it */
    return error;
}
