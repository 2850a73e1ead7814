/* SPDX-License-Identifier: MIT
 *
 * engine_python.c: a Python executable as an engine. See engine.h.
 *
 * It is started without site, and as isolated as -I makes it, but by hand: -I would pass over PYTHONMALLOC,
 * which is what alloc.backend means here. So the environment has no other variable of Python's but
 * PYTHONHASHSEED, which is 0 so that runs repeat, and the module's directory stands where the current one
 * would.
 */
#include "bench/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#if !defined(BENCH_PYTHON)
#define BENCH_PYTHON NULL
#endif
#if !defined(BENCH_PYTHON_LACKS)
#define BENCH_PYTHON_LACKS                                                                         \
    "its extension module, for which a build needs Python's headers (package python3-dev), is "    \
    "not "                                                                                         \
    "beside this program"
#endif

enum {
    ANSWER_BYTES = 1024,
};

static char script[] = "import sys\n"
                       "sys.path[0] = sys.argv[1]\n"
                       "try:\n"
                       "    import gcsweep_engine\n"
                       "except ImportError as error:\n"
                       "    sys.stderr.write('%s\\n' % error)\n"
                       "    sys.exit(3)\n"
                       "sys.exit(gcsweep_engine.run(sys.argv[2:]))\n";

/* Of the runtime's knobs those that it honours. */
static const char *const honoured[] = {"alloc.backend", "gc.mode", "gc.threshold0", "gc.threshold1",
                                       "gc.threshold2"};

/* ---- The environment ---------------------------------------------------------------------------- */

static char *const malloc_settings[RT_BACKEND_COUNT] = {
    [RT_BACKEND_POOL] = (char[]){"PYTHONMALLOC=pymalloc"},
    [RT_BACKEND_SYSTEM] = (char[]){"PYTHONMALLOC=malloc"},
    [RT_BACKEND_DEBUG] = (char[]){"PYTHONMALLOC=pymalloc_debug"},
};

int
bench_engine_python_environment(const struct bench_cell *cell, char ***ret_environment) {
    static char hash_seed[] = "PYTHONHASHSEED=0";
    size_t count = 0, kept = 0;
    char **variables;

    while (environ[count] != NULL)
        count++;
    variables = malloc((count + 3) * sizeof *variables);
    if (variables == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "PYTHON", 6) != 0)
            variables[kept++] = environ[i];
    variables[kept++] = malloc_settings[cell->config.alloc_backend];
    variables[kept++] = hash_seed;
    variables[kept] = NULL;
    *ret_environment = variables;
    return 0;
}

/* ---- Asking it what it is ----------------------------------------------------------------------- */

static void
set_arguments(struct bench_engine *engine, const char *verb) {
    static char no_user_site[] = "-s", no_site[] = "-S", command[] = "-c";
    char *const argv[BENCH_ENGINE_ARGUMENTS] = {engine->path, no_user_site,   no_site,     command,
                                                script,       engine->module, (char *)verb};

    memcpy(engine->argv, argv, sizeof argv);
}

