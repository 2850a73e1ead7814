/* SPDX-License-Identifier: MIT
 *
 * verbs/agree.c: `gcsweep agree`: random op scripts on our runtime and on CPython, until one is found on which they differ.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "bench/diff.h"
#include "bench/differ.h"
#include "bench/option.h"
#include "bench/progress.h"
#include "bench/say.h"
#include "bench/shrink.h"
#include "bench/verb.h"
#include "workloads/ops_random.h"

extern const struct bench_verb bench_verb_agree;

enum {
    AROUND = 3,
    SHOW_EVERY = 20,
    DIFFERING_MAX = 3, /* that is enough to work on */
};

struct agree {
    struct bench_option_reader reader;
    const char *python, *keep;
    uint64_t script_count, seed;
    bool wants_json, wants_script;
    enum bench_progress_mode progress_mode;
    struct wl_ops_random_knobs knobs;
    struct bench_engine engine;
    struct bench_differ differ;
    uint64_t done, differing, shrunk_bytes;
    uint64_t first_seed; /* of those that differ */
    uint64_t line_count; /* that both printed */
};

enum option {
    OPTION_SCRIPTS,
    OPTION_SEED,
    OPTION_SET,
    OPTION_PYTHON,
    OPTION_KEEP,
    OPTION_PRINT,
    OPTION_JSON,
    OPTION_PROGRESS,
};

static const struct bench_option options[] = {
    [OPTION_SCRIPTS] = {"--scripts", true},
    [OPTION_SEED] = {"--seed", true},
    [OPTION_SET] = {"--set", true},
    [OPTION_PYTHON] = {"--python", true},
    [OPTION_KEEP] = {"--keep", true},
    [OPTION_PRINT] = {"--print", false},
    [OPTION_JSON] = {"--json", false},
    [OPTION_PROGRESS] = {"--progress", true},
    {0},
};

/* ---- Arguments ---------------------------------------------------------------------------------- */

static int
set_knob(struct agree *agree, const char *assignment) {
    char line[256];
    struct rt_text why;

    rt_text_init(&why, line, sizeof line);
    if (rt_knob_assign(wl_ops_random_knobs(), &agree->knobs, assignment, &why) != 0)
        return bench_say(BENCH_STATUS_USAGE, "agree: %s", line);
    return BENCH_STATUS_DONE;
}

static int
take_option(struct agree *agree, int option, const char *value) {
    bool is_good = true;

    switch (option) {
    case OPTION_SCRIPTS:
        is_good = bench_option_number("--scripts", value, 1, UINT32_MAX, &agree->script_count);
        break;
    case OPTION_SEED:
        is_good = bench_option_number("--seed", value, 0, INT64_MAX, &agree->seed);
        break;
    case OPTION_SET:
        return set_knob(agree, value);
    case OPTION_PYTHON:
        agree->python = value;
        break;
    case OPTION_KEEP:
        agree->keep = value;
        break;
    case OPTION_PRINT:
        agree->wants_script = true;
        break;
    case OPTION_JSON:
        agree->wants_json = true;
        break;
    case OPTION_PROGRESS:
        is_good = bench_progress_parse(value, &agree->progress_mode);
        break;
    case BENCH_OPTION_WORD:
        return bench_say(BENCH_STATUS_USAGE, "agree takes options only, not %s", value);
    default:
        is_good = false;
    }
    return is_good ? BENCH_STATUS_DONE : BENCH_STATUS_USAGE;
}

static int
read_arguments(struct agree *agree, int argc, char **argv) {
    int option, status = BENCH_STATUS_DONE;

    rt_knob_defaults(wl_ops_random_knobs(), &agree->knobs);
    bench_option_init(&agree->reader, options, argc, argv);
    while (status == BENCH_STATUS_DONE &&
           (option = bench_option_next(&agree->reader)) != BENCH_OPTION_END)
        status = take_option(agree, option, agree->reader.value);
    return status;
}

/* ---- A difference ------------------------------------------------------------------------------- */

/* What makes a smaller script the same find: that the engines differ on it, or that Python dies of it. */
struct find {
    struct agree *agree;
    int status;
};

