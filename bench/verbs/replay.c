/* SPDX-License-Identifier: MIT
 *
 * verbs/replay.c: `gcsweep replay`: an op script on our runtime, on CPython, or on both and compared; or a recording,
 * which replay_trace.c runs on our runtime, in this process.
 *
 * Each engine runs in a process of its own, so that nothing that happens to it happens to this one. It writes into a
 * file without a name, which is read when it has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "bench/diff.h"
#include "bench/engine.h"
#include "bench/ops_run.h"
#include "bench/option.h"
#include "bench/replay_trace.h"
#include "bench/say.h"
#include "bench/trace_ops.h"
#include "bench/verb.h"

extern const struct bench_verb bench_verb_replay;

enum {
    ENGINES = 2,
    ASSIGNMENTS = 32,
    AROUND = 3,
    /* Behind `replay` in an engine's argv: the script's name, what is set, NULL. */
    PYTHON_ARGUMENTS = BENCH_ENGINE_ARGUMENTS + ASSIGNMENTS + 2
};

struct run {
    const char *engine;
    int output; /* descriptor */
    char *text;
    size_t bytes;
    struct bench_diff_lines lines;
};

struct replay {
    struct bench_option_reader reader;
    struct bench_ops_settings settings;
    const char *path, *engine, *python;
    char *assignments[ASSIGNMENTS];
    size_t assignment_count;
    bool wants_json, wants_touch, wants_ops;
    int script; /* descriptor of a copy */
    char *text;
    size_t bytes;
    struct wl_ops_program *program;
    struct bench_engine cpython;
    struct run runs[ENGINES];
    size_t run_count;
    json_t *difference;
};

enum option {
    OPTION_ENGINE,
    OPTION_PYTHON,
    OPTION_SET,
    OPTION_JSON,
    OPTION_TOUCH,
    OPTION_TO_OPS
};

static const struct bench_option options[] = {
    [OPTION_ENGINE] = {"--engine", true},
    [OPTION_PYTHON] = {"--python", true},
    [OPTION_SET] = {"--set", true},
    [OPTION_JSON] = {"--json", false},
    [OPTION_TOUCH] = {"--touch", false},
    [OPTION_TO_OPS] = {"--to-ops", false},
    {0},
};

/* ---- Arguments ---------------------------------------------------------------------------------- */

