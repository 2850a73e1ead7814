/* SPDX-License-Identifier: MIT
 *
 * figure/batch.c: see figure/batch.h.
 *
 * A batch has a directory of its own with a table for each picture, and a script for each process that
 * calls the figures one after the other, each from a fresh session. gnuplot is started directly, with no
 * shell and no start-up files. Before each picture it says its number, so that its last complaint can be
 * told as that of one figure.
 */
#include "bench/figure/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum {
    PROCESSES_MOST = 4,
    WORTH_A_PROCESS = 16, /* pictures */
    PATH_BYTES = 4096,
};

struct picture {
    char *figure, *script, *title, *caption, *table, *out, *format;
    bool is_own; /* the batch's file */
};

struct bench_figure_batch {
    char directory[PATH_BYTES];
    struct picture *pictures;
    size_t count, capacity;
};

struct process {
    pid_t pid;
    int fd; /* what it complains of */
    size_t figure;
    char line[256]; /* the last that it said */
};

/* ---- Adding ------------------------------------------------------------------------------------ */

int
bench_figure_batch_open(struct bench_figure_batch **ret_batch, char *why, size_t why_bytes) {
    const char *tmp = getenv("TMPDIR");
    struct bench_figure_batch *batch = calloc(1, sizeof(*batch));
    if (!batch) {
        snprintf(why, why_bytes, "out of memory");
        return -ENOMEM;
    }
    snprintf(batch->directory, sizeof(batch->directory), "%s/gcsweep-figures-XXXXXX",
             tmp && *tmp ? tmp : P_tmpdir);
    if (!mkdtemp(batch->directory)) {
        snprintf(why, why_bytes, "%s: cannot be made: %s", batch->directory, strerror(errno));
        free(batch);
        return -ENOENT;
    }
    *ret_batch = batch;
    return 0;
}

static char *
name_own(const struct bench_figure_batch *batch, const char *ending) {
    char path[PATH_BYTES + 64];
    snprintf(path, sizeof(path), "%s/%zu.%s", batch->directory, batch->count, ending);
    return strdup(path);
}

static char *
name_script(const char *figure) {
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s.gp", bench_figure_plots_dir(), figure);
    return strdup(path);
}

static int
refuse_file(const char *path, char *why, size_t why_bytes) {
    snprintf(why, why_bytes, "%s: cannot be written: %s", path, strerror(errno));
    return -ENOENT;
}

/* The table, and an empty picture: what gnuplot says when it cannot write is long and says little. */
static int
write_files(const struct picture *picture, bench_figure_write_fn write, const void *context,
            char *why, size_t why_bytes) {
    if (access(picture->script, R_OK)) {
        snprintf(why, why_bytes, "%s: no such script; set GCSWEEP_PLOTS to the directory of plots",
                 picture->script);
        return -ENOENT;
    }
    FILE *out = fopen(picture->out, "w");
    if (!out || fclose(out))
        return refuse_file(picture->out, why, why_bytes);
    out = fopen(picture->table, "w");
    if (!out)
        return refuse_file(picture->table, why, why_bytes);
    write(context, out);
    bool failed = ferror(out);
    if (fclose(out) || failed)
        return refuse_file(picture->table, why, why_bytes);
    return 0;
}

static void
free_picture(struct picture *picture) {
    if (picture->table)
        unlink(picture->table);
    if (picture->out && picture->is_own)
        unlink(picture->out);
    free(picture->figure);
    free(picture->script);
    free(picture->title);
    free(picture->caption);
    free(picture->table);
    free(picture->out);
    free(picture->format);
}

int
bench_figure_batch_add(struct bench_figure_batch *batch, const struct bench_figure_picture *picture,
                       char *why, size_t why_bytes) {
    if (batch->count == batch->capacity) {
        size_t capacity = batch->capacity ? 2 * batch->capacity : 16;
        struct picture *larger = realloc(batch->pictures, capacity * sizeof(*larger));
        if (!larger) {
            snprintf(why, why_bytes, "out of memory");
            return -ENOMEM;
        }
        batch->pictures = larger;
        batch->capacity = capacity;
    }
    struct picture *added = &batch->pictures[batch->count];
    *added = (struct picture){.figure = strdup(picture->name),
                              .script = name_script(picture->name),
                              .title = strdup(picture->title),
                              .caption = strdup(picture->caption),
                              .table = name_own(batch, "tsv"),
                              .out = picture->out ? strdup(picture->out) : name_own(batch, "out"),
                              .format = strdup(picture->format),
                              .is_own = !picture->out};
    int error = -ENOMEM;
    if (added->figure && added->script && added->title && added->caption && added->table &&
        added->out && added->format)
        error = write_files(added, picture->write, picture->context, why, why_bytes);
    else
        snprintf(why, why_bytes, "out of memory");
    if (error)
        free_picture(added);
    else
        batch->count++;
    return error;
}

/* ---- Scripts ----------------------------------------------------------------------------------- */

/* As a string of gnuplot's in which nothing is special. */
static void
write_quoted(const char *text, FILE *out) {
    fputs(" '", out);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', out);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    fputc('\'', out);
}

