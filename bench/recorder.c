/* SPDX-License-Identifier: MIT
 *
 * recorder.c: how a program is started with a recorder inside. See recorder.h.
 *
 * A native program is started as it is, with a library preloaded. Python is started with its own options, a short
 * program that installs the hooks, and what it was to run as that program's arguments. Both find the raw file
 * by the environment.
 */
#include "bench/recorder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/preload.h"
#include "bench/say.h"
#include "bench/shim/raw.h"
#include "bench/verb.h"

#if !defined(BENCH_PYTHON_LACKS)
#define BENCH_PYTHON_LACKS "its extension module is not beside this program"
#endif

enum {
    PATH_BYTES = 4096,
};

/* argv behind it: the module's directory, the interval, how to run it (script, -m, -c), what, and its arguments. */
static char boot[] =
    "import sys\n"
    "directory, every, how, what = sys.argv[1:5]\n"
    "sys.path.insert(0, directory)\n"
    "try:\n"
    "    import gcsweep_record\n"
    "except ImportError as error:\n"
    "    sys.stderr.write('gcsweep: record: %s: %s\\n' % (sys.executable, error))\n"
    "    sys.exit(3)\n"
    "del sys.path[0]\n"
    "import os, runpy\n"
    "sys.argv = [what if how == 'script' else how] + sys.argv[5:]\n"
    "if how == 'script':\n"
    "    sys.path[0] = os.path.dirname(os.path.abspath(what))\n"
    "code = compile(what, '<string>', 'exec') if how == '-c' else None\n"
    "gcsweep_record.begin(int(every))\n"
    "try:\n"
    "    if how == 'script':\n"
    "        runpy.run_path(what, run_name='__main__')\n"
    "    elif how == '-m':\n"
    "        runpy.run_module(what, run_name='__main__', alter_sys=True)\n"
    "    else:\n"
    "        exec(code, {'__name__': '__main__', '__builtins__': __builtins__})\n"
    "finally:\n"
    "    gcsweep_record.mark('end of the program')\n";

/* ---- What it is --------------------------------------------------------------------------------- */

/* Where the shell would find it. */
static bool
find_program(const char *name, char ret_path[PATH_BYTES]) {
    const char *path = getenv("PATH");

    if (strchr(name, '/') != NULL || path == NULL)
        return realpath(name, ret_path) != NULL;
    while (*path != '\0') {
        char candidate[PATH_BYTES];
        size_t length = strcspn(path, ":");
        snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length, path, name);
        if (access(candidate, X_OK) == 0)
            return realpath(candidate, ret_path) != NULL;
        path += length + (path[length] == ':');
    }
    return false;
}

enum bench_recorder_kind
bench_recorder_kind(char *const *command) {
    char path[PATH_BYTES];
    const char *name;

    if (!find_program(command[0], path))
        return BENCH_RECORDER_NATIVE;
    name = strrchr(path, '/') + 1;
    return strncmp(name, "python", 6) == 0 && name[6 + strspn(name + 6, "0123456789.")] == '\0'
               ? BENCH_RECORDER_PYTHON
               : BENCH_RECORDER_NATIVE;
}

/* ---- Finding the recorder ----------------------------------------------------------------------- */

/* The directory of a file that is beside this program in the build, or where it was installed. */
static bool
find_part(const char *folder, const char *file, char ret_directory[PATH_BYTES]) {
    const char *const places[] = {folder, "../lib/gcsweep"};
    char program[PATH_BYTES / 2], path[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);

    if (length < 0)
        return false;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        snprintf(ret_directory, PATH_BYTES, "%s/%s", program, places[i]);
        if (snprintf(path, sizeof path, "%.4000s/%s", ret_directory, file) < PATH_BYTES &&
            access(path, R_OK) == 0)
            return true;
    }
    return false;
}