static int
set_knob(struct replay *replay, const char *assignment) {
    char line[256];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    if (replay->assignment_count == ASSIGNMENTS)
        return bench_say(BENCH_STATUS_USAGE, "replay: more than %d knobs are set", ASSIGNMENTS);
    if (bench_ops_settings_assign(&replay->settings, assignment, &why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "replay: %s", line);
    replay->assignments[replay->assignment_count++] = (char *)assignment;
    return BENCH_STATUS_DONE;
}

static int
set_engine(struct replay *replay, const char *name) {
    static const char *const names[] = {"rt", "cpython", "both", NULL};
    char hint[64];

    for (size_t i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0) {
            replay->engine = name;
            return BENCH_STATUS_DONE;
        }
    return bench_say(BENCH_STATUS_USAGE, "replay: no engine %s%s: rt, cpython or both", name,
                     bench_say_nearest(bench_say_guess(name, names), hint, sizeof hint));
}

static int
take_option(struct replay *replay, int option, const char *value) {
    switch (option) {
    case OPTION_ENGINE:
        return set_engine(replay, value);
    case OPTION_PYTHON:
        replay->python = value;
        return BENCH_STATUS_DONE;
    case OPTION_SET:
        return set_knob(replay, value);
    case OPTION_JSON:
        replay->wants_json = true;
        return BENCH_STATUS_DONE;
    case OPTION_TOUCH:
        replay->wants_touch = true;
        return BENCH_STATUS_DONE;
    case OPTION_TO_OPS:
        replay->wants_ops = true;
        return BENCH_STATUS_DONE;
    case BENCH_OPTION_WORD:
        if (replay->path != NULL)
            return bench_say(BENCH_STATUS_USAGE, "replay takes one script, not also %s", value);
        replay->path = value;
        return BENCH_STATUS_DONE;
    default:
        return BENCH_STATUS_USAGE;
    }
}

static int
read_arguments(struct replay *replay, int argc, char **argv) {
    char line[256];
    struct rt_text why;
    int option, status = BENCH_STATUS_DONE;

    bench_option_init(&replay->reader, options, argc, argv);
    while (status == BENCH_STATUS_DONE &&
           (option = bench_option_next(&replay->reader)) != BENCH_OPTION_END)
        status = take_option(replay, option, replay->reader.value);
    if (status != BENCH_STATUS_DONE)
        return status;
    if (replay->path == NULL)
        return bench_say(BENCH_STATUS_USAGE,
                         "replay takes a script, or - for standard input (gcsweep help replay)");
    if (replay->python != NULL && strcmp(replay->engine, "rt") == 0)
        return bench_say(BENCH_STATUS_USAGE, "replay: --python is for --engine cpython or both");
    rt_text_init(&why, line, sizeof line);
    if (rt_config_check(&replay->settings.config, &why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "replay: %s", line);
    replay->settings.name = strcmp(replay->path, "-") == 0 ? "standard input" : replay->path;
    return BENCH_STATUS_DONE;
}

/* ---- The script --------------------------------------------------------------------------------- */

/* All that a descriptor gives from where it stands; NULL with errno. */
static char *
read_all(int fd, size_t most, size_t *ret_bytes) {
    char *text = NULL;
    size_t bytes = 0, capacity = 0;
    ssize_t got = 1;

    while (got > 0 && bytes <= most) {
        if (bytes == capacity) {
            char *moved = realloc(text, capacity = capacity * 2 + 65536);
            if (moved == NULL)
                break;
            text = moved;
        }
        got = read(fd, text + bytes, capacity - bytes);
        bytes += got > 0 ? (size_t)got : 0;
    }
    if (got < 0 || bytes == capacity) {
        free(text);
        return NULL;
    }
    *ret_bytes = bytes;
    return text;
}

/* CPython gets a copy, since standard input can be read but once. */
static int
copy_script(struct replay *replay) {
    size_t done = 0;

    replay->script = memfd_create("script", MFD_CLOEXEC);
    while (replay->script >= 0 && done < replay->bytes) {
        ssize_t got = write(replay->script, replay->text + done, replay->bytes - done);
        if (got < 0)
            return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: cannot copy the script: %s",
                             strerror(errno));
        done += (size_t)got;
    }
    return replay->script >= 0 ? BENCH_STATUS_DONE
                               : bench_say(BENCH_STATUS_ENVIRONMENT,
                                           "replay: cannot copy the script: %s", strerror(errno));
}

static int
read_script(struct replay *replay) {
    bool is_input = strcmp(replay->path, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(replay->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return bench_say(BENCH_STATUS_USAGE, "replay: cannot read %s: %s", replay->path,
                         strerror(errno));
    replay->text = read_all(fd, WL_OPS_SCRIPT_BYTES, &replay->bytes);
    if (!is_input)
        close(fd);
    if (replay->text == NULL)
        return bench_say(BENCH_STATUS_USAGE, "replay: cannot read %s: %s", replay->path,
                         strerror(errno));
    return bench_ops_parse(&replay->settings, replay->text, replay->bytes, &replay->program);
}

/* ---- Engines ------------------------------------------------------------------------------------ */

static int
find_cpython(struct replay *replay) {
    struct bench_cell cell = {.config = replay->settings.config};
    char line[512];
    struct rt_text why;

    if (strcmp(replay->engine, "rt") == 0)
        return BENCH_STATUS_DONE;
    rt_text_init(&why, line, sizeof line);
    if (bench_engine_open(&replay->cpython, "cpython", replay->python, line, sizeof line) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: %s", line);
    if (strcmp(replay->engine, "cpython") == 0 &&
        bench_engine_check(&replay->cpython, &cell, &why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "replay: %s", line);
    return BENCH_STATUS_DONE;
}

static int
run_on_rt(const struct replay *replay, int output) {
    FILE *out = fdopen(output, "w");
    struct rt *rt;
    int status;

    if (out == NULL || rt_create(&replay->settings.config, NULL, &rt) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: out of memory");
    status = bench_ops_run(rt, &replay->settings, replay->program, out);
    fclose(out);
    rt_destroy(rt);
    return status;
}

static int
start_rt(const struct replay *replay, int output, pid_t *ret_pid) {
    fflush(stdout);
    *ret_pid = fork();
    if (*ret_pid == 0)
        _exit(run_on_rt(replay, output));
    return *ret_pid < 0 ? errno : 0;
}

/* Knobs that only the runtime has are left out: of both engines, they are for the other one. */
static bool
is_for_cpython(const char *assignment) {
    static const char *const names[] = {"ops.", "gc.mode=", "gc.threshold"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(assignment, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static int
start_cpython(const struct replay *replay, int output, pid_t *ret_pid) {
    static char verb[] = "replay";
    struct bench_cell cell = {.config = replay->settings.config};
    char *argv[PYTHON_ARGUMENTS], **environment = NULL;
    posix_spawn_file_actions_t actions;
    size_t count = 0;
    int error;

    while (replay->cpython.argv[count] != NULL) {
        argv[count] = replay->cpython.argv[count];
        count++;
    }
    argv[count - 1] = verb;
    argv[count++] = (char *)replay->settings.name;
    for (size_t i = 0; i < replay->assignment_count; i++)
        if (is_for_cpython(replay->assignments[i]))
            argv[count++] = replay->assignments[i];
    argv[count] = NULL;
    if (bench_engine_environment(&replay->cpython, &cell, &environment) != 0)
        return ENOMEM;
    lseek(replay->script, 0, SEEK_SET);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, replay->script, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    error = posix_spawnp(ret_pid, replay->cpython.path, &actions, NULL, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    return error;
}

static int
wait_for(const char *engine, pid_t pid) {
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: engine %s: %s", engine,
                             strerror(errno));
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    if (WTERMSIG(status) == SIGINT)
        return BENCH_STATUS_INTERRUPTED;
    return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: engine %s was ended by signal %d (%s)",
                     engine, WTERMSIG(status), strsignal(WTERMSIG(status)));
}

/* Lines are read whatever the status: they show how far it came. */
static int
run_engine(struct replay *replay, const char *engine) {
    struct run *run = &replay->runs[replay->run_count++];
    bool is_rt = strcmp(engine, "rt") == 0;
    pid_t pid = 0;
    int error, status;

    run->engine = engine;
    run->output = memfd_create("lines", MFD_CLOEXEC);
    error = run->output < 0 ? errno
            : is_rt         ? start_rt(replay, run->output, &pid)
                            : start_cpython(replay, run->output, &pid);
    if (error != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: cannot start engine %s: %s", engine,
                         strerror(error));
    status = wait_for(engine, pid);
    lseek(run->output, 0, SEEK_SET);
    run->text = read_all(run->output, SIZE_MAX - 1, &run->bytes);
    if (run->text == NULL || bench_diff_lines_init(&run->lines, run->text, run->bytes) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: out of memory");
    return status;
}

static int
run_engines(struct replay *replay) {
    bool is_both = strcmp(replay->engine, "both") == 0;
    int status = copy_script(replay);

    if (status == BENCH_STATUS_DONE && (is_both || strcmp(replay->engine, "rt") == 0))
        status = run_engine(replay, "rt");
    if (status == BENCH_STATUS_DONE && (is_both || strcmp(replay->engine, "cpython") == 0))
        status = run_engine(replay, "cpython");
    return status;
}

/* ---- Output ------------------------------------------------------------------------------------- */

static void
print_change(void *context, char mark, const char *line, size_t bytes) {
    struct replay *replay = context;
    char *whole = malloc(bytes + 8);

    if (whole == NULL)
        return;
    if (mark == '@')
        snprintf(whole, bytes + 8, "@@ %.*s @@", (int)bytes, line);
    else
        snprintf(whole, bytes + 8, "%c%.*s", mark, (int)bytes, line);
    if (replay->wants_json)
        json_array_append_new(replay->difference, json_string(whole));
    else
        puts(whole);
    free(whole);
}

static int
compare(struct replay *replay) {
    bool differ = false;

    if (!replay->wants_json &&
        (replay->runs[0].bytes != replay->runs[1].bytes ||
         memcmp(replay->runs[0].text, replay->runs[1].text, replay->runs[0].bytes) != 0))
        printf("--- rt\n+++ cpython %s\n", replay->cpython.version);
    if (bench_diff_print(&replay->runs[0].lines, &replay->runs[1].lines, AROUND, print_change,
                         replay, &differ) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: out of memory");
    return differ ? BENCH_STATUS_NO : BENCH_STATUS_DONE;
}

static json_t *
json_of_lines(const struct bench_diff_lines *lines) {
    json_t *array = json_array();

    for (size_t i = 0; i < lines->count; i++) {
        size_t bytes = lines->starts[i + 1] - lines->starts[i];
        json_array_append_new(
            array, json_stringn(lines->text + lines->starts[i], bytes > 0 ? bytes - 1 : 0));
    }
    return array;
}

static int
print_json(struct replay *replay, int status) {
    json_t *document = json_object(), *lines = json_object();

    for (size_t i = 0; i < replay->run_count; i++)
        if (replay->runs[i].text != NULL)
            json_object_set_new(lines, replay->runs[i].engine,
                                json_of_lines(&replay->runs[i].lines));
    json_object_set_new(document, "script", json_string(replay->settings.name));
    json_object_set_new(document, "status", json_integer(status));
    json_object_set_new(document, "lines", lines);
    if (replay->run_count == ENGINES)
        json_object_set(document, "difference", replay->difference);
    if (json_dumpf(document, stdout, JSON_INDENT(1)) != 0)
        status = bench_say(BENCH_STATUS_ENVIRONMENT, "replay: out of memory");
    putchar('\n');
    json_decref(document);
    return status;
}

static int
report(struct replay *replay, int status) {
    bool has_both = replay->run_count == ENGINES && status == BENCH_STATUS_DONE;

    if (has_both)
        status = compare(replay);
    if (replay->wants_json)
        return print_json(replay, status);
    /* Of both, when they agree, one speaks for the other; when they do not, the difference was printed. */
    if (status != BENCH_STATUS_NO && replay->run_count > 0 && replay->runs[0].text != NULL)
        fwrite(replay->runs[0].text, 1, replay->runs[0].bytes, stdout);
    return status;
}

static int
replay_script(struct replay *replay) {
    int status = read_script(replay);

    if (status == BENCH_STATUS_DONE)
        status = find_cpython(replay);
    if (status == BENCH_STATUS_DONE)
        status = report(replay, run_engines(replay));
    for (size_t i = 0; i < replay->run_count; i++) {
        bench_diff_lines_fini(&replay->runs[i].lines);
        free(replay->runs[i].text);
        close(replay->runs[i].output);
    }
    if (replay->script >= 0)
        close(replay->script);
    wl_ops_free(replay->program);
    free(replay->text);
    return status;
}

static int
replay_recording(const struct replay *replay) {
    struct bench_replay_trace trace = {
        .path = replay->path,
        .sets = (const char *const *)replay->assignments,
        .set_count = replay->assignment_count,
        .json = replay->wants_json,
        .touch = replay->wants_touch,
    };

    if (strcmp(replay->engine, "rt") != 0)
        return bench_say(BENCH_STATUS_USAGE, "replay: a recording runs on rt alone: %s",
                         replay->path);
    return replay->wants_ops ? bench_trace_ops_print(replay->path) : bench_replay_trace(&trace);
}

static int
replay_file(struct replay *replay) {
    if (bench_replay_trace_is(replay->path))
        return replay_recording(replay);
    if (replay->wants_touch || replay->wants_ops)
        return bench_say(BENCH_STATUS_USAGE, "replay: %s is for recordings, and %s is none",
                         replay->wants_touch ? "--touch" : "--to-ops", replay->path);
    return replay_script(replay);
}

static int
run_replay(int argc, char **argv) {
    struct replay *replay = calloc(1, sizeof *replay);
    int status;

    if (replay == NULL)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "replay: out of memory");
    replay->engine = "rt";
    replay->script = -1;
    replay->difference = json_array();
    bench_ops_settings_init(&replay->settings);
    status = read_arguments(replay, argc, argv);
    if (status == BENCH_STATUS_DONE)
        status = replay_file(replay);
    json_decref(replay->difference);
    free(replay);
    return status;
}

const struct bench_verb bench_verb_replay = {
    .name = "replay",
    .summary = "run an op script on our runtime, on CPython, or both; or a recording",
    .help =
        "usage: gcsweep replay FILE [--engine rt|cpython|both] [--python PATH]\n"
        "                      [--set KNOB=VALUE]... [--json]\n"
        "\n"
        "Runs an op script: a program in a small language that makes objects, stores them in "
        "each other,\n"
        "drops them and asks the collector. workloads/README.md has its grammar, and "
        "workloads/ops/\n"
        "has examples. FILE may be - for standard input.\n"
        "\n"
        "  --engine NAME     rt, our runtime (the default); cpython, a real interpreter with "
        "its own\n"
        "                    objects, allocator and collector; or both, and what they print is "
        "compared\n"
        "  --python PATH     the interpreter; without it the one that was there when this was "
        "built\n"
        "  --set KNOB=VALUE  a knob of the runtime, alloc.*, gc.* and object.*, or a limit of "
        "scripts:\n"
        "                    ops.objects_max, ops.steps_max, ops.output_max. An interpreter "
        "has gc.mode,\n"
        "                    gc.threshold0 to 2 and, as PYTHONMALLOC, alloc.backend; with "
        "--engine both\n"
        "                    other knobs are for the runtime alone\n"
        "  --json            print one JSON document: the lines of each engine, and the "
        "difference\n"
        "  --touch           of a recording: write to each page of each block\n"
        "  --to-ops          of a recording: do not run it, but print it as an op script\n"
        "\n"
        "FILE may also be a recording, which gcsweep record made. It runs on rt, with its knobs, "
        "and what "
        "it\n"
        "took is printed: time, peaks of memory, collections. docs/recording.md says what it is.\n"
        "\n"
        "Engines that agree print their lines once. If they differ, a unified difference is "
        "printed instead:\n"
        "lines with - are the runtime's, lines with + the interpreter's.\n"
        "\n"
        "A statement that cannot be done prints a line that begins with `error:`, and the "
        "script goes on.\n"
        "Interpreters are counted exactly where the build had their headers; that is one "
        "version, 3.11 by\n"
        "intention, and for others counts may differ.\n"
        "\n"
        "  gcsweep replay workloads/ops/cycle.ops --engine both\n"
        "  gcsweep replay app.gctrace --set alloc.backend=system --set gc.threshold0=10000\n"
        "  echo 'list a\\nappend a a\\ndrop a\\nprint collect' | gcsweep replay -\n"
        "\n"
        "Exit status: 0 done; 1 the engines differ; 2 the call is wrong, or the script, of "
        "which the line is\n"
        "said, or it passed a limit; 3 an engine cannot run here.\n",
    .run = run_replay,
};