/* Of every `share`th picture, from the `first` on. */
static int
write_script(const struct bench_figure_batch *batch, size_t first, size_t share, const char *path,
             char *why, size_t why_bytes) {
    FILE *out = fopen(path, "w");
    if (!out)
        return refuse_file(path, why, why_bytes);
    for (size_t i = first; i < batch->count; i += share) {
        const struct picture *picture = &batch->pictures[i];
        const char *const arguments[] = {picture->script, picture->table, picture->out,
                                         picture->format, picture->title, picture->caption};
        fprintf(out, "reset session\nprint \"@%zu\"\ncall", i);
        for (size_t k = 0; k < sizeof(arguments) / sizeof(arguments[0]); k++)
            write_quoted(arguments[k], out);
        fputs("\nunset output\n", out);
    }
    bool failed = ferror(out);
    if (fclose(out) || failed)
        return refuse_file(path, why, why_bytes);
    return 0;
}

/* ---- Processes --------------------------------------------------------------------------------- */

static int
spawn_gnuplot(char *script, struct process *process) {
    char *const argv[] = {"gnuplot", "-d", script, NULL};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return -errno;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawnattr_t attributes; /* a sweep blocks signals; gnuplot shall not inherit that */
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    int error = posix_spawnp(&process->pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error)
        close(ends[0]);
    else
        process->fd = ends[0];
    return -error;
}

static int
start(struct process *process, char *script, char *why, size_t why_bytes) {
    int error = spawn_gnuplot(script, process);
    if (error == -ENOENT || error == -EACCES) {
        snprintf(why, why_bytes, "gnuplot is not installed: install the package gnuplot-nox");
        return -ENOPKG;
    }
    if (error)
        snprintf(why, why_bytes, "gnuplot cannot be started: %s", strerror(-error));
    return error ? -EIO : 0;
}

/* Takes all that comes, keeps the last number of a picture and the last line behind it. */
static void
read_complaints(struct process *process) {
    FILE *in = fdopen(process->fd, "r");
    char *text = NULL;
    size_t capacity = 0;
    if (!in) {
        close(process->fd);
        return;
    }
    while (getline(&text, &capacity, in) >= 0) {
        text[strcspn(text, "\n")] = '\0';
        const char *word = text + strspn(text, " \t^");
        if (*word == '@') {
            process->figure = strtoul(word + 1, NULL, 10);
            process->line[0] = '\0';
        } else if (*word) {
            snprintf(process->line, sizeof(process->line), "%s", word);
        }
    }
    free(text);
    fclose(in);
}

static int
wait_for(const struct bench_figure_batch *batch, struct process *process, char *why,
         size_t why_bytes) {
    int status = 0;
    read_complaints(process);
    while (waitpid(process->pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    snprintf(why, why_bytes, "figure %s: gnuplot failed: %s",
             batch->pictures[process->figure].figure,
             *process->line ? process->line : "it said nothing");
    return -EIO;
}

static size_t
count_processes(const struct bench_figure_batch *batch) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = (batch->count + WORTH_A_PROCESS - 1) / WORTH_A_PROCESS;
    size_t most = online < 1 ? 1 : online < PROCESSES_MOST ? (size_t)online : PROCESSES_MOST;
    return count < most ? count : most;
}

int
bench_figure_batch_draw(struct bench_figure_batch *batch, char *why, size_t why_bytes) {
    struct process processes[PROCESSES_MOST] = {{0}};
    size_t count = count_processes(batch), started = 0;
    int error = 0;
    for (; started < count && !error; started++) {
        char script[PATH_BYTES + 64];
        snprintf(script, sizeof(script), "%s/%zu.gp", batch->directory, started);
        processes[started].figure = started;
        error = write_script(batch, started, count, script, why, why_bytes);
        if (!error)
            error = start(&processes[started], script, why, why_bytes);
        if (error)
            break;
    }
    for (size_t i = 0; i < started; i++) {
        int failed = wait_for(batch, &processes[i], why, why_bytes);
        error = error ? error : failed;
    }
    for (size_t i = 0; i < batch->count && error; i++)
        unlink(batch->pictures[i].out);
    return error;
}

/* ---- The rest ---------------------------------------------------------------------------------- */

size_t
bench_figure_batch_count(const struct bench_figure_batch *batch) {
    return batch->count;
}

const char *
bench_figure_batch_path(const struct bench_figure_batch *batch, size_t index) {
    return batch->pictures[index].out;
}

void
bench_figure_batch_close(struct bench_figure_batch *batch) {
    if (!batch)
        return;
    for (size_t i = 0; i < batch->count; i++)
        free_picture(&batch->pictures[i]);
    for (size_t i = 0; i < PROCESSES_MOST; i++) {
        char script[PATH_BYTES + 64];
        snprintf(script, sizeof(script), "%s/%zu.gp", batch->directory, i);
        unlink(script);
    }
    rmdir(batch->directory);
    free(batch->pictures);
    free(batch);
}