/* Both of its outputs, as much as fits, and its exit status; or -errno. */
static int
start_and_read(const struct bench_engine *engine, char answer[ANSWER_BYTES]) {
    struct bench_cell cell = {.config = {.alloc_backend = RT_BACKEND_POOL}};
    posix_spawn_file_actions_t actions;
    char **environment = NULL;
    int pipe_fds[2], status = 0, error;
    size_t length = 0;
    ssize_t got;
    pid_t pid;

    if (pipe2(pipe_fds, O_CLOEXEC) != 0)
        return -errno;
    error = bench_engine_python_environment(&cell, &environment);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDERR_FILENO);
    if (error == 0)
        error = -posix_spawnp(&pid, engine->path, &actions, NULL, engine->argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    close(pipe_fds[1]);
    while (error == 0 && length + 1 < ANSWER_BYTES &&
           (got = read(pipe_fds[0], answer + length, ANSWER_BYTES - 1 - length)) > 0)
        length += (size_t)got;
    answer[length] = '\0';
    close(pipe_fds[0]);
    while (error == 0 && waitpid(pid, &status, 0) < 0)
        error = errno == EINTR ? 0 : -errno;
    return error != 0 ? error : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The last of its lines, which says most. */
static const char *
last_line(char *text) {
    size_t length = strlen(text);
    char *line;

    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    line = strrchr(text, '\n');
    return line == NULL ? text : line + 1;
}

static int
take_answer(struct bench_engine *engine, const char *answer) {
    json_t *object = json_loads(answer, 0, NULL), *thresholds;
    const char *version;
    int error = json_unpack(object, "{s:s, s:o}", "version", &version, "thresholds", &thresholds);

    for (size_t i = 0; error == 0 && i < RT_GENERATIONS; i++)
        engine->thresholds[i] = json_integer_value(json_array_get(thresholds, i));
    if (error == 0)
        snprintf(engine->version, sizeof engine->version, "%s", version);
    json_decref(object);
    return error;
}

static int
ask(struct bench_engine *engine, char *why, size_t why_bytes) {
    char answer[ANSWER_BYTES];
    int status;

    set_arguments(engine, "check");
    status = start_and_read(engine, answer);
    if (status == 0 && take_answer(engine, answer) == 0)
        return 0;
    if (status < 0)
        snprintf(why, why_bytes, "%s: %s", engine->path, strerror(-status));
    else
        snprintf(why, why_bytes, "%s is no CPython of 3.9 or later (status %d%s%s)", engine->path,
                 status, answer[0] == '\0' ? "" : ": ", last_line(answer));
    return -ENOSYS;
}

/* ---- Finding it --------------------------------------------------------------------------------- */

/* Beside the program, or where it was installed. */
static int
find_module(char ret_directory[BENCH_ENGINE_PATH_BYTES]) {
    static const char *const places[] = {"bench/python", "../lib/gcsweep"};
    char program[BENCH_ENGINE_PATH_BYTES], module[BENCH_ENGINE_PATH_BYTES + 64];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash;

    if (length <= 0)
        return -ENOENT;
    program[length] = '\0';
    slash = strrchr(program, '/');
    if (slash != NULL)
        *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int written = snprintf(ret_directory, BENCH_ENGINE_PATH_BYTES, "%s/%s", program, places[i]);
        snprintf(module, sizeof module, "%s/gcsweep_engine.abi3.so", ret_directory);
        if (written < BENCH_ENGINE_PATH_BYTES && access(module, R_OK) == 0)
            return 0;
    }
    return -ENOENT;
}

int
bench_engine_python_open(struct bench_engine *engine, const char *python, char *why,
                         size_t why_bytes) {
    const char *found = BENCH_PYTHON;

    if (python == NULL)
        python = found;
    if (python == NULL) {
        snprintf(why, why_bytes,
                 "no Python was there when this was built (package "
                 "python3-dev)");
        return -ENOSYS;
    }
    if (find_module(engine->module) != 0) {
        snprintf(why, why_bytes, "%s", BENCH_PYTHON_LACKS);
        return -ENOSYS;
    }
    snprintf(engine->path, sizeof engine->path, "%s", python);
    if (ask(engine, why, why_bytes) != 0)
        return -ENOSYS;
    set_arguments(engine, "worker");
    engine->is_python = true;
    return 0;
}

/* ---- Its knobs ---------------------------------------------------------------------------------- */

static bool
is_honoured(const char *knob) {
    for (size_t i = 0; i < sizeof honoured / sizeof honoured[0]; i++)
        if (strcmp(honoured[i], knob) == 0)
            return true;
    return false;
}

int
bench_engine_python_check(const struct bench_cell *cell, struct rt_text *why) {
    struct rt_knob_table knobs = rt_config_knobs();
    struct rt_config initial;

    rt_config_init(&initial);
    for (size_t i = 0; i < knobs.count; i++) {
        const struct rt_knob *row = &knobs.rows[i];
        char value[BENCH_CELL_VALUE_BYTES];
        if (is_honoured(row->name) ||
            bench_cell_number(row, &cell->config) == bench_cell_number(row, &initial))
            continue;
        bench_cell_value(row, &cell->config, value);
        rt_text_string(why, row->name);
        rt_text_string(why, "=");
        rt_text_string(why, value);
        rt_text_string(why, ": engine cpython has no such knob (of the runtime's it has "
                            "alloc.backend, gc.mode and gc.threshold0 to 2)");
        return -EINVAL;
    }
    return 0;
}
