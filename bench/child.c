/* SPDX-License-Identifier: MIT
 *
 * child.c: one worker from its start to its end. See child.h, and README.md for the protocol.
 *
 * One loop waits for everything at once: the worker's messages, its stderr, the ticker that says when to
 * sample, signals, and the time limit. The worker is in a process group of its own, so that Ctrl-C at
 * the terminal reaches the runner alone, which then decides. It is over when the worker has been waited
 * for; what is still in the pipes is read after that. The first verdict stands: a worker that was killed
 * for its time is not also a worker that failed by a signal.
 *
 * Between two ticks a runner has nothing to do. So how late it wakes for one is how late the machine lets an idle
 * process run: that is the noise. A tick that follows upon anything else than a tick does not count, and of one that
 * was slept through each period that ended meanwhile does.
 */
#include "bench/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/worker.h"

extern char **environ;

enum {
    MESSAGE_BYTES_MAX = 64 << 20,
    PAGES_DISTANCE_NS = 50000000, /* of two walks over the worker's page tables, at least ... */
    PAGES_PAUSE = 100,            /* ... and at least so many times as long as the last one took */
};

struct child {
    const struct bench_child_options *options;
    struct bench_record *record;
    pid_t pid;
    int in, out, err, ticker; /* our ends of the pipes; -1 when closed */
    struct bench_measure_rss rss;
    uint64_t deadline_ns, active_ns;
    uint64_t tick_due_ns, pages_due_ns;
    bool was_idle, has_pages; /* since the last tick; a walk during the work */
    bool active, ended, interrupted;
    bool judged; /* record->state is set */
    int status;  /* from waitpid */
    char *text;  /* what came on `out` and is not a whole line yet */
    size_t text_bytes, text_capacity;
};

/* ---- Signals ---------------------------------------------------------------------------------------- */