static int
prepare_native(struct bench_recorder *recorder, char **command) {
    static const char file[] = "gcsweep_malloc.so";
    char library[PATH_BYTES];

    if (!find_part("bench/shim", file, recorder->directory))
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s is not beside this program", file);
    /* The dynamic linker splits its list there, and knows no way to quote. */
    if (strpbrk(recorder->directory, ": ") != NULL ||
        snprintf(library, sizeof library, "%.4000s/%s", recorder->directory, file) >= PATH_BYTES)
        return bench_say(BENCH_STATUS_ENVIRONMENT,
                         "a path with a colon or a space cannot be preloaded: %s",
                         recorder->directory);
    recorder->environment = bench_preload_environment(NULL, library);
    recorder->argv = command;
    return recorder->environment == NULL ? bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory")
                                         : BENCH_STATUS_DONE;
}

/* ---- Python ------------------------------------------------------------------------------------- */

/* How many of the words behind the interpreter are its own options; -1: one that is not for here. */
static int
count_options(char *const *words) {
    int count = 0;

    while (words[count] != NULL && words[count][0] == '-' && words[count][1] != '\0' &&
           strcmp(words[count], "-m") != 0 && strcmp(words[count], "-c") != 0) {
        const char *word = words[count++];
        if (strchr("mc", word[strlen(word) - 1]) != NULL && word[1] != '-' && word[1] != 'X' &&
            word[1] != 'W')
            return -1;
        if ((strcmp(word, "-X") == 0 || strcmp(word, "-W") == 0) && words[count] != NULL)
            count++;
    }
    return count;
}

static int
make_arguments(struct bench_recorder *recorder, char **command, int options) {
    static char dash_c[] = "-c", script[] = "script";
    char **rest = command + 1 + options, *how = script;
    size_t count = 0, words = 0;

    if (*rest != NULL && (strcmp(*rest, "-m") == 0 || strcmp(*rest, "-c") == 0))
        how = *rest++;
    if (*rest == NULL || (how == script && strcmp(*rest, "-") == 0))
        return bench_say(BENCH_STATUS_USAGE, "record: %s is to run a script, -m MODULE or -c TEXT",
                         command[0]);
    while (command[words] != NULL)
        words++;
    recorder->argv = malloc((words + 8) * sizeof *recorder->argv);
    if (recorder->argv == NULL)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory");
    while (count < (size_t)options + 1) {
        recorder->argv[count] = command[count];
        count++;
    }
    recorder->argv[count++] = dash_c;
    recorder->argv[count++] = boot;
    recorder->argv[count++] = recorder->directory;
    recorder->argv[count++] = recorder->snapshot_every;
    recorder->argv[count++] = how;
    while (*rest != NULL)
        recorder->argv[count++] = *rest++;
    recorder->argv[count] = NULL;
    recorder->argv_is_own = true;
    return BENCH_STATUS_DONE;
}

static int
prepare_python(struct bench_recorder *recorder, char **command, uint64_t snapshot_every) {
    int options = count_options(command + 1);

    if (!find_part("bench/shim", "gcsweep_record.abi3.so", recorder->directory))
        return bench_say(BENCH_STATUS_ENVIRONMENT, "python programs cannot be recorded: %s",
                         BENCH_PYTHON_LACKS);
    if (options < 0)
        return bench_say(BENCH_STATUS_USAGE,
                         "record: write Python's options apart, and -m and -c last");
    snprintf(recorder->snapshot_every, sizeof recorder->snapshot_every, "%llu",
             (unsigned long long)snapshot_every);
    recorder->environment = bench_preload_environment(NULL, NULL);
    if (recorder->environment == NULL)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "out of memory");
    return make_arguments(recorder, command, options);
}

/* ---- Both --------------------------------------------------------------------------------------- */

int
bench_recorder_prepare(struct bench_recorder *recorder, enum bench_recorder_kind kind,
                       char **command, const char *raw_path, uint64_t snapshot_every) {
    char path[PATH_BYTES];

    *recorder = (struct bench_recorder){0};
    if (realpath(raw_path, path) == NULL || setenv(BENCH_RAW_VARIABLE, path, 1) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s: %s", raw_path, strerror(errno));
    return kind == BENCH_RECORDER_PYTHON ? prepare_python(recorder, command, snapshot_every)
                                         : prepare_native(recorder, command);
}

void
bench_recorder_fini(struct bench_recorder *recorder) {
    free(recorder->environment);
    if (recorder->argv_is_own)
        free(recorder->argv);
}