static bool
is_same_find(void *context, const char *text, size_t bytes) {
    struct find *find = context;

    return bench_differ_run(&find->agree->differ, text, bytes) == find->status;
}

static void
print_change(void *context, char mark, const char *line, size_t bytes) {
    (void)context;
    if (mark == '@')
        printf("@@ %.*s @@\n", (int)bytes, line);
    else
        printf("%c%.*s\n", mark, (int)bytes, line);
}

static void
print_difference(const struct agree *agree) {
    struct bench_diff_lines ours, theirs;
    bool differ;

    if (bench_diff_lines_init(&ours, agree->differ.ours.text, agree->differ.ours.bytes) != 0)
        return;
    if (bench_diff_lines_init(&theirs, agree->differ.theirs.text, agree->differ.theirs.bytes) ==
        0) {
        printf("--- rt\n+++ cpython %s\n", agree->engine.version);
        (void)bench_diff_print(&ours, &theirs, AROUND, print_change, NULL, &differ);
        bench_diff_lines_fini(&theirs);
    }
    bench_diff_lines_fini(&ours);
}

static int
keep_script(struct agree *agree, uint64_t seed, const char *script, size_t bytes) {
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/differ-%llu.ops", agree->keep == NULL ? "." : agree->keep,
             (unsigned long long)seed);
    file = fopen(path, "w");
    if (file == NULL || fwrite(script, 1, bytes, file) != bytes || fclose(file) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "agree: cannot write %s: %s", path,
                         strerror(errno));
    fprintf(stderr, "gcsweep: agree: seed %llu: %zu bytes, kept as %s\n", (unsigned long long)seed,
            bytes, path);
    return BENCH_STATUS_DONE;
}

/* What happened once and not again depends on where things lie in memory, or on the scripts before. */
static int
report(struct agree *agree, uint64_t seed, char *script, size_t bytes, int status) {
    struct find find = {agree, status};

    if (agree->differing++ == 0)
        agree->first_seed = seed;
    if (!agree->wants_json)
        printf("seed %llu: %s\n", (unsigned long long)seed,
               status == 1 ? "the engines differ" : "Python dies");
    if (!agree->wants_json && status == 1)
        print_difference(agree);
    if (!is_same_find(&find, script, bytes)) {
        fprintf(stderr, "gcsweep: agree: seed %llu: not again, when the script was run once more\n",
                (unsigned long long)seed);
        return keep_script(agree, seed, script, bytes);
    }
    if (bench_shrink(script, &bytes, is_same_find, &find) < 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "agree: out of memory");
    (void)bench_differ_run(&agree->differ, script, bytes);
    if (!agree->wants_json) {
        printf("shrunk:\n%.*s", (int)bytes, script);
        if (status == 1)
            print_difference(agree);
    }
    return keep_script(agree, seed, script, bytes);
}

/* ---- The run ------------------------------------------------------------------------------------ */

static void
count_lines(struct agree *agree) {
    for (size_t i = 0; i < agree->differ.ours.bytes; i++)
        agree->line_count += agree->differ.ours.text[i] == '\n';
}

static int
try_script(struct agree *agree, uint64_t seed) {
    char *script;
    size_t bytes;
    int result, status = BENCH_STATUS_DONE;

    if (wl_ops_random(&agree->knobs, seed, &script, &bytes) == -EINVAL)
        return bench_say(BENCH_STATUS_USAGE,
                         "agree: random.names or all weights are 0: there is nothing to write");
    result = bench_differ_run(&agree->differ, script, bytes);
    if (result == 0)
        count_lines(agree);
    else if (result == 1 || result == -EPIPE)
        status = report(agree, seed, script, bytes, result);
    else
        status = bench_say(BENCH_STATUS_ENVIRONMENT, "agree: %s: %s", agree->engine.path,
                           strerror(-result));
    agree->done++;
    free(script);
    return status;
}

