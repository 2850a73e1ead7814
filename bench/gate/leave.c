/* SPDX-License-Identifier: MIT
 *
 * gate/leave.c: see gate/leave.h. Charts are drawn in a folder that nobody looks at, and moved one by one.
 */
#include "bench/gate/leave.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/report.h"
#include "bench/say.h"
#include "bench/verb.h"

/* ---- Before ----------------------------------------------------------------------------------------- */

static int
make_folder(const char *path) {
    return mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : -errno;
}

/* Every folder on the way that is not there. */
static int
make_folders(char *path) {
    int error = 0;

    for (char *slash = strchr(path + 1, '/'); error == 0 && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        error = make_folder(path);
        *slash = '/';
    }
    return error == 0 ? make_folder(path) : error;
}

/* Nothing but what a gate draws. */
static void
remove_charts(const char *charts) {
    DIR *directory = opendir(charts);
    char path[BENCH_OUTPUT_PATH_BYTES + 272];

    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, "gate-", 5) != 0 || length < 4 ||
            strcmp(entry->d_name + length - 4, ".png") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", charts, entry->d_name);
        (void)unlink(path);
    }
    if (directory != NULL)
        closedir(directory);
    (void)rmdir(charts); /* if nothing else is there */
}

static void
remove_run(const char *path) {
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char one[BENCH_OUTPUT_PATH_BYTES + 16];

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        snprintf(one, sizeof one, "%s%s", path, endings[i]);
        (void)unlink(one);
    }
}

int
bench_gate_leave_begin(struct bench_gate_leave *leave, const char *folder) {
    const char *wanted = folder == NULL ? "results/gate" : folder;
    int error = strlen(wanted) < sizeof leave->folder ? 0 : -ENAMETOOLONG;

    *leave = (struct bench_gate_leave){.folder = ""};
    snprintf(leave->folder, sizeof leave->folder, "%s", wanted);
    if (error == 0)
        error = make_folders(leave->folder);
    if (error == 0 && access(leave->folder, W_OK) != 0)
        error = -errno;
    if (error != 0)
        return bench_say(BENCH_STATUS_USAGE, "--out %s: %s", wanted, strerror(-error));
    /* a run's path needs a slash, or else it is one below results */
    const char *here = strchr(leave->folder, '/') == NULL ? "./" : "";
    snprintf(leave->run, sizeof leave->run, "%s%s/gate.db", here, leave->folder);
    snprintf(leave->markdown, sizeof leave->markdown, "%s/gate.md", leave->folder);
    snprintf(leave->junit, sizeof leave->junit, "%s/junit.xml", leave->folder);
    snprintf(leave->report, sizeof leave->report, "%s/report.html", leave->folder);
    snprintf(leave->charts, sizeof leave->charts, "%s/charts", leave->folder);
    remove_run(leave->run);
    (void)unlink(leave->markdown);
    (void)unlink(leave->junit);
    (void)unlink(leave->report);
    remove_charts(leave->charts);
    return BENCH_STATUS_DONE;
}

/* ---- After ------------------------------------------------------------------------------------------ */

static int
write_file(const struct bench_gate_leave *leave, const struct bench_gate *gate, const char *path,
           bool is_markdown) {
    struct bench_output output;
    char why[512];
    int error = bench_output_open(&output, path, true, why, sizeof why);

    if (error == 0) {
        if (is_markdown)
            bench_gate_markdown_write(gate, &leave->places, output.file);
        else
            bench_gate_junit_write(gate, output.file);
        error = bench_output_finish(&output, why, sizeof why);
    }
    return error == 0 ? BENCH_STATUS_DONE : bench_say(BENCH_STATUS_ENVIRONMENT, "%s", why);
}

struct move {
    const char *to;
    int error;
};

static void
move_chart(void *context, const char *path) {
    struct move *move = context;
    char to[BENCH_OUTPUT_PATH_BYTES + 600];

    snprintf(to, sizeof to, "%s/%s", move->to, strrchr(path, '/') + 1);
    if (rename(path, to) != 0 && move->error == 0)
        move->error = -errno;
}

static int
draw_charts(const struct bench_gate_leave *leave, char *why, size_t why_bytes) {
    char hidden[BENCH_OUTPUT_PATH_BYTES];
    struct move move = {.to = leave->charts, .error = make_folder(leave->charts)};
    int error;

    snprintf(hidden, sizeof hidden, "%s/.charts.%ld", leave->folder, (long)getpid());
    error = bench_report_pictures(leave->run, hidden, move_chart, &move, why, why_bytes);
    remove_charts(hidden); /* what was not finished */
    if (error == 0 && move.error != 0) {
        snprintf(why, why_bytes, "%.500s: %s", leave->charts, strerror(-move.error));
        error = move.error;
    }
    return error;
}

static int
draw_all(struct bench_gate_leave *leave) {
    char why[1024];
    int error = bench_report_write(leave->run, leave->report, why, sizeof why);

    if (error == 0) {
        leave->places.report = leave->report;
        error = draw_charts(leave, why, sizeof why);
    }
    if (error == 0) {
        leave->places.charts = leave->charts;
        return BENCH_STATUS_DONE;
    }
    return bench_say(bench_report_status(error), "no report (--no-report leaves it out): %s", why);
}

/* GitHub shows what is in this file. Not being able to is no reason to fail. */
static void
append_summary(const struct bench_gate_leave *leave, const struct bench_gate *gate) {
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    FILE *file = path == NULL || path[0] == '\0' ? NULL : fopen(path, "ae");

    if (file != NULL) {
        bench_gate_markdown_write(gate, &leave->places, file);
        fputc('\n', file);
    }
    if (path != NULL && path[0] != '\0' && (file == NULL || fclose(file) != 0))
        bench_say(0, "note: GITHUB_STEP_SUMMARY=%s: %s", path, strerror(errno));
}

int
bench_gate_leave_all(struct bench_gate_leave *leave, const struct bench_gate *gate,
                     bool no_report) {
    int written, drawn = BENCH_STATUS_DONE, status;

    leave->places.run = leave->run;
    written = write_file(leave, gate, leave->markdown, true);
    if (written == BENCH_STATUS_DONE)
        leave->places.summary = leave->markdown;
    append_summary(leave, gate);
    status = write_file(leave, gate, leave->junit, false);
    if (status == BENCH_STATUS_DONE)
        leave->places.junit = leave->junit;
    if (!no_report)
        drawn = draw_all(leave);
    return written != BENCH_STATUS_DONE ? written : status != BENCH_STATUS_DONE ? status : drawn;
}
