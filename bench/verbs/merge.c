/* SPDX-License-Identifier: MIT
 *
 * verbs/merge.c: `gcsweep merge`: the shards of a sweep, or further blocks of it, in one run.
 */
#include "bench/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/merge.h"
#include "bench/option.h"
#include "bench/run_file.h"
#include "bench/say.h"
#include "bench/target.h"

extern const struct bench_verb bench_verb_merge;

enum {
    OUT,
    ALLOW,
    JSON
};

static const struct bench_option options[] = {
    [OUT] = {"--out", true},
    [ALLOW] = {"--allow", true},
    [JSON] = {"--json", false},
    {NULL, false},
};

enum {
    PATH_BYTES = BENCH_RUN_FILE_PATH_BYTES,
    WHY_BYTES = 2048
};

struct call {
    char (*paths)[PATH_BYTES]; /* argc of them at most */
    const char **names;        /* the same, as pointers */
    size_t count;
    const char *out;
    unsigned allow;
    bool json;
};

static int
take_allowance(struct call *call, const char *value) {
    static const char *const words[] = {"environment", "missing", NULL};

    for (const char *at = value;;) {
        char word[32], hint[64];
        size_t length = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        if (strcmp(word, words[0]) == 0)
            call->allow |= BENCH_MERGE_ENVIRONMENT;
        else if (strcmp(word, words[1]) == 0)
            call->allow |= BENCH_MERGE_MISSING;
        else
            return bench_say(BENCH_STATUS_USAGE,
                             "--allow=%s: environment and missing can be allowed%s", value,
                             bench_say_nearest(bench_say_guess(word, words), hint, sizeof hint));
        if (at[length] == '\0')
            return BENCH_STATUS_DONE;
        at += length + 1;
    }
}

static int
take_option(struct call *call, int option, const char *value) {
    switch (option) {
    case OUT:
        call->out = value;
        return BENCH_STATUS_DONE;
    case ALLOW:
        return take_allowance(call, value);
    case JSON:
        call->json = true;
        return BENCH_STATUS_DONE;
    case BENCH_OPTION_WORD:
        bench_run_file_path(value, call->paths[call->count]);
        call->names[call->count] = call->paths[call->count];
        call->count++;
        return BENCH_STATUS_DONE;
    default:
        return BENCH_STATUS_USAGE;
    }
}

static int
read_call(struct call *call, int argc, char **argv) {
    struct bench_option_reader reader;
    int option, status = BENCH_STATUS_DONE;

    bench_option_init(&reader, options, argc, argv);
    while (status == BENCH_STATUS_DONE && (option = bench_option_next(&reader)) != BENCH_OPTION_END)
        status = take_option(call, option, reader.value);
    if (status != BENCH_STATUS_DONE)
        return status;
    if (call->count == 0)
        return bench_say(BENCH_STATUS_USAGE, "merge needs the names of the runs to unite");
    if (call->out == NULL || call->out[0] == '\0' || call->out[strlen(call->out) - 1] == '/')
        return bench_say(BENCH_STATUS_USAGE, "merge needs a name for what it makes: --out NAME");
    for (size_t i = 0; i < call->count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(call->names[i], call->names[k]) == 0)
                return bench_say(BENCH_STATUS_USAGE, "%s is named twice", call->names[i]);
    return BENCH_STATUS_DONE;
}

struct filling {
    struct bench_merge merge;
    struct bench_merge_result result;
};

static int
fill(void *context, struct bench_store *store, char *why, size_t why_bytes) {
    struct filling *filling = context;
    return bench_merge_into(&filling->merge, store, &filling->result, why, why_bytes);
}