static void
print_sum(const struct agree *agree) {
    if (agree->wants_json) {
        json_t *object =
            json_pack("{s:I, s:I, s:I, s:I, s:s}", "scripts", (json_int_t)agree->done, "seed",
                      (json_int_t)agree->seed, "differing", (json_int_t)agree->differing, "lines",
                      (json_int_t)agree->line_count, "python", agree->engine.version);
        json_dumpf(object, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(object);
        return;
    }
    printf(
        "%llu scripts, seeds %llu to %llu: %llu differ; %llu lines are the same on rt and CPython "
        "%s\n",
        (unsigned long long)agree->done, (unsigned long long)agree->seed,
        (unsigned long long)(agree->seed + agree->done - 1), (unsigned long long)agree->differing,
        (unsigned long long)agree->line_count, agree->engine.version);
}

static int
print_script(const struct agree *agree) {
    char *script;
    size_t bytes;

    if (wl_ops_random(&agree->knobs, agree->seed, &script, &bytes) != 0)
        return bench_say(BENCH_STATUS_USAGE, "agree: there is nothing to write");
    fwrite(script, 1, bytes, stdout);
    free(script);
    return BENCH_STATUS_DONE;
}

static int
run(int argc, char **argv) {
    struct agree agree = {.script_count = 1000, .seed = 1};
    struct bench_progress progress;
    char why[512];
    int status = read_arguments(&agree, argc, argv);

    if (status != BENCH_STATUS_DONE)
        return status;
    if (agree.wants_script)
        return print_script(&agree);
    if (bench_engine_open(&agree.engine, "cpython", agree.python, why, sizeof why) != 0)
        return bench_say(BENCH_STATUS_ENVIRONMENT, "agree: %s", why);
    signal(SIGPIPE, SIG_IGN); /* a child that dies is seen by its answer */
    agree.differ.python = &agree.engine;
    bench_progress_begin(&progress, agree.progress_mode, 0, agree.script_count);
    for (uint64_t i = 0;
         status == BENCH_STATUS_DONE && i < agree.script_count && agree.differing < DIFFERING_MAX;
         i++) {
        if (i % SHOW_EVERY == 0)
            bench_progress_show(&progress, i, agree.differing, "scripts");
        status = try_script(&agree, agree.seed + i);
    }
    bench_progress_end(&progress, agree.done, agree.differing);
    if (status == BENCH_STATUS_DONE)
        print_sum(&agree);
    bench_differ_fini(&agree.differ);
    return status != BENCH_STATUS_DONE ? status
           : agree.differing > 0       ? BENCH_STATUS_NO
                                       : BENCH_STATUS_DONE;
}

const struct bench_verb bench_verb_agree = {
    .name = "agree",
    .summary = "hold our runtime against CPython on random op scripts",
    .help = "usage: gcsweep agree [--scripts N] [--seed S] [--set random.KNOB=VALUE]\n"
            "                     [--python PATH] [--keep DIR] [--json] [--progress MODE]\n"
            "       gcsweep agree --print [--seed S] [--set random.KNOB=VALUE]\n"
            "\n"
            "Writes random op scripts, one for each seed from S on, runs each on our\n"
            "runtime and on CPython, and compares what they print line by line: counts of\n"
            "the collector, collections, sizes, which objects die, and in which order\n"
            "finalizers and callbacks come.\n"
            "\n"
            "A script on which they differ is made smaller, line by line, as long as they\n"
            "still differ; it is printed with the difference, and kept as differ-SEED.ops.\n"
            "`gcsweep replay --engine both FILE` shows it again. After three it stops.\n"
            "\n"
            "  --scripts N    how many, 1000 unless said otherwise\n"
            "  --seed S       the first seed, 1 unless said otherwise\n"
            "  --set K=V      a weight or size of random scripts (random.*)\n"
            "  --python PATH  the Python executable; counts are CPython 3.11's, and others\n"
            "                 differ from it\n"
            "  --keep DIR     where scripts go on which they differ\n"
            "  --print        prints the script of seed S, and runs nothing\n"
            "  --json         one JSON document on stdout and nothing else\n"
            "  --progress M   auto, always or never\n"
            "\n"
            "Exit status: 0 they agree, 1 they differ, 2 the call is wrong, 3 there is no\n"
            "CPython to ask (package python3-dev).\n",
    .run = run,
};
