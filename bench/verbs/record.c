/* SPDX-License-Identifier: MIT
 *
 * verbs/record.c: `gcsweep record`, which starts a program with a recorder inside and makes a recording of what
 * that noted.
 */
#include "bench/verb.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/convert.h"
#include "bench/option.h"
#include "bench/preload.h"
#include "bench/recorder.h"
#include "bench/say.h"
#include "bench/table.h"

enum {
    PATH_BYTES = 4096,
    COMMAND_BYTES = 1024,
};

struct call {
    const char *out;
    char out_data[PATH_BYTES];
    char **command; /* ended by NULL */
    enum bench_recorder_kind kind;
    bool kind_is_given, keep_raw;
    uint64_t snapshot_every;
    char raw_path[PATH_BYTES + 8];
};

enum option {
    OPTION_OUT,
    OPTION_PYTHON,
    OPTION_NATIVE,
    OPTION_SNAPSHOT,
    OPTION_KEEP_RAW
};

static const struct bench_option options[] = {
    [OPTION_OUT] = {"-o", true},
    [OPTION_PYTHON] = {"--python", false},
    [OPTION_NATIVE] = {"--native", false},
    [OPTION_SNAPSHOT] = {"--snapshot-every", true},
    [OPTION_KEEP_RAW] = {"--keep-raw", false},
    {0},
};

/* ---- Arguments ---------------------------------------------------------------------------------- */

static int
take_option(struct call *call, int option, const char *value) {
    switch (option) {
    case OPTION_OUT:
        call->out = value;
        return BENCH_STATUS_DONE;
    case OPTION_PYTHON:
    case OPTION_NATIVE:
        call->kind = option == OPTION_PYTHON ? BENCH_RECORDER_PYTHON : BENCH_RECORDER_NATIVE;
        call->kind_is_given = true;
        return BENCH_STATUS_DONE;
    case OPTION_SNAPSHOT:
        return bench_option_number("--snapshot-every", value, 0, UINT32_MAX, &call->snapshot_every)
                   ? BENCH_STATUS_DONE
                   : BENCH_STATUS_USAGE;
    case OPTION_KEEP_RAW:
        call->keep_raw = true;
        return BENCH_STATUS_DONE;
    default:
        return BENCH_STATUS_USAGE;
    }
}

/* The first word begins the command, whatever its arguments look like. */
static int
read_call(struct call *call, int argc, char **argv) {
    struct bench_option_reader reader;
    int option;

    bench_option_init(&reader, options, argc, argv);
    while ((option = bench_option_next(&reader)) != BENCH_OPTION_END) {
        if (option == BENCH_OPTION_WORD) {
            call->command = &argv[reader.at - 1];
            break;
        }
        if (take_option(call, option, reader.value) != BENCH_STATUS_DONE)
            return BENCH_STATUS_USAGE;
    }
    if (call->command == NULL)
        return bench_say(BENCH_STATUS_USAGE,
                         "record needs a program to start: gcsweep record -o FILE -- PROG ARG...");
    if (!call->kind_is_given)
        call->kind = bench_recorder_kind(call->command);
    return BENCH_STATUS_DONE;
}

static int
name_files(struct call *call) {
    const char *slash = strrchr(call->command[0], '/');
    int length;

    if (call->out == NULL) {
        snprintf(call->out_data, sizeof call->out_data, "%.*s.gctrace", 255,
                 slash == NULL ? call->command[0] : slash + 1);
        call->out = call->out_data;
    }
    length = snprintf(call->raw_path, sizeof call->raw_path, "%s.raw", call->out);
    if (length >= (int)sizeof call->raw_path)
        return bench_say(BENCH_STATUS_USAGE, "-o %.64s...: too long", call->out);
    length = bench_convert_create_raw(call->raw_path);
    if (length < 0)
        return bench_say(BENCH_STATUS_USAGE, "cannot write %s: %s", call->raw_path,
                         strerror(-length));
    return BENCH_STATUS_DONE;
}

/* ---- The program -------------------------------------------------------------------------------- */

/* The program obeys interrupts; this process waits for what becomes of it. */
static int
start(const struct bench_recorder *recorder, pid_t *ret_pid) {
    posix_spawnattr_t attributes;
    sigset_t obeyed;
    int error = posix_spawnattr_init(&attributes);

    if (error != 0)
        return -error;
    sigemptyset(&obeyed);
    sigaddset(&obeyed, SIGINT);
    posix_spawnattr_setsigdefault(&attributes, &obeyed);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    fflush(stdout);
    error = posix_spawnp(ret_pid, recorder->argv[0], NULL, &attributes, recorder->argv,
                         recorder->environment);
    posix_spawnattr_destroy(&attributes);
    return -error;
}

/* Gives what waitpid says, or a negative errno. */
static int
run_program(const struct bench_recorder *recorder) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    pid_t pid;
    int status = 0, error;

    sigaction(SIGINT, &ignore, &before);
    error = start(recorder, &pid);
    while (error == 0 && waitpid(pid, &status, 0) < 0)
        error = errno == EINTR ? 0 : -errno;
    sigaction(SIGINT, &before, NULL);
    return error < 0 ? error : status;
}