static void
tell(const struct call *call, const struct filling *filling, const char *path) {
    const struct bench_merge_result *result = &filling->result;

    if (call->json) {
        bench_target_print_json(json_pack(
            "{s:s, s:s, s:I, s:I, s:I, s:I}", "schema", "gcsweep.merge/1", "results", path,
            "sources", (json_int_t)result->sources, "blocks", (json_int_t)result->blocks, "cells",
            (json_int_t)result->cells, "missing", (json_int_t)result->missing));
        return;
    }
    printf("%zu runs, %zu blocks, %zu cells", result->sources, result->blocks, result->cells);
    if (result->missing > 0)
        printf(", %zu are missing", result->missing);
    printf("\nresults: %s\n", path);
}

static int
merge(const struct call *call, const char *command) {
    char path[PATH_BYTES], name[BENCH_RUN_FILE_NAME_BYTES], why[WHY_BYTES];
    struct filling filling = {.merge = {.paths = call->names,
                                        .count = call->count,
                                        .allow = call->allow,
                                        .name = name,
                                        .command = command}};
    int error;

    bench_run_file_path(call->out, path);
    bench_run_file_name(path, name);
    error = bench_merge_check(&filling.merge, why, sizeof why);
    if (error == 0)
        error = bench_run_file_folder(call->out, why, sizeof why);
    if (error == 0)
        error = bench_run_file_make(path, fill, &filling, why, sizeof why);
    if (error != 0)
        return bench_say(error == -EEXIST || error == -ENOENT || error == -EINVAL ||
                                 error == -EPROTO
                             ? BENCH_STATUS_USAGE
                             : BENCH_STATUS_ENVIRONMENT,
                         "%s", why);
    tell(call, &filling, path);
    return BENCH_STATUS_DONE;
}

static int
run_merge(int argc, char **argv) {
    struct call call = {.paths = calloc((size_t)argc, sizeof *call.paths),
                        .names = calloc((size_t)argc, sizeof *call.names)};
    char command[2048] = "gcsweep";
    int status = BENCH_STATUS_ENVIRONMENT;

    for (int i = 0; i < argc; i++) {
        size_t length = strlen(command);
        snprintf(command + length, sizeof command - length, " %s", argv[i]);
    }
    if (call.paths == NULL || call.names == NULL)
        bench_say(status, "out of memory");
    else
        status = read_call(&call, argc, argv);
    if (status == BENCH_STATUS_DONE)
        status = merge(&call, command);
    free(call.names);
    free(call.paths);
    return status;
}

const struct bench_verb bench_verb_merge = {
    .name = "merge",
    .summary = "unite shards, or further blocks, in one run",
    .help =
        "usage: gcsweep merge RUN... --out NAME [--allow WHAT] [--json]\n"
        "\n"
        "Makes one finished run of several: the shards of a plan (gcsweep sweep --shard), and runs "
        "of "
        "the\n"
        "same configurations that differ in their seed, whose blocks follow each other. The order "
        "of "
        "the\n"
        "runs does not matter, and a merged run can be merged again. The runs stay as they are.\n"
        "\n"
        "What cannot be compared is refused, with the difference and both values: workloads of "
        "another\n"
        "version, other knobs or values, another Python, other limits, another schema of the file. "
        "So\n"
        "is what makes times of no use: another processor, kernel, compiler, C library or commit, "
        "other\n"
        "flags, another number of jobs; and so are cells that are there twice, or missing.\n"
        "\n"
        "  --out NAME            name of the new run, or a path; never overwrites\n"
        "  --allow environment   unite them although machines or builds differ. Counts can be "
        "compared\n"
        "                        all the same; each run's environment is kept in the results\n"
        "  --allow missing       unite what there is. --allow environment,missing allows both\n"
        "  --json                print one JSON document\n"
        "\n"
        "Examples:\n"
        "  gcsweep merge part-1 part-2 part-3 --out whole\n"
        "  gcsweep merge monday tuesday --out both && gcsweep report both\n"
        "\n"
        "Exit status: 0 done; 2 the call is wrong, or the runs cannot be united; 3 something is "
        "missing\n"
        "here, such as space.\n",
    .run = run_merge,
};