int
bench_child_signals_open(void) {
    sigset_t signals;
    int fd;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* a file that must not grow any more is a failed write, as a full disk is */
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
        return -errno;
    fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

bool
bench_child_interrupted(int signals) {
    struct signalfd_siginfo info;
    bool interrupted = false;

    while (read(signals, &info, sizeof info) == (ssize_t)sizeof info)
        interrupted = interrupted || info.ssi_signo != SIGCHLD;
    return interrupted;
}

void
bench_child_follow_parent(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/* ---- Starting --------------------------------------------------------------------------------------- */

struct pipes {
    int in[2], out[2], err[2];
};

static void
close_fd(int *fd) {
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int
open_pipes(struct pipes *pipes) {
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(pipes->in, O_CLOEXEC) != 0 || pipe2(pipes->out, O_CLOEXEC) != 0 ||
        pipe2(pipes->err, O_CLOEXEC) != 0)
        return -errno;
    fcntl(pipes->out[0], F_SETFL, O_NONBLOCK);
    fcntl(pipes->err[0], F_SETFL, O_NONBLOCK);
    return 0;
}

/* With an empty signal mask, and SIGPIPE and SIGXFSZ as a process normally has them. */
static int
spawn_with(const struct bench_child_options *options, const struct pipes *pipes, pid_t *ret_pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, ignored;
    int error;

    sigemptyset(&none);
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    sigaddset(&ignored, SIGXFSZ);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes->in[0], BENCH_WORKER_IN);
    posix_spawn_file_actions_adddup2(&actions, pipes->err[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes->err[1], STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes->out[1], BENCH_WORKER_OUT);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &ignored);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    error = posix_spawnp(ret_pid, options->path, &actions, &attributes, options->argv,
                         options->environment == NULL ? environ : options->environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}

static int
start(struct child *child) {
    struct pipes pipes;
    int error = open_pipes(&pipes);

    if (error == 0)
        error = spawn_with(child->options, &pipes, &child->pid);
    close_fd(&pipes.in[0]);
    close_fd(&pipes.out[1]);
    close_fd(&pipes.err[1]);
    child->in = pipes.in[1];
    child->out = pipes.out[0];
    child->err = pipes.err[0];
    if (error != 0) {
        snprintf(child->record->why, sizeof child->record->why, "%s: %s", child->options->path,
                 strerror(-error));
        return error;
    }
    child->ticker = bench_measure_ticker_open(child->options->sample_ns, &child->tick_due_ns);
    bench_measure_rss_open(&child->rss, child->pid);
    return 0;
}

/* ---- Talking ---------------------------------------------------------------------------------------- */

/* The worker may be gone already: then its end says more than the failed write. */
static void
tell(struct child *child, const char *text) {
    size_t bytes = strlen(text);
    while (bytes > 0) {
        ssize_t written = write(child->in, text, bytes);
        if (written < 0)
            return;
        text += written;
        bytes -= (size_t)written;
    }
}

static void
hand_over(struct child *child, const struct bench_cell *cell) {
    json_t *object =
        child->options->only_named ? bench_cell_named_json(cell) : bench_cell_json(cell);
    if (object != NULL && child->options->clock_rate > 0)
        json_object_set_new(object, "clock_rate",
                            json_integer((json_int_t)child->options->clock_rate));
    char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

    if (text != NULL) {
        tell(child, text);
        tell(child, "\n");
    }
    free(text);
    json_decref(object);
}

static void
end_with(struct child *child, enum bench_cell_state state, const char *why) {
    if (!child->judged) {
        child->judged = true;
        child->record->state = state;
        if (why != NULL)
            snprintf(child->record->why, sizeof child->record->why, "%s", why);
    }
    if (!child->ended)
        kill(-child->pid, SIGKILL);
}

static void
sample(struct child *child) {
    char why[96];
    uint64_t bytes;

    if (bench_measure_rss_read(&child->rss, &bytes) != 0)
        return;
    if (child->active)
        bench_series_add(&child->record->resident,
                         (int64_t)(bench_measure_now_ns() - child->active_ns), (int64_t)bytes);
    if (child->options->memory_limit_bytes > 0 && bytes > child->options->memory_limit_bytes) {
        snprintf(why, sizeof why, "%llu bytes resident, the limit is %llu",
                 (unsigned long long)bytes, (unsigned long long)child->options->memory_limit_bytes);
        end_with(child, BENCH_CELL_MEMORY, why);
    }
}

static void
raise_to(struct bench_record *record, enum bench_metric metric, uint64_t bytes) {
    if (!record->has[metric] || record->values[metric] < (double)bytes)
        bench_record_put(record, metric, (double)bytes);
}

/* The worker may have to wait for a walk if it maps memory, so that all of them take 1 % of its time at most. */
static void
walk_pages(struct child *child) {
    struct bench_measure_pages pages;
    uint64_t began_ns = bench_measure_now_ns(), wait_ns;

    child->was_idle = false;
    child->pages_due_ns = UINT64_MAX;
    if (bench_measure_pages_read(child->pid, &pages) != 0)
        return;
    wait_ns = (bench_measure_now_ns() - began_ns) * PAGES_PAUSE;
    child->pages_due_ns = began_ns + (wait_ns > PAGES_DISTANCE_NS ? wait_ns : PAGES_DISTANCE_NS);
    child->has_pages = child->has_pages || child->active;
    raise_to(child->record, BENCH_METRIC_PEAK_PSS_BYTES, pages.pss_bytes);
    raise_to(child->record, BENCH_METRIC_PEAK_PRIVATE_DIRTY_BYTES, pages.private_dirty_bytes);
    raise_to(child->record, BENCH_METRIC_HUGE_PAGE_BYTES, pages.huge_bytes);
}

/* A peak without a look while the worker worked would be none. */
static void
judge_pages(struct child *child) {
    for (int i = BENCH_METRIC_PEAK_PSS_BYTES; i <= BENCH_METRIC_HUGE_PAGE_BYTES; i++)
        child->record->has[i] = child->record->has[i] && child->has_pages;
}

static void
take_tick(struct child *child) {
    const uint64_t period_ns = child->options->sample_ns, now_ns = bench_measure_now_ns();
    uint64_t ended = bench_measure_ticker_clear(child->ticker);

    for (; ended > 0; ended--, child->tick_due_ns += period_ns)
        if (child->active && child->was_idle && now_ns > child->tick_due_ns)
            bench_hist_record(&child->record->noise, now_ns - child->tick_due_ns);
    child->was_idle = true;
    sample(child);
    if (child->active && now_ns >= child->pages_due_ns)
        walk_pages(child);
}

static void
put_rss(struct child *child, enum bench_metric metric) {
    uint64_t bytes;
    if (bench_measure_rss_read(&child->rss, &bytes) == 0)
        bench_record_put(child->record, metric, (double)bytes);
}

static void
take_record(struct child *child, json_t *message) {
    if (child->judged)
        return;
    if (bench_record_parse(child->record, message) == 0)
        child->judged = true;
    else
        end_with(child, BENCH_CELL_FAILED, NULL);
}

static void
take_message(struct child *child, json_t *message) {
    const char *event = json_string_value(json_object_get(message, "event"));
    json_t *clock_ns = json_object_get(message, "clock_ns");
    uint64_t bytes;

    if (event == NULL) {
        end_with(child, BENCH_CELL_FAILED, "the worker sent something that is not a message");
    } else if (strcmp(event, "ready") == 0) {
        put_rss(child, BENCH_METRIC_BASELINE_RSS_BYTES);
        walk_pages(child);
        tell(child, "go\n");
    } else if (strcmp(event, "active") == 0) {
        child->active = true;
        child->active_ns = json_is_integer(clock_ns) ? (uint64_t)json_integer_value(clock_ns)
                                                     : bench_measure_now_ns();
        sample(child);
    } else if (strcmp(event, "drained") == 0) {
        sample(child);
        child->active = false;
        walk_pages(child);
        put_rss(child, BENCH_METRIC_DRAINED_RSS_BYTES);
        if (bench_measure_rss_peak(&child->rss, &bytes) == 0)
            bench_record_put(child->record, BENCH_METRIC_PEAK_RSS_BYTES, (double)bytes);
        tell(child, "go\n");
    } else if (strcmp(event, "record") == 0) {
        take_record(child, message);
    }
}

static void
take_lines(struct child *child) {
    char *line = child->text, *end;

    while ((end = memchr(line, '\n', child->text_bytes - (size_t)(line - child->text))) != NULL) {
        json_t *message = json_loadb(line, (size_t)(end - line), JSON_REJECT_DUPLICATES, NULL);
        take_message(child, message);
        json_decref(message);
        line = end + 1;
    }
    child->text_bytes -= (size_t)(line - child->text);
    memmove(child->text, line, child->text_bytes);
}

/* Reads what is there; closes the pipe at its end. */
static void
read_messages(struct child *child) {
    for (;;) {
        if (child->text_capacity - child->text_bytes < 4096) {
            size_t capacity = child->text_capacity == 0 ? 16384 : child->text_capacity * 2;
            char *text = capacity > MESSAGE_BYTES_MAX ? NULL : realloc(child->text, capacity);
            if (text == NULL) {
                end_with(child, BENCH_CELL_FAILED, "the worker's message is too long");
                close_fd(&child->out);
                return;
            }
            child->text = text;
            child->text_capacity = capacity;
        }
        ssize_t got = read(child->out, child->text + child->text_bytes,
                           child->text_capacity - child->text_bytes);
        if (got == 0)
            close_fd(&child->out);
        if (got <= 0)
            return;
        child->text_bytes += (size_t)got;
        take_lines(child);
    }
}

/* Keeps the last whole lines that fit. */
static void
read_stderr(struct child *child) {
    char *tail = child->record->stderr_tail;
    const size_t room = sizeof child->record->stderr_tail - 1;
    char chunk[1024];
    ssize_t got;

    while ((got = read(child->err, chunk, sizeof chunk)) > 0) {
        size_t length = strlen(tail);
        for (ssize_t i = 0; i < got; i++)
            if (chunk[i] == '\0')
                chunk[i] = '?';
        if (length + (size_t)got > room) {
            size_t drop = length + (size_t)got - room;
            char *line = drop < length ? memchr(tail + drop, '\n', length - drop) : NULL;
            drop = line != NULL ? (size_t)(line + 1 - tail) : length;
            memmove(tail, tail + drop, length - drop + 1);
            length -= drop;
        }
        memcpy(tail + length, chunk, (size_t)got);
        tail[length + (size_t)got] = '\0';
    }
    if (got == 0)
        close_fd(&child->err);
}

/* ---- Waiting ---------------------------------------------------------------------------------------- */

static void
take_signals(struct child *child) {
    if (bench_child_interrupted(child->options->signals) && !child->interrupted) {
        child->interrupted = true;
        kill(-child->pid, SIGKILL);
    }
    child->ended = waitpid(child->pid, &child->status, WNOHANG) == child->pid;
}

static int
milliseconds_left(const struct child *child) {
    uint64_t now_ns = bench_measure_now_ns();
    uint64_t left_ms =
        now_ns < child->deadline_ns ? (child->deadline_ns - now_ns) / 1000000 + 1 : 0;
    return left_ms < 60000 ? (int)left_ms : 60000;
}

static void
watch(struct child *child) {
    while (!child->ended) {
        struct pollfd fds[] = {{child->options->signals, POLLIN, 0},
                               {child->out, POLLIN, 0},
                               {child->err, POLLIN, 0},
                               {child->ticker, POLLIN, 0}};
        int ready = poll(fds, 4, child->judged ? 1000 : milliseconds_left(child));

        if (ready > 0 && fds[3].revents != 0)
            take_tick(child);
        if (ready > 0 && (fds[0].revents | fds[1].revents | fds[2].revents) != 0)
            child->was_idle = false;
        if (ready > 0 && fds[1].revents != 0)
            read_messages(child);
        if (ready > 0 && fds[2].revents != 0)
            read_stderr(child);
        if (ready <= 0 || fds[0].revents != 0)
            take_signals(child);
        if (!child->ended && milliseconds_left(child) == 0) {
            char why[64];
            snprintf(why, sizeof why, "not done after %.3g s",
                     (double)child->options->time_limit_ns / 1e9);
            end_with(child, BENCH_CELL_TIMEOUT, why);
        }
    }
}

/* ---- Judging ---------------------------------------------------------------------------------------- */

static void
judge(struct child *child) {
    struct bench_record *record = child->record;

    record->exit_status = WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;
    record->signal = WIFSIGNALED(child->status) ? WTERMSIG(child->status) : 0;
    if (child->judged && (record->state != BENCH_CELL_FINISHED || record->exit_status == 0))
        return;
    record->state = BENCH_CELL_FAILED;
    if (record->signal != 0)
        snprintf(record->why, sizeof record->why, "ended by signal %d (%s)%s", record->signal,
                 strsignal(record->signal),
                 record->signal == SIGKILL ? "; perhaps the kernel ran out of memory" : "");
    else
        snprintf(record->why, sizeof record->why, "%s, status %d",
                 record->exit_status == 0 ? "ended without a record" : "failed",
                 record->exit_status);
}

static void
finish(struct child *child) {
    kill(-child->pid, SIGKILL); /* whatever the worker left behind */
    if (child->out >= 0)
        read_messages(child);
    if (child->err >= 0)
        read_stderr(child);
    close_fd(&child->in);
    close_fd(&child->out);
    close_fd(&child->err);
    close_fd(&child->ticker);
    bench_measure_rss_close(&child->rss);
    free(child->text);
}

int
bench_child_run(const struct bench_child_options *options, const struct bench_cell *cell,
                struct bench_record *record) {
    struct child child = {.options = options, .record = record, .ticker = -1, .rss = {.fd = -1}};
    uint64_t began_ns = bench_measure_now_ns();
    int error;

    bench_record_clear(record);
    bench_measure_utc(record->started);
    error = start(&child);
    if (error != 0) {
        close_fd(&child.in);
        close_fd(&child.out);
        close_fd(&child.err);
        return error;
    }
    child.deadline_ns = began_ns + options->time_limit_ns;
    hand_over(&child, cell);
    watch(&child);
    finish(&child);
    record->elapsed_ns = bench_measure_now_ns() - began_ns;
    if (child.interrupted)
        return -EINTR;
    judge(&child);
    if (record->state == BENCH_CELL_FINISHED)
        record->stderr_tail[0] = '\0';
    judge_pages(&child);
    bench_record_derive(record);
    return 0;
}

int
bench_child_run_on(const struct bench_engine *engine, const struct bench_child_options *options,
                   const struct bench_cell *cell, struct bench_record *record) {
    struct bench_child_options own = *options;
    char **environment;
    int error = bench_engine_environment(engine, cell, &environment);

    if (error != 0) {
        snprintf(record->why, sizeof record->why, "%s", strerror(-error));
        return error;
    }
    own.path = engine->path;
    own.argv = engine->argv;
    own.environment = environment;
    own.only_named = engine->has_own_defaults;
    error = bench_child_run(&own, cell, record);
    free(environment);
    return error;
}