static void
say_how_it_ended(const struct call *call, int status) {
    if (WIFSIGNALED(status))
        bench_say(0, "%s was ended by signal %d (%s); the recording goes as far as that",
                  call->command[0], WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        bench_say(0, "%s ended with status %d", call->command[0], WEXITSTATUS(status));
}

/* ---- The recording ------------------------------------------------------------------------------ */

static void
write_header(const struct call *call, char *text, size_t bytes) {
    char command[COMMAND_BYTES];
    size_t length = 0;

    command[0] = '\0';
    for (char **word = call->command; *word != NULL && length < sizeof command; word++)
        length += (size_t)snprintf(command + length, sizeof command - length, "%s%s",
                                   word == call->command ? "" : " ", *word);
    for (char *at = command; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    length = (size_t)snprintf(text, bytes, "kind: %s\ncommand: %s\n",
                              call->kind == BENCH_RECORDER_PYTHON ? "python" : "native", command);
    if (call->kind == BENCH_RECORDER_PYTHON)
        snprintf(text + length, bytes - length, "snapshot_every: %llu\n",
                 (unsigned long long)call->snapshot_every);
}

static int
make_recording(const struct call *call) {
    char header[COMMAND_BYTES + 512], why[PATH_BYTES + 256], size[BENCH_TABLE_TEXT_BYTES];
    struct bench_converted made;
    int error;

    write_header(call, header, sizeof header);
    error = bench_convert(call->raw_path, call->out, header, &made, why, sizeof why);
    if (error == -ENODATA)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s did not load the recorder: %s",
                         call->command[0],
                         call->kind == BENCH_RECORDER_PYTHON
                             ? "is it a Python of 3.10 or later?"
                             : "is it statically linked, setuid, or a Python under another name?");
    if (error < 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "%s", why);
    bench_say(0, "%s: %llu operations, %s, %.2f bytes each; at most %llu blocks at once", call->out,
              (unsigned long long)made.counts.operations,
              bench_table_bytes((double)made.bytes, size),
              made.counts.operations == 0 ? 0 : (double)made.bytes / (double)made.counts.operations,
              (unsigned long long)made.counts.ids);
    if (made.lost > 0)
        return bench_say(BENCH_STATUS_NO, "there was no room for the last events: the recording "
                                          "ends before the program did");
    return BENCH_STATUS_DONE;
}

static int
record(const struct call *call, const struct bench_recorder *recorder) {
    int ended = run_program(recorder), status;

    if (ended < 0)
        return bench_say(BENCH_STATUS_USAGE, "cannot start %s: %s", call->command[0],
                         strerror(-ended));
    say_how_it_ended(call, ended);
    status = make_recording(call);
    if (status == BENCH_STATUS_DONE && ended != 0)
        status = WIFSIGNALED(ended) && WTERMSIG(ended) == SIGINT ? BENCH_STATUS_INTERRUPTED
                                                                 : BENCH_STATUS_NO;
    return status;
}

static int
run_record(int argc, char **argv) {
    struct call call = {.snapshot_every = 1000000};
    struct bench_recorder recorder = {0};
    int status = read_call(&call, argc, argv);

    if (status == BENCH_STATUS_DONE)
        status = name_files(&call);
    if (status != BENCH_STATUS_DONE)
        return status;
    status = bench_recorder_prepare(&recorder, call.kind, call.command, call.raw_path,
                                    call.snapshot_every);
    if (status == BENCH_STATUS_DONE)
        status = record(&call, &recorder);
    if (!call.keep_raw)
        unlink(call.raw_path);
    bench_recorder_fini(&recorder);
    return status;
}

const struct bench_verb bench_verb_record = {
    .name = "record",
    .summary = "record what a program asks of its allocator",
    .help =
        "usage: gcsweep record [-o FILE] [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
        "\n"
        "Starts a program, notes every block it obtains, resizes and returns, and writes a\n"
        "recording that `gcsweep replay` runs again under any allocator, backend and threshold.\n"
        "A native program is recorded through a preloaded library; a Python program through\n"
        "the interpreter's allocator hooks, with its containers and their references.\n"
        "\n"
        "  -o FILE             the recording (PROGRAM.gctrace in this directory)\n"
        "  --python, --native  which recorder, where the program's name does not say it\n"
        "  --snapshot-every N  of Python: look at all references after so many allocations,\n"
        "                      and not only when the program collects; 0: never (1000000)\n"
        "  --keep-raw          keep FILE.raw, the recorder's own file, 16 bytes an event\n"
        "\n"
        "Examples:\n"
        "  gcsweep record -o log.gctrace -- git log --stat\n"
        "  gcsweep record -o app.gctrace -- python3 app.py --level 3\n"
        "  gcsweep replay app.gctrace --set gc.threshold0=10000\n"
        "\n"
        "Exit status: 0 recorded; 1 recorded, but the program failed or the disk was full;\n"
        "2 the call is wrong; 3 the program cannot be recorded here; 130 interrupted, and\n"
        "recorded as far as that.\n",
    .run = run_record,
};
